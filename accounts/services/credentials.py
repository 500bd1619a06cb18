"""Issuing credentials (§3.4, §4.1a, §4.2): readable random passwords that live in a slip and in a hash only."""

import os
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.errors import CredentialsRefused
from accounts.models import CredentialIssue, Student, User
from accounts.permissions import rights_of
from accounts.rules import make_password_text
from accounts.selectors import places_for_credentials, staff_among
from accounts.services.logins import forget_failures
from ejournal.lib.clock import day_of
from ejournal.lib.context import request_id
from university.models import Group

# Argon2 works outside of Python's lock; more threads than cores only take memory (19 MiB each).
_HASHING = min(4, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Slip:
    """What is handed to a person, once. It is printed and forgotten; its repr does not tell the password."""

    name: str
    place: str
    login: str
    is_staff: bool
    password: str = field(repr=False)


def issue_to_group(*, group: Group, by: User, now: datetime, student_ids: Iterable[int] | None = None) -> list[Slip]:
    """New credentials for the selected students of a group, or, without a selection, for all who have none.

    A student who also works here is left out unless an administrator issues: otherwise a dean's office could
    take over any account whose owner once enrolled (§3.4a).
    """
    today = day_of(now)
    enrolled = Student.objects.filter(id__in=places_for_credentials(today).filter(group=group).values("student_id"))
    if student_ids is not None:
        enrolled = enrolled.filter(id__in=list(student_ids))
    user_ids = set(enrolled.values_list("user_id", flat=True))
    if not rights_of(by, on=today).has(Role.ADMINISTRATOR):
        user_ids -= staff_among(user_ids, on=today)
    return issue_credentials(
        user_ids=user_ids, by=by, now=now, only_without=student_ids is None, places=dict.fromkeys(user_ids, group.name)
    )


@transaction.atomic
def issue_credentials(
    *,
    user_ids: Iterable[int],
    by: User | None,
    now: datetime,
    only_without: bool = False,
    places: dict[int, str] | None = None,
) -> list[Slip]:
    """Give each active person a new random password; the slips, in the order of the alphabet.

    Living logins of these people end, since a login hangs on the hash. `by` is None for the command line.
    `places` says, by the person's id, what a slip shows beside the name. Render the slips inside the same
    transaction: if the paper cannot be made, nothing was issued.
    """
    # By id, so that two offices that issue at once wait for each other instead of for ever.
    users = list(User.objects.select_for_update().filter(id__in=list(user_ids), is_active=True).order_by("id"))
    if only_without:
        users = [user for user in users if user.password == "" or not user.has_usable_password()]
    if not users:
        raise CredentialsRefused(
            _("There is nobody to issue credentials to: all have them, or nobody was selected."), code="nobody"
        )
    users.sort(key=lambda user: (user.sort_key, user.id))
    ids = [user.id for user in users]
    students = set(Student.objects.filter(user_id__in=ids).values_list("user_id", flat=True))
    staff = staff_among(ids, on=day_of(now))
    before = set(CredentialIssue.objects.filter(user_id__in=ids).values_list("user_id", flat=True))
    passwords = [make_password_text(secrets.choice) for _user in users]
    with ThreadPoolExecutor(_HASHING) as pool:
        hashes = list(pool.map(make_password, passwords))
    for user, encoded in zip(users, hashes, strict=True):
        user.password = encoded
        # Staff get a password to begin with; a student's is the one he keeps (§4.2).
        user.must_change_password = user.id in staff and user.id not in students
    User.objects.bulk_update(users, ["password", "must_change_password"])
    CredentialIssue.objects.bulk_create(
        CredentialIssue(user=user, issued_by=by, issued_at=now, is_first=user.id not in before, request_id=request_id())
        for user in users
    )
    forget_failures(users)
    return [
        Slip(
            name=user.get_full_name(),
            place=(places or {}).get(user.id, ""),
            login=user.username,
            is_staff=user.must_change_password,
            password=password,
        )
        for user, password in zip(users, passwords, strict=True)
    ]
