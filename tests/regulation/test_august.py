"""§4.1: in the last week of August the administrator loads the groups' lists, each group's data, the new year's work
order and timetable; in time and exactly."""

from datetime import date

import pytest

from accounts.models import GroupEnrolment
from ejournal.loading.undo import undo_load
from teaching.models import Lesson, Slot, Workload, WorkloadTeacher
from tests.loading.applying import AUGUST, load, loader, plan
from tests.loading.books import only, set_cell, small
from tests.loading.test_next_year import DECEMBER, next_year, running

pytestmark = pytest.mark.django_db


def test_4_1_lists_work_order_and_timetable_are_there_before_the_first_day() -> None:
    load(now=AUGUST)
    first_day = date(2026, 9, 1)
    assert set(GroupEnrolment.objects.values_list("starts_on", flat=True)) == {first_day}
    assert set(WorkloadTeacher.objects.values_list("starts_on", flat=True)) == {first_day}
    assert set(Slot.objects.values_list("starts_on", flat=True)) == {first_day}
    assert Lesson.objects.earliest("date").date >= first_day
    assert Workload.objects.count() == 5


def test_4_1_the_new_year_is_loaded_while_the_old_one_runs() -> None:
    load(now=AUGUST)
    before = running()
    load(next_year(), now=DECEMBER)
    assert running() == before
    assert Lesson.objects.filter(date__gte=date(2027, 9, 1)).exists()


def test_4_1_exactly_what_was_shown_is_loaded_and_twice_changes_nothing() -> None:
    shown = plan(now=AUGUST).plan
    assert shown is not None
    done = load(now=AUGUST, shown=shown.digest)
    assert done.plan.digest == shown.digest
    assert load(now=AUGUST).wrote_nothing


def test_4_1_a_mistaken_load_is_taken_back_while_nothing_rests_on_it() -> None:
    load(now=AUGUST)
    mistaken = load(only("Студенттер", book=small(Студенттер=set_cell(2, 7, "ФИЗ-12"))), now=AUGUST)
    assert mistaken.applied is not None
    undo_load(mistaken.applied.pk, by=loader(), now=AUGUST)
    place = GroupEnrolment.objects.get(student__record_book="26-000001")
    assert (place.group.name, place.ends_on) == ("ФИЗ-11", None)
