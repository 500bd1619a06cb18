"""Probable doubles, and two accounts of one person made one: by hand, never by themselves (§4.1).

Marks and history keep whom they were written of. So the account that has them stays, and the other goes: who has marks,
held lessons or anything else that is not moved cannot go. What moves is where a person is and what he is to do.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Student, Teacher, User
from ejournal.lib.context import request_id
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import WORKBOOK_LOAD, own_named, own_semesters
from ejournal.loading.models import PersonMerge
from ejournal.loading.undo import Reason, RestsOnIt, name_of_table, referrers
from ejournal.loading.words import fold_person
from university.models import Semester

# What goes over to the account that stays.
_MOVED = {
    "accounts_student": {("accounts_groupenrolment", "student_id"), ("teaching_courseenrolment", "student_id")},
    "accounts_teacher": {
        ("teaching_workloadteacher", "teacher_id"),
        ("teaching_course", "lead_id"),
        ("teaching_lesson", "teacher_id"),
    },
    "accounts_user": {("accounts_appointment", "user_id"), ("messaging_notification", "user_id")},
}
# What is about the account itself, and stays with it.
_LEFT = {
    ("accounts_credentialissue", "user_id"),
    ("accounts_knowndevice", "user_id"),
    ("accounts_student", "user_id"),
    ("accounts_teacher", "user_id"),
}


@dataclass(frozen=True, slots=True)
class Face:
    """A person as the list shows him."""

    user_id: int
    name: str
    login: str
    external_id: str
    number: str
    born: date | None
    place: str


def probable_doubles() -> list[tuple[Face, Face]]:
    """Pairs of students with one name, as it sounds, and one birth date, and of teachers with one name and one
    department; the older account first. Two queries, whatever the size of the university."""
    alike: dict[tuple[str, object], list[Face]] = defaultdict(list)
    students = Student.objects.filter(user__is_active=True, birth_date__isnull=False).select_related("user")
    for student in students.order_by("user_id"):
        face = _face(student.user, student.record_book, student.birth_date, "")
        alike[fold_person(face.name), student.birth_date].append(face)
    teachers = Teacher.objects.filter(user__is_active=True).select_related("user", "department")
    for teacher in teachers.order_by("user_id"):
        face = _face(teacher.user, teacher.staff_number, None, teacher.department.name)
        alike[fold_person(face.name), teacher.department_id].append(face)
    return [(faces[0], other) for faces in alike.values() for other in faces[1:]]


def face_of(user: User) -> Face:
    """One person for a comparison side by side."""
    student = Student.objects.filter(user=user).first()
    teacher = Teacher.objects.filter(user=user).select_related("department").first()
    number = " · ".join(
        part for part in (student.record_book if student else "", teacher.staff_number if teacher else "") if part
    )
    return _face(user, number, student.birth_date if student else None, teacher.department.name if teacher else "")


def _face(user: User, number: str, born: date | None, place: str) -> Face:
    return Face(user.pk, user.get_full_name(), user.username, user.external_id or "", number, born, place)


def reasons_against_merge(kept: User, gone: User, *, now: datetime) -> list[Reason]:
    """Why one account cannot go over into another; none: it can. Reads only."""
    if kept.pk == gone.pk or not gone.is_active:
        return [Reason("not_two", 1)]
    reasons: list[Reason] = []
    if kept.external_id and gone.external_id:
        reasons.append(Reason("two_ids", 2))
    pairs = _rows_of(kept, gone)
    student = pairs["accounts_student"]
    if all(student) and (count := _overlapping(*student)):
        reasons.append(Reason("overlap", count))
    counted: dict[str, int] = defaultdict(int)
    with connection.cursor() as cursor:
        for table, (_kept_id, gone_id) in pairs.items():
            if gone_id is None:
                continue
            for other, column in referrers(table):
                if (other, column) in _LEFT or (other, column) in _MOVED[table] - {("teaching_lesson", "teacher_id")}:
                    continue
                quoted = connection.ops.quote_name
                # A lesson that has begun says who held it.
                begun = " AND starts_at <= %s" if other == "teaching_lesson" else ""
                cursor.execute(
                    f"SELECT count(*) FROM {quoted(other)} WHERE {quoted(column)} = %s{begun}",  # noqa: S608 -- the catalogue's names
                    [gone_id, now] if begun else [gone_id],
                )
                counted[other] += int(cursor.fetchone()[0])
    reasons += [Reason("keeps", count, name_of_table(table)) for table, count in sorted(counted.items()) if count]
    return reasons


def merge_people(kept_id: int, gone_id: int, *, by: User, now: datetime) -> PersonMerge:
    """Let one account go over into another, under the locks of a load. The login that goes is switched off.

    Refused: `rests_on_it` (409) with the reasons, `module_closed` (423). It is not undone.
    """
    try:
        with transaction.atomic():
            own_named(WORKBOOK_LOAD)
            own_semesters(Semester.objects.values_list("pk", flat=True))
            people = User.objects.select_for_update().in_bulk([kept_id, gone_id])
            kept, gone = people[kept_id], people[gone_id]
            reasons = reasons_against_merge(kept, gone, now=now)
            if reasons:
                raise RestsOnIt(reasons, said=_("The two cannot be made one. %(reasons)s"))
            face, moved = face_of(gone), _move(kept, gone)
            external_id, gone.external_id = gone.external_id, None
            gone.is_active = False
            gone.set_unusable_password()
            gone.save(update_fields=["external_id", "is_active", "password"])
            if external_id and not kept.external_id:
                kept.external_id = external_id
                kept.save(update_fields=["external_id"])
            return PersonMerge.objects.create(
                kept=kept,
                gone=gone,
                by=by,
                at=now,
                moved=moved,
                names={"login": face.login, "number": face.number, "external_id": face.external_id},
                request_id=request_id(),
            )
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if constraint != "journal_module_closed":
            raise
        raise Refusal(
            _("A module is closed under what would go over: nothing under it changes."),
            code="module_closed",
            status=423,
        ) from error


def _rows_of(kept: User, gone: User) -> dict[str, tuple[int | None, int | None]]:
    """Ids of both in each table that says who they are."""
    found: dict[str, tuple[int | None, int | None]] = {"accounts_user": (kept.pk, gone.pk)}
    students = dict(Student.objects.filter(user__in=[kept, gone]).values_list("user_id", "id"))
    teachers = dict(Teacher.objects.filter(user__in=[kept, gone]).values_list("user_id", "id"))
    found["accounts_student"] = students.get(kept.pk), students.get(gone.pk)
    found["accounts_teacher"] = teachers.get(kept.pk), teachers.get(gone.pk)
    return found


def _overlapping(kept_id: int | None, gone_id: int | None) -> int:
    """How often both are in a group, or on one course, on the same days."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM accounts_groupenrolment a JOIN accounts_groupenrolment b"
            "   ON daterange(a.starts_on, a.ends_on, '[]') && daterange(b.starts_on, b.ends_on, '[]')"
            "   WHERE a.student_id = %(kept)s AND b.student_id = %(gone)s)"
            " + (SELECT count(*) FROM teaching_courseenrolment a JOIN teaching_courseenrolment b"
            "   ON a.course_id = b.course_id"
            "   AND daterange(a.starts_on, a.ends_on, '[]') && daterange(b.starts_on, b.ends_on, '[]')"
            "   WHERE a.student_id = %(kept)s AND b.student_id = %(gone)s)",
            {"kept": kept_id, "gone": gone_id},
        )
        return int(cursor.fetchone()[0])


def _move(kept: User, gone: User) -> dict[str, int]:
    moved: dict[str, int] = {}
    quoted = connection.ops.quote_name
    for table, (kept_id, gone_id) in _rows_of(kept, gone).items():
        if gone_id is None:
            continue
        if kept_id is None:
            # Who only teaches here, and only studies there, is one account that does both.
            model = Student if table == "accounts_student" else Teacher
            model.objects.filter(pk=gone_id).update(user=kept)
            moved[table] = 1
            continue
        with connection.cursor() as cursor:
            for other, column in sorted(_MOVED[table]):
                cursor.execute(
                    f"UPDATE {quoted(other)} SET {quoted(column)} = %s WHERE {quoted(column)} = %s",  # noqa: S608 -- named above
                    [kept_id, gone_id],
                )
                if cursor.rowcount:
                    moved[other] = moved.get(other, 0) + cursor.rowcount
    # Their rows that nothing refers to any more.
    Student.objects.filter(Q(user=gone)).delete()
    Teacher.objects.filter(Q(user=gone)).delete()
    return moved
