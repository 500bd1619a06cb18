"""§4.3, law 3 and law 4: when something was written is not what who writes it says.

A deadline judges a mark by its own moment. So the database refuses a moment far from its clock, whoever sits at psql;
and the seal names what came when its day was sealed already, though every trigger slept.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connections, transaction

from ejournal.lib import clock
from journal.enums import Presence, Source
from journal.models import Mark
from journal.selectors.seals import ENTITIES, verify
from journal.services.moments import judge_moments
from journal.services.seals import kept_heads, seal_day
from tests import factories as make
from university.models import Module, Policy

pytestmark = pytest.mark.django_db(transaction=True)

NOON = time(12, 0)
INSERT = (
    "INSERT INTO journal_mark (lesson_id, student_id, workload_id, presence, grade, version, by_id, reason, at, source,"
    " request_id) SELECT lesson_id, %(student)s, workload_id, 'present', 5, 1, by_id, '', {at}, 'web', request_id"
    " FROM journal_mark WHERE student_id <> %(student)s"
)
UPDATE = "UPDATE journal_mark SET grade = 5, version = version + 1, at = {at} WHERE student_id <> %(student)s"
LATE = "the days for closing its module are over"
NOT_NOW = "it is written now"


class Stage:
    """A mark of the module's last Monday, in the module whose last day to fill it is over."""

    def __init__(self) -> None:
        workload = make.make_workload()
        ends_on = Module.objects.get(number=1).ends_on
        lesson = make.make_lesson(workload, day=ends_on - timedelta(days=ends_on.weekday()))
        marked, self.student = make.make_student(), make.make_student()
        for student in (marked, self.student):
            make.enrol(student, workload.course)
        self.in_time = clock.moment_of(ends_on, NOON)
        self.mark = Mark.objects.create(
            lesson=lesson,
            student=marked,
            workload=workload,
            presence=Presence.PRESENT,
            grade=2,
            by=lesson.teacher.user,
            at=self.in_time,
            source=Source.WEB,
            request_id=make.REQUEST_ID,
        )
        Policy.objects.create(key="module_closing_days", value=0, valid_from=make.MONDAY)

    def run(self, role: str, statement: str, at: datetime | str, *, asleep: bool = False) -> None:
        said = at if isinstance(at, str) else f"'{at.isoformat()}'"
        with transaction.atomic(using=role), connections[role].cursor() as cursor:
            if asleep:
                cursor.execute("ALTER TABLE journal_mark DISABLE TRIGGER USER")
            cursor.execute(statement.format(at=said), {"student": self.student.pk})
            assert cursor.rowcount == 1
        if asleep:
            with connections[role].cursor() as cursor:
                cursor.execute("ALTER TABLE journal_mark ENABLE TRIGGER USER")


@pytest.fixture
def stage(settings: Any, tmp_path: Path) -> Stage:
    settings.SEALS_FILE = tmp_path / "seals.log"
    return Stage()


@pytest.fixture
def judged(stage: Stage) -> Iterator[None]:
    """As in production."""
    assert judge_moments(using="owner", judge=True)
    yield
    judge_moments(using="owner", judge=False)


def backdated() -> list[tuple[str, int | None]]:
    return [(f.entity, f.row_id) for f in verify(heads=kept_heads()) if f.kind == "backdated"]


@pytest.mark.parametrize("role", ["default", "owner"])
@pytest.mark.parametrize("statement", [INSERT, UPDATE])
def test_4_3_deadline_is_not_passed_by_an_earlier_moment(stage: Stage, role: str, statement: str, judged: None) -> None:
    with pytest.raises(IntegrityError, match=NOT_NOW):
        stage.run(role, statement, stage.in_time)
    with pytest.raises(IntegrityError, match=NOT_NOW):
        stage.run(role, UPDATE, "at")
    # What would have passed without the judge: the deadline alone believes the row.
    judge_moments(using="owner", judge=False)
    with pytest.raises(IntegrityError, match=LATE):
        stage.run(role, statement, stage.in_time + timedelta(days=1))
    stage.run(role, statement, stage.in_time)


@pytest.mark.parametrize(
    ("at", "passes"),
    [
        ("clock_timestamp() - interval '61 min'", False),
        ("clock_timestamp() - interval '50 min'", True),
        ("clock_timestamp()", True),
        ("clock_timestamp() + interval '61 min'", False),
    ],
)
def test_moment_within_an_hour_is_believed(stage: Stage, judged: None, at: str, passes: bool) -> None:
    Policy.objects.all().delete()
    if passes:
        stage.run("default", UPDATE, at)
    else:
        with pytest.raises(IntegrityError, match=NOT_NOW):
            stage.run("default", UPDATE, at)


def test_transaction_that_was_begun_in_time_does_not_stop_the_clock(stage: Stage, judged: None) -> None:
    Policy.objects.all().delete()
    with pytest.raises(IntegrityError, match=NOT_NOW):
        stage.run("default", UPDATE, "now() - interval '61 min'")


def test_web_does_not_decide_whether_moments_are_judged(stage: Stage, judged: None) -> None:
    for refused in (
        lambda: judge_moments(using="default", judge=False),
        lambda: stage.run("default", "DROP FUNCTION journal_moments_are_judged() CASCADE", ""),
        lambda: stage.run("default", "ALTER TABLE journal_mark DISABLE TRIGGER journal_moment_made", ""),
    ):
        with pytest.raises(DatabaseError, match=r"must be owner|permission denied"):
            refused()


def test_every_sealed_table_that_says_its_moment_is_judged() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT tgname, array_agg(tgrelid::regclass::text) FROM pg_trigger"
            " WHERE tgname LIKE 'journal_moment_%%' AND NOT tgisinternal GROUP BY 1"
        )
        triggers = {name: set(tables) for name, tables in cursor.fetchall()}
    # The history is written by the database itself; what a scheme is made of comes with migrations as well.
    own = [sealed for sealed in ENTITIES if "at" in sealed.moments and sealed.entity != "journal_changeevent"]
    assert triggers == {
        "journal_moment_made": {sealed.entity for sealed in own},
        "journal_moment_changed": {sealed.entity for sealed in own if sealed.has_history},
    }


def test_migrate_says_what_the_settings_say(stage: Stage, settings: Any) -> None:
    try:
        settings.MOMENTS_ARE_JUDGED = True
        assert [f.kind for f in verify(heads={})] == ["believed"]
        call_command("migrate", verbosity=0)
        assert list(verify(heads={})) == []
    finally:
        settings.MOMENTS_ARE_JUDGED = False
        call_command("migrate", verbosity=0)
    assert judge_moments(using="owner", judge=False) is False


@pytest.mark.parametrize("is_sealed", [False, True])
@pytest.mark.parametrize("role", ["default", "owner"])
def test_4_3_row_of_a_sealed_day_is_named(stage: Stage, role: str, is_sealed: bool) -> None:
    the_day_after = stage.in_time + timedelta(days=1)
    seal_day(now=the_day_after)
    assert backdated() == []
    stage.run(role, INSERT, stage.in_time, asleep=role == "owner")
    if is_sealed:
        seal_day(now=the_day_after + timedelta(days=1))

    assert backdated() == [("journal_mark", Mark.objects.get(student=stage.student).pk)]


def test_4_3_row_of_a_sealed_day_is_named_after_an_honest_change(stage: Stage) -> None:
    the_day_after = stage.in_time + timedelta(days=1)
    Policy.objects.all().delete()
    seal_day(now=the_day_after)
    stage.run("default", INSERT, stage.in_time)
    stage.run("default", UPDATE.replace("<>", "="), the_day_after)

    assert backdated() == [("journal_mark", Mark.objects.get(student=stage.student).pk)]


def test_4_3_change_that_names_a_sealed_day_is_named(stage: Stage) -> None:
    seal_day(now=stage.in_time + timedelta(days=1))
    stage.run("default", UPDATE, stage.in_time)

    assert [entity for entity, _row in backdated()] == ["journal_changeevent"]


def test_row_of_the_day_itself_is_not_named(stage: Stage) -> None:
    Policy.objects.all().delete()
    the_day_after = stage.in_time + timedelta(days=1)
    seal_day(now=the_day_after)
    stage.run("default", INSERT, clock.moment_of(clock.day_of(the_day_after), time()))
    stage.run("default", UPDATE, the_day_after)
    seal_day(now=the_day_after + timedelta(days=1))

    assert list(verify(heads=kept_heads())) == []
