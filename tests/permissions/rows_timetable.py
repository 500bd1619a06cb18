"""Rows of the timetable, its paper, its clashes and its feeds (trials.md, "timetable, workload" and "feeds")."""

from teaching.enums import TimetableOf
from teaching.models import CalendarKey
from tests import factories as make
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import SEES_STUDENT, Row

READS_ALL = ("curator", "head", "far_head", "office", "dean", "far_dean", "study", "leadership", "admin")
TEACHERS = ("teacher", "colleague", "other", "substitute")
STUDENTS = ("student", "fellow", "stranger")
TEACHES_IT = ("teacher", "colleague")

SECRET = "k" * 32


def extend(cast: Cast) -> None:
    cast.room = make.make_room()  # type: ignore[attr-defined]
    teacher = cast.people["teacher"]
    assert teacher is not None
    cast.calendar = CalendarKey.objects.create(  # type: ignore[attr-defined]
        owner=teacher, what=TimetableOf.TEACHER, secret=SECRET, made_at=NOW
    )


def teacher_url(cast: Cast) -> str:
    return f"/timetable/teachers/{cast.lesson.teacher_id}/"


def room_url(cast: Cast) -> str:
    return f"/timetable/rooms/{cast.room.id}/"  # type: ignore[attr-defined]


SEES_TEACHER = {200: ("teacher", *READS_ALL)}
# The student's own group; whoever teaches it this semester.
SEES_GROUP = {200: ("student", "fellow", *TEACHES_IT, *READS_ALL)}
# A teacher whose lessons the student is in sees those; the door is the cabinet's.
SEES_THE_STUDENT = {200: SEES_STUDENT}
STAFF_ONLY = {200: (*TEACHERS, *READS_ALL)}

ROWS = [
    Row(
        "timetable",
        lambda c: "/timetable/",
        {200: (*TEACHERS, *STUDENTS), 302: ("parent", *READS_ALL)},
    ),
    Row("timetable_find", lambda c: "/timetable/find/", STAFF_ONLY),
    Row("timetable_teacher", teacher_url, SEES_TEACHER),
    Row("timetable_teacher_paper", lambda c: f"{teacher_url(c)}week.pdf", SEES_TEACHER),
    Row("timetable_teacher_scheme", lambda c: f"{teacher_url(c)}semester/", SEES_TEACHER),
    Row("timetable_teacher_scheme_paper", lambda c: f"{teacher_url(c)}semester.pdf", SEES_TEACHER),
    Row("timetable_group_scheme_paper", lambda c: f"/timetable/groups/{c.group.id}/semester.pdf", SEES_GROUP),
    Row("timetable_student", lambda c: f"/timetable/students/{c.student.id}/", SEES_THE_STUDENT),
    Row("timetable_student_paper", lambda c: f"/timetable/students/{c.student.id}/week.pdf", SEES_THE_STUDENT),
    Row("timetable_group", lambda c: f"/timetable/groups/{c.group.id}/", SEES_GROUP),
    Row("timetable_group_paper", lambda c: f"/timetable/groups/{c.group.id}/week.pdf", SEES_GROUP),
    Row("timetable_group_scheme", lambda c: f"/timetable/groups/{c.group.id}/semester/", SEES_GROUP),
    Row("timetable_room", room_url, STAFF_ONLY),
    Row("timetable_room_paper", lambda c: f"{room_url(c)}week.pdf", STAFF_ONLY),
    Row("timetable_building", lambda c: "/timetable/buildings/Б/", STAFF_ONLY),
    Row(
        "timetable_clashes",
        lambda c: "/timetable/clashes/",
        {200: ("head", "far_head", "office", "dean", "far_dean", "study", "leadership", "admin")},
    ),
    # One's own keys: an empty list for those who have none.
    Row("calendars", lambda c: "/timetable/calendars/", others=200),
    Row(
        "calendars",
        lambda c: "/timetable/calendars/",
        {302: ("student", "fellow", *TEACHES_IT, *READS_ALL)},
        method="post",
        data=lambda c: {"of": "group", "id": c.group.id},
    ),
    Row(
        "calendar_revoke",
        lambda c: f"/timetable/calendars/{c.calendar.id}/revoke/",  # type: ignore[attr-defined]
        {302: ("teacher",)},
        method="post",
    ),
    # The key is the right: whoever asks.
    Row("calendar_feed", lambda c: f"/calendar/{SECRET}.ics", others=200, anon=200),
]
