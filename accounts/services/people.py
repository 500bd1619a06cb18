"""People whom no workbook brings: parents, and the first administrator."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.errors import PersonRefused
from accounts.models import Appointment, GuardianLink, Student, User
from accounts.rules import LOGIN_LENGTH, normalise_login
from accounts.selectors import staff_among, user_by_login
from accounts.services.credentials import Slip, issue_credentials
from ejournal.lib.clock import day_of


@transaction.atomic
def add_guardian(
    *, student: Student, last_name: str, first_name: str, patronymic: str, by: User, now: datetime
) -> list[Slip]:
    """A parent's own read-only login to a child's cabinet (§3.4c), with its slip."""
    # Two who add a parent at once must not choose the same login.
    Student.objects.select_for_update().get(id=student.id)
    guardian = User(
        username=_free_login(f"{student.user.username[: LOGIN_LENGTH - 4]}-p"),
        last_name=last_name,
        first_name=first_name,
        patronymic=patronymic,
    )
    guardian.set_unusable_password()
    guardian.save()
    GuardianLink.objects.create(guardian=guardian, student=student, given_at=now)
    return issue_to_guardian(guardian=guardian, student=student, by=by, now=now)


@transaction.atomic
def link_guardian(*, student: Student, login: str, now: datetime) -> GuardianLink:
    """Open a child's cabinet to a parent who already has a login for another child."""
    guardian = user_by_login(login)
    if guardian is None or not guardian.is_active or not guardian.guardian_links.exists():
        raise PersonRefused(_("No parent has this login."), code="no_such_guardian")
    Student.objects.select_for_update().get(id=student.id)
    link, made = GuardianLink.objects.get_or_create(
        guardian=guardian, student=student, revoked_at=None, defaults={"given_at": now}
    )
    if not made:
        raise PersonRefused(_("This parent reads the student's cabinet already."), code="already_linked")
    return link


def revoke_guardian(*, link: GuardianLink, now: datetime) -> None:
    """Close the cabinet to a parent; the login stays for other children. A repeat changes nothing."""
    GuardianLink.objects.filter(id=link.id, revoked_at__isnull=True).update(revoked_at=now)


def issue_to_guardian(*, guardian: User, student: Student, by: User, now: datetime) -> list[Slip]:
    """New credentials for a parent; one who works here too gets them from the administrator (§3.4a)."""
    if staff_among([guardian.id], on=day_of(now)) or Student.objects.filter(user=guardian).exists():
        raise PersonRefused(
            _("This parent has a login of another kind at the university and uses it for the child too."),
            code="other_login",
        )
    place = _("parent of %(student)s") % {"student": student.user.get_short_name()}
    return issue_credentials(user_ids=[guardian.id], by=by, now=now, places={guardian.id: place})


@transaction.atomic
def appoint_administrator(
    *, login: str, last_name: str, first_name: str, order_number: str, order_date: date, now: datetime
) -> Slip:
    """The first administrator (§3.1), named by the rector's order: the person, the appointment and a password.

    A person with this login is appointed anew only if he is no administrator yet; then he gets a new password
    too, since whoever runs the command has the database anyway.
    """
    today = day_of(now)
    user = user_by_login(login)
    if user is None:
        user = User(username=normalise_login(login), last_name=last_name, first_name=first_name)
        user.set_unusable_password()
        user.full_clean(exclude=["password"])
        user.save()
    elif Appointment.objects.filter(
        user=user, role=Role.ADMINISTRATOR, ends_on__isnull=True, starts_on__lte=today
    ).exists():
        raise PersonRefused(_("This person is an administrator already."), code="already_appointed")
    appointment = Appointment(
        user=user, role=Role.ADMINISTRATOR, starts_on=today, order_number=order_number, order_date=order_date
    )
    appointment.full_clean()
    appointment.save()
    (slip,) = issue_credentials(user_ids=[user.id], by=None, now=now)
    return slip


def _free_login(stem: str) -> str:
    """The stem, else the stem with the first free number from 2 on."""
    stem = stem.lower()
    logins = User.objects.filter(username__istartswith=stem).values_list("username", flat=True)
    taken = {login.lower() for login in logins}
    number, login = 1, stem
    while login in taken:
        number += 1
        login = f"{stem}{number}"
    return login
