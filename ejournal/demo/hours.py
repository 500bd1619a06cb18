"""The department's own journal of the demo: last month's, with what a hand-written book gets wrong."""

from datetime import date, datetime, timedelta

from accounts.models import User
from ejournal.demo.cast import Scene
from ejournal.lib.clock import day_of
from reports.selectors.book import differences_of
from reports.services.book import Entry, enter_book_month, settle_difference
from teaching.enums import LessonState
from teaching.models import Lesson, Workload

JOURNALS = 6
REMARK = "Кафедралык журналда күнү ката жазылган, электрондук журнал туура"


def keep_department_book(scene: Scene, *, now: datetime) -> None:
    """The last two months of the scene's journal and some of its department, entered by `head`; one settled."""
    head = User.objects.get(username="head")
    last = day_of(now).replace(day=1) - timedelta(days=1)
    months = [day_of(now).replace(day=1), last.replace(day=1)]
    others = (
        Workload.objects.filter(department=scene.workload.department, course__semester=scene.workload.course.semester)
        .exclude(pk=scene.workload.pk)
        .order_by("number")[: JOURNALS - 1]
    )
    for number, workload in enumerate([scene.workload, *others]):
        for month in months:
            _enter(workload, month, head, slip=number % 4, now=now)
    found = differences_of(scene.workload.pk).rows
    if len(found) > 1:
        settle_difference(
            workload=scene.workload,
            kind=found[0].kind,
            day=found[0].day,
            other_day=found[0].other_day,
            remark=REMARK,
            by=head,
            now=now,
        )


def _enter(workload: Workload, month: date, head: User, *, slip: int, now: datetime) -> None:
    """A month as the book has it: the lessons held, with a slip: 0 a day off by one, 1 one more, 2 one less, 3 none."""
    until = (month + timedelta(days=32)).replace(day=1)
    entries: list[Entry] = [
        (lesson.date, lesson.pair)
        for lesson in Lesson.objects.filter(
            workloads__workload=workload, date__gte=month, date__lt=until, roll_taken_at__isnull=False
        )
        .exclude(state__in=[LessonState.CANCELLED, LessonState.NOT_HELD])
        .order_by("starts_at")
    ]
    today = day_of(now)
    if entries and slip == 0:
        day, pair = entries[0]
        entries[0] = (min(day + timedelta(days=1), today, until - timedelta(days=1)), pair)
    elif slip == 1:
        entries.append((month, None))
    elif entries and slip == 2:
        entries.pop()
    enter_book_month(workload=workload, month=month, entries=set(entries), is_whole=True, by=head, now=now)
