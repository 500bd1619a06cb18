"""demo_prepare touches only what is empty or its own."""

import json
import stat
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ejournal.demo import preparing
from ejournal.demo.calendar import calendar_around
from ejournal.lib.clock import moment_of
from ejournal.loading.rows import SemesterRow
from tests import factories as make
from university.models import Institution, Unit
from university.rules import week_number

NOW = moment_of(date(2026, 11, 23), time(12, 0))
SOURCE = SemesterRow(
    at=2,
    year="2026/2027",
    semester=1,
    starts_on=date(2026, 9, 1),
    ends_on=date(2026, 12, 26),
    module_1_ends_on=date(2026, 10, 24),
    module_2_ends_on=date(2026, 12, 26),
    session_ends_on=date(2027, 1, 16),
)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("marked", [False, True])
def test_a_foreign_database_is_refused_and_kept(tmp_path: Path, *, fresh: bool, marked: bool) -> None:
    make.make_unit()
    if marked:
        Institution.objects.create(id=1, name_ky="Башка университет")
    with pytest.raises(preparing.NotOurs, match="not empty"):
        preparing.prepare(now=NOW, fresh=fresh, var=tmp_path)
    assert Unit.objects.count() == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_command_says_why_without_a_traceback() -> None:
    make.make_unit()
    with pytest.raises(CommandError, match="nothing was touched"):
        call_command("demo_prepare", "--fresh")


@pytest.mark.django_db(transaction=True)
def test_emptying_looks_for_the_mark_itself() -> None:
    make.make_unit()
    with pytest.raises(preparing.NotOurs):
        preparing._empty()
    assert Unit.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_demo_is_emptied_whole() -> None:
    make.make_lesson(make.make_workload())
    Institution.objects.create(id=1, name_ky="Демо", is_demo=True)
    assert preparing._state() == "demo"
    preparing._empty()
    assert preparing._state() == "empty"


def test_password_stays_and_is_the_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    password = preparing._password(tmp_path)
    preparing._write_logins(tmp_path, password)
    path = tmp_path / "run" / "demo.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert preparing._password(tmp_path) == password
    kept = json.loads(path.read_text())
    assert [login["username"] for login in kept["logins"]] == list(preparing.cast.LOGINS)


@pytest.mark.parametrize("today", [date(2026, 1, 1) + timedelta(days=11 * step) for step in range(70)])
def test_calendar_puts_today_in_mid_semester(today: date) -> None:
    calendar = calendar_around(today, semester=SOURCE)
    now, before = calendar.current, calendar.earlier
    assert 9 <= week_number(today, semester_starts_on=now.starts_on) <= 13
    assert now.starts_on <= today <= now.ends_on
    assert before.session_ends_on < now.starts_on
    assert (now.starts_on - SOURCE.starts_on).days % 7 == (now.starts_on - before.starts_on).days % 7 == 0
    assert (before.starts, before.number) == ((now.starts - 1, 2) if now.number == 1 else (now.starts, 1))


def test_calendar_stays_where_it_fits() -> None:
    today = datetime(2026, 11, 20, tzinfo=None).date()  # noqa: DTZ001 -- a plain day
    assert calendar_around(today, semester=SOURCE).current.starts_on == SOURCE.starts_on
