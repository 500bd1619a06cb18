"""Bulk writes of people: teachers, students, their groups and curators, as the workbook says (§3.3, §4.1).

They run inside the load's transaction, under its locks, and take only lines that are new or differ. Nobody who
is made here can log in before credentials are issued (§3.4).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from secrets import token_urlsafe
from typing import NamedTuple

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q

from accounts.enums import Role
from accounts.models import Appointment, GroupEnrolment, Student, Teacher, User
from accounts.rules import LOGIN_LENGTH, normalise_login
from university.models import Department

BATCH = 2000
# A login is typed on every keyboard: the Cyrillic letters of staff numbers in Latin.
_CYRILLIC = "абвгдеёжзийклмнңоөпрстуүфхцчшщыэюяіїєґ"
_IN_LATIN = "a,b,v,g,d,e,e,j,z,i,i,k,l,m,n,n,o,o,p,r,s,t,u,u,f,h,c,ch,sh,sh,y,e,yu,ya,i,i,e,g"
_LATIN = str.maketrans({"ъ": "", "ь": "", **dict(zip(_CYRILLIC, _IN_LATIN.split(","), strict=True))})


def login_from_number(number: str) -> str:
    """The login that a staff number or record book begins with: Т00001 → t00001."""
    return normalise_login(number).translate(_LATIN)[: LOGIN_LENGTH - 8] or "user"


@dataclass(frozen=True, slots=True)
class TeacherLine:
    number: str
    last_name: str
    first_name: str
    patronymic: str
    department: str
    position: str
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class StudentLine:
    record_book: str
    last_name: str
    first_name: str
    patronymic: str
    birth_date: date | None
    sex: str
    phone: str
    guardian_name: str
    guardian_phone: str
    external_id: str = ""


class Placement(NamedTuple):
    """A student who comes into a group, or changes group or subgroup, from a day on."""

    record_book: str
    group_id: int
    subgroup_id: int | None
    from_day: date


class Move(NamedTuple):
    """A student whose place changed: his courses follow from that day on."""

    student_id: int
    from_day: date


def renumber_teachers(numbers: Mapping[str, str]) -> None:
    """New staff numbers → the old ones of the same people, recognised by their ids of AVN. The login stays."""
    for new, old in numbers.items():
        Teacher.objects.filter(staff_number=old).update(staff_number=new)


def renumber_students(numbers: Mapping[str, str]) -> None:
    """New record books → the old ones of the same people, recognised by their ids of AVN. The login stays."""
    for new, old in numbers.items():
        Student.objects.filter(record_book=old).update(record_book=new)


def _known_people(lines: Sequence["TeacherLine | StudentLine"]) -> dict[str, User]:
    """People who are in the journal already, by their id of AVN: one person may study and teach."""
    ids = [line.external_id for line in lines if line.external_id]
    return {user.external_id or "": user for user in User.objects.filter(external_id__in=ids)}


def put_teachers(lines: Sequence[TeacherLine], *, said: Collection[str], now: datetime) -> None:
    """Make or change teachers by staff number. `said` are the columns that the workbook has."""
    departments = dict(Department.objects.values_list("code", "id"))
    present = {
        teacher.staff_number: teacher
        for teacher in Teacher.objects.filter(staff_number__in=[line.number for line in lines]).select_related("user")
    }
    known = _known_people(lines)
    users: list[User] = []
    teachers: list[Teacher] = []
    logins = _Logins(line.number for line in lines if line.number not in present)
    for line in lines:
        teacher = present.get(line.number) or Teacher(
            staff_number=line.number,
            user=known.get(line.external_id) or User(username=logins.free(line.number), date_joined=now),
        )
        _name(teacher.user, line, said)
        teacher.department_id = departments[line.department]
        if "position" in said:
            teacher.position = line.position
        users.append(teacher.user)
        teachers.append(teacher)
    _save_users(users)
    _attach([teacher for teacher in teachers if teacher.pk is None])
    Teacher.objects.bulk_create(
        teachers,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["staff_number"],
        update_fields=["department", "position"],
    )


def put_students(lines: Sequence[StudentLine], *, said: Collection[str], now: datetime) -> None:
    """Make or change students by record book. `said` are the columns that the workbook has."""
    present = {
        student.record_book: student
        for student in Student.objects.filter(record_book__in=[line.record_book for line in lines]).select_related(
            "user"
        )
    }
    known = _known_people(lines)
    users: list[User] = []
    students: list[Student] = []
    logins = _Logins(line.record_book for line in lines if line.record_book not in present)
    for line in lines:
        student = present.get(line.record_book) or Student(
            record_book=line.record_book,
            user=known.get(line.external_id) or User(username=logins.free(line.record_book), date_joined=now),
        )
        _name(student.user, line, said)
        for name in ("birth_date", "sex", "phone", "guardian_name", "guardian_phone"):
            if name in said:
                setattr(student, name, getattr(line, name))
        users.append(student.user)
        students.append(student)
    _save_users(users)
    _attach([student for student in students if student.pk is None])
    Student.objects.bulk_create(
        students,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["record_book"],
        update_fields=["birth_date", "sex", "phone", "guardian_name", "guardian_phone"],
    )


def _name(user: User, line: TeacherLine | StudentLine, said: Collection[str]) -> None:
    user.last_name, user.first_name = line.last_name, line.first_name
    if "patronymic" in said:
        user.patronymic = line.patronymic
    if line.external_id:
        user.external_id = line.external_id


def _save_users(users: Sequence[User]) -> None:
    new = [user for user in users if user.pk is None]
    known = [user for user in users if user.pk is not None]
    for user in new:
        # §3.4: no login before credentials are issued. As `make_password(None)` does it, thirty times as fast.
        user.password = UNUSABLE_PASSWORD_PREFIX + token_urlsafe(30)
    User.objects.bulk_create(new, batch_size=BATCH)
    User.objects.bulk_create(
        known,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["last_name", "first_name", "patronymic", "external_id"],
    )


def _attach(people: Iterable[Teacher | Student]) -> None:
    """Take over the ids that the users got when they were saved."""
    for person in people:
        person.user = person.user


class _Logins:
    """Logins for new people: their number in Latin letters; where that is taken, with the first free number."""

    def __init__(self, numbers: Iterable[str]) -> None:
        stems = {login_from_number(number) for number in numbers}
        self.taken: set[str] = set()
        if stems:
            self.taken = {name.lower() for name in User.objects.values_list("username", flat=True)}

    def free(self, number: str) -> str:
        stem = login_from_number(number)
        login, copy = stem, 1
        while login in self.taken:
            copy += 1
            login = f"{stem}-{copy}"
        self.taken.add(login)
        return login


def place_students(placements: Sequence[Placement], *, before: date | None = None) -> list[Move]:
    """Put students into their groups and subgroups. Who was elsewhere leaves the day before; a place that has not
    begun by then is corrected instead of ended.

    `before` is the first day of the year that follows: a place that begins then, or later, was given by a load of
    that year and stays; the place of this year ends before it.
    """
    ids = dict(
        Student.objects.filter(record_book__in=[line.record_book for line in placements]).values_list(
            "record_book", "id"
        )
    )
    current: dict[int, list[GroupEnrolment]] = {}
    # Rows that ended before the change are history.
    earliest = min((line.from_day for line in placements), default=date.min)
    rows = GroupEnrolment.objects.filter(student__in=list(ids.values())).filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=earliest)
    )
    for enrolment in rows.order_by("starts_on"):
        current.setdefault(enrolment.student_id, []).append(enrolment)
    made: list[GroupEnrolment] = []
    ended: list[GroupEnrolment] = []
    corrected: list[GroupEnrolment] = []
    superfluous: list[int] = []
    moves: list[Move] = []
    for line in placements:
        student_id = ids[line.record_book]
        moves.append(Move(student_id, line.from_day))
        keeps: GroupEnrolment | None = None
        until: date | None = None
        for enrolment in current.get(student_id, []):
            if enrolment.ends_on is not None and enrolment.ends_on < line.from_day:
                continue
            if before is not None and enrolment.starts_on >= before > line.from_day:
                until = enrolment.starts_on - timedelta(days=1)
                break
            if enrolment.starts_on < line.from_day:
                enrolment.ends_on = line.from_day - timedelta(days=1)
                ended.append(enrolment)
            elif keeps is None:
                keeps = enrolment
            else:
                superfluous.append(enrolment.pk)
        if keeps is not None:
            keeps.group_id, keeps.subgroup_id, keeps.ends_on = line.group_id, line.subgroup_id, until
            corrected.append(keeps)
        else:
            made.append(
                GroupEnrolment(
                    student_id=student_id,
                    group_id=line.group_id,
                    subgroup_id=line.subgroup_id,
                    starts_on=line.from_day,
                    ends_on=until,
                )
            )
    GroupEnrolment.objects.bulk_update(ended, ["ends_on"], batch_size=BATCH)
    if superfluous:
        GroupEnrolment.objects.filter(pk__in=superfluous).delete()
    GroupEnrolment.objects.bulk_update(corrected, ["group", "subgroup", "ends_on"], batch_size=BATCH)
    GroupEnrolment.objects.bulk_create(made, batch_size=BATCH)
    return moves


def end_places(
    days: Mapping[str, date], *, before: date | None = None, group_ids: Collection[int] | None = None
) -> list[Move]:
    """Let students, by record book, leave their groups on a day: the first on which they are not there any more.

    A place that has not begun by then is taken back. `before` as in `place_students`; `group_ids` names the groups
    that they leave, else all.
    """
    rows = GroupEnrolment.objects.filter(student__record_book__in=list(days)).select_related("student")
    if before is not None:
        rows = rows.filter(starts_on__lt=before)
    if group_ids is not None:
        rows = rows.filter(group__in=list(group_ids))
    ended: list[GroupEnrolment] = []
    taken_back: list[int] = []
    moves: dict[int, Move] = {}
    for enrolment in rows:
        day = days[enrolment.student.record_book]
        if enrolment.ends_on is not None and enrolment.ends_on < day:
            continue
        moves[enrolment.student_id] = Move(enrolment.student_id, day)
        if enrolment.starts_on < day:
            enrolment.ends_on = day - timedelta(days=1)
            ended.append(enrolment)
        else:
            taken_back.append(enrolment.pk)
    GroupEnrolment.objects.filter(pk__in=taken_back).delete()
    GroupEnrolment.objects.bulk_update(ended, ["ends_on"], batch_size=BATCH)
    return list(moves.values())


def appoint_curators(
    curators: Mapping[int, str | None],
    *,
    from_day: date,
    order_number: str,
    order_date: date,
    before: date | None = None,
) -> None:
    """Make the named teacher the only curator of each group (None: nobody), from a day on (§7.6a).

    A row that has not begun is taken back, one that has is ended the day before. `order_number` and `order_date`
    say what it rests on. `before` is the first day of the year that follows: who was appointed from then on stays.
    """
    users = dict(
        Teacher.objects.filter(staff_number__in=[number for number in curators.values() if number]).values_list(
            "staff_number", "user_id"
        )
    )
    starts_on = from_day
    rows = Appointment.objects.filter(role=Role.CURATOR, group__in=list(curators)).filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on)
    )
    present: dict[int, list[Appointment]] = {}
    for row in rows:
        present.setdefault(row.group_id or 0, []).append(row)
    made: list[Appointment] = []
    ended: list[Appointment] = []
    taken_back: list[int] = []
    for group_id, number in curators.items():
        stays = False
        until: date | None = None
        for row in present.get(group_id, []):
            if before is not None and row.starts_on >= before:
                until = min(until or date.max, row.starts_on - timedelta(days=1))
                continue
            if number is not None and row.user_id == users[number] and not stays:
                stays = True
            elif row.starts_on >= starts_on:
                taken_back.append(row.pk)
            else:
                row.ends_on = starts_on - timedelta(days=1)
                ended.append(row)
        if number is not None and not stays:
            made.append(
                Appointment(
                    user_id=users[number],
                    role=Role.CURATOR,
                    group_id=group_id,
                    starts_on=starts_on,
                    ends_on=until,
                    order_number=order_number,
                    order_date=order_date,
                )
            )
    Appointment.objects.filter(pk__in=taken_back).delete()
    Appointment.objects.bulk_update(ended, ["ends_on"], batch_size=BATCH)
    Appointment.objects.bulk_create(made, batch_size=BATCH)


def move_year_start(*, was: date, starts_on: date) -> None:
    """Enrolments in groups that began with a semester begin with it again, after it moved."""
    GroupEnrolment.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on), starts_on=was).update(
        starts_on=starts_on
    )
