"""Kinds of work: what a lesson offers, what a teacher adds in his own words, and what is refused (§3.5a)."""

from datetime import time

import pytest

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.rules import MAX_KIND_LENGTH, MAX_KINDS, chosen_kinds, kinds_offered
from journal.selectors.lessons import kinds_used
from journal.services import describe_lesson
from teaching.models import Lesson, Workload
from tests import factories as make
from university.models import Policy

NOW = clock.moment_of(make.MONDAY, time(9, 0))


def test_kind_stands_once_and_as_the_lesson_has_it() -> None:
    assert kinds_offered(["Тест", "Доклад"], ["доклад", "Дебат"], of_lesson=["тест"]) == ["тест", "Доклад", "Дебат"]


def test_added_kind_is_tidied_and_one_on_offer_is_ticked() -> None:
    assert chosen_kinds(["Тест"], "  Талаа   иши ", offered=["Тест"]) == ["Тест", "Талаа иши"]
    assert chosen_kinds([], "тЕСТ", offered=["Тест"]) == ["Тест"]
    assert chosen_kinds(["Тест"], "тест", offered=["Тест"]) == ["Тест"]
    assert chosen_kinds(["Тест"], "  ", offered=["Тест"]) == ["Тест"]


def describe(lesson: Lesson, journal: Workload, *, ticked: list[str], added: str = "") -> Lesson:
    lesson.refresh_from_db()
    return describe_lesson(
        lesson_id=lesson.id,
        journal=journal,
        topic="",
        work_kinds=ticked,
        note="",
        version=lesson.version,
        by=lesson.teacher.user,
        now=NOW,
        added_kind=added,
    )


@pytest.mark.django_db
def test_kind_in_own_words_stays_and_is_offered_in_this_journal_alone() -> None:
    journal, other = make.make_workload(), make.make_workload()
    lesson, next_one = make.make_lesson(journal), make.make_lesson(journal, pair=2)
    assert describe(lesson, journal, ticked=["Тест"], added="Талаа иши").work_kinds == ["Тест", "Талаа иши"]
    assert kinds_used(journal.id) == ["Талаа иши", "Тест"]
    assert describe(next_one, journal, ticked=["Талаа иши"]).work_kinds == ["Талаа иши"]
    assert kinds_used(other.id) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ticked", "added", "code"),
    [
        (["Бий"], "", "unknown_work_kind"),
        ([], "ш" * (MAX_KIND_LENGTH + 1), "work_kind_too_long"),
        ([f"{number}-түр" for number in range(MAX_KINDS)], "Талаа иши", "too_many_work_kinds"),
    ],
)
def test_what_is_refused_changes_nothing(ticked: list[str], added: str, code: str) -> None:
    Policy.objects.create(
        key="work_kinds", value=[f"{number}-түр" for number in range(MAX_KINDS)], valid_from=make.MONDAY
    )
    journal = make.make_workload()
    lesson = make.make_lesson(journal)
    with pytest.raises(Refusal) as refused:
        describe(lesson, journal, ticked=ticked, added=added)
    assert (refused.value.code, refused.value.status) == (code, 422)
    lesson.refresh_from_db()
    assert lesson.work_kinds == []


@pytest.mark.django_db
def test_longest_kind_and_ten_kinds_are_taken() -> None:
    listed = [f"{number}-түр" for number in range(MAX_KINDS - 1)]
    Policy.objects.create(key="work_kinds", value=listed, valid_from=make.MONDAY)
    journal = make.make_workload()
    longest = "ш" * MAX_KIND_LENGTH
    assert describe(make.make_lesson(journal), journal, ticked=listed, added=longest).work_kinds == [*listed, longest]
