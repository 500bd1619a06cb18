"""An applied load undone: the journal is what it was, and what rests on a load is never lost (§4.1)."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts.models import CredentialIssue, GroupEnrolment, Student, Teacher, User
from ejournal.lib import clock
from ejournal.loading.models import UNDO_KEPT_FOR, AppliedLoad, UndoRow
from ejournal.loading.rows import SheetKey
from ejournal.loading.tasks import forget_undo_rows
from ejournal.loading.undo import RestsOnIt, reasons_against, undo_load
from journal.models import Mark
from journal.selectors.invariants import check_invariants
from teaching.models import Course, Lesson, LessonWorkload, Slot, Workload
from tests.factories import REQUEST_ID
from tests.loading.applying import AUGUST, LOADED_TABLES, SUNDAY, load, loader
from tests.loading.books import Rows, only, set_cell, small
from tests.loading.test_gone import without_one_of_each
from tests.loading.test_next_year import DECEMBER, next_year
from university.models import Holiday

pytestmark = pytest.mark.django_db
# Lessons are made anew: they are compared by what they say, not by their ids.
MADE_ANEW = ("teaching_lesson", "teaching_lessonworkload")


def journal_as_it_is() -> dict[str, Any]:
    """Everything that a load may write, to the value."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table in LOADED_TABLES:
            if table not in MADE_ANEW:
                cursor.execute(f"SELECT to_jsonb(t) FROM {table} t ORDER BY id")
                found[table] = cursor.fetchall()
    lessons = LessonWorkload.objects.order_by("lesson__starts_at", "workload__number")
    found["lessons"] = list(
        lessons.values_list(
            "workload__number",
            "slot_id",
            "lesson__starts_at",
            "lesson__room__code",
            "lesson__teacher__staff_number",
            "lesson__state",
            "lesson__topic",
        )
    )
    found["meetings"] = Lesson.objects.count()
    return found


def undo(done: Any, *, now: Any = AUGUST) -> AppliedLoad:
    return undo_load(done.applied.pk, by=loader(), now=now)


def codes(done: Any, *, now: Any = AUGUST) -> list[str]:
    return [reason.code for reason in reasons_against(done.applied, now=now)]


def laws() -> list[str]:
    return [finding.code for finding in check_invariants() if not finding.holds]


def everything_changed() -> dict[str, Rows]:
    """A second file that makes, changes and ends something of each kind."""
    book = small(
        Окуу_жылы=set_cell(2, 3, date(2026, 9, 7)),
        Майрамдар=lambda rows: [*rows, [date(2026, 10, 12), "Дагы бир майрам"]],
        Коңгуроо=set_cell(4, 3, "12:30"),
        Кафедралар=set_cell(2, 2, "Жалпы физика кафедрасы"),
        Аудиториялар=lambda rows: [*rows, ["Б-103", "Б", "103", 20]],
        Окутуучулар=set_cell(3, 3, "Гулнара"),
        Студенттер=set_cell(2, 7, "ФИЗ-12"),
        Окуу_планы=set_cell(2, 9, 5),
        Окуу_жүктөмү=set_cell(4, 12, "Т00002"),
        Жадыбал=lambda rows: [*rows[:-1], ["Ж000005", "шаршемби", 2, "ар жума", "Б-103"]],
    )
    book["Тайпалар"][1][4] = "Т00003"
    return book


class TestBack:
    def test_4_1_first_load_undone_leaves_an_empty_journal(self) -> None:
        loader()
        empty = journal_as_it_is()
        undo(load())
        assert journal_as_it_is() == empty

    def test_4_1_change_of_every_kind_undone_is_what_it_was(self) -> None:
        load()
        before = journal_as_it_is()
        done = load(everything_changed(), confirm=True)
        assert journal_as_it_is() != before
        undo(done)
        assert journal_as_it_is() == before
        assert laws() == []

    def test_4_1_in_mid_semester_too(self) -> None:
        load()
        before = journal_as_it_is()
        done = load(small(Окуу_жүктөмү=set_cell(4, 12, "Т00002"), Студенттер=set_cell(2, 7, "ФИЗ-12")), now=SUNDAY)
        undo(done, now=SUNDAY)
        assert journal_as_it_is() == before

    def test_4_1_what_was_ended_on_request_comes_back(self) -> None:
        load()
        before = journal_as_it_is()
        done = load(without_one_of_each(), now=SUNDAY, end_gone=[SheetKey.STUDENTS, SheetKey.WORKLOAD], confirm=True)
        undo(done, now=SUNDAY)
        assert journal_as_it_is() == before

    def test_4_1_next_year_undone_leaves_the_running_one(self) -> None:
        load()
        before = journal_as_it_is()
        undo(load(next_year(), now=DECEMBER), now=DECEMBER)
        assert journal_as_it_is() == before

    def test_4_1_the_same_file_can_be_loaded_again(self) -> None:
        undo(load())
        assert not load().wrote_nothing
        assert Student.objects.count() == 5

    def test_who_undid_it_and_when_stays(self) -> None:
        done = undo(load())
        assert (done.undone_by, done.undone_at) == (loader(), AUGUST)


def test_lesson_that_a_loaded_holiday_took_comes_back_with_what_was_prepared() -> None:
    load()
    prepared = Lesson.objects.filter(date=date(2026, 10, 12)).earliest("id")
    Lesson.objects.filter(pk=prepared.pk).update(topic="Ньютон", version=2)
    done = load({"Майрамдар": [["Күнү", "Аталышы"], [date(2026, 10, 12), "Майрам"]]})
    prepared.refresh_from_db()
    assert prepared.state == "cancelled"
    assert codes(done) == []
    undo(done)
    prepared.refresh_from_db()
    assert (prepared.state, prepared.topic) == ("planned", "Ньютон")
    assert laws() == []


class TestRefused:
    def test_undone_already(self) -> None:
        done = load()
        undo(done)
        done.applied.refresh_from_db()
        assert codes(done) == ["undone"]
        with pytest.raises(RestsOnIt):
            undo(done)

    def test_a_later_load_stands_on_it(self) -> None:
        first = load()
        second = load(small(Кафедралар=set_cell(2, 2, "Жалпы физика кафедрасы")))
        assert codes(first) == ["later_load"]
        undo(second)
        assert codes(first) == []

    def test_marks_rest_on_it(self) -> None:
        done = load(now=SUNDAY)
        lesson = Lesson.objects.filter(starts_at__lt=SUNDAY, workloads__workload__number="Ж000003").first()
        assert lesson is not None
        workload = lesson.workloads.get().workload
        Mark.objects.create(
            lesson=lesson,
            student=Student.objects.get(record_book="26-000001"),
            workload=workload,
            presence="present",
            grade=5,
            by=loader(),
            at=SUNDAY,
            source="web",
            request_id=REQUEST_ID,
        )
        before = journal_as_it_is()
        assert codes(done, now=SUNDAY) == ["lessons_written", "referred_to"]
        with pytest.raises(RestsOnIt) as refused:
            undo(done, now=SUNDAY)
        assert refused.value.code == "rests_on_it"
        assert journal_as_it_is() == before
        assert Mark.objects.count() == 1

    def test_a_topic_rests_on_it(self) -> None:
        done = load()
        Lesson.objects.filter(pk=Lesson.objects.earliest("starts_at").pk).update(topic="Ньютон", version=2)
        assert codes(done) == ["lessons_written"]

    def test_credentials_rest_on_it(self) -> None:
        done = load()
        CredentialIssue.objects.create(
            user=Student.objects.get(record_book="26-000001").user,
            issued_by=loader(),
            issued_at=AUGUST,
            is_first=True,
            request_id=uuid4(),
        )
        assert codes(done) == ["credentials"]

    def test_a_transfer_by_hand_rests_on_it(self) -> None:
        done = load()
        place = GroupEnrolment.objects.get(student__record_book="26-000001")
        place.ends_on = date(2026, 10, 1)
        place.save()
        assert codes(done) == ["changed_since"]

    def test_a_value_corrected_after_a_change_rests_on_it(self) -> None:
        load()
        done = load(small(Окуу_жүктөмү=set_cell(4, 9, 36)))
        Course.objects.filter(workloads__number="Ж000003").update(lead=Teacher.objects.get(staff_number="Т00002"))
        assert codes(done) == [], "the load did not touch the course"
        Workload.objects.filter(number="Ж000003").update(hours=40)
        assert codes(done) == ["changed_since"]

    def test_a_row_of_anybody_else_that_refers_to_it(self) -> None:
        done = load()
        user = User.objects.get(username="t00001")
        user.appointments.create(
            role="moderator", starts_on=date(2026, 9, 1), order_number="1", order_date=date(2026, 9, 1)
        )
        assert codes(done) == ["referred_to"]

    def test_too_long_ago(self) -> None:
        done = load()
        assert codes(done, now=AUGUST + UNDO_KEPT_FOR + timedelta(seconds=1)) == ["too_old"]


class TestLog:
    def test_holds_no_password(self) -> None:
        load()
        load(small(Окутуучулар=set_cell(3, 3, "Гулнара")))
        images = UndoRow.objects.filter(table="accounts_user", operation="update")
        assert list(images.values_list("before", "after")) == [({"first_name": "Гүлнара"}, {"first_name": "Гулнара"})]

    def test_notes_nothing_outside_of_a_load(self) -> None:
        load()
        before = UndoRow.objects.count()
        Slot.objects.update(room=None)
        Holiday.objects.create(day=date(2026, 12, 1), name="Майрам")
        assert UndoRow.objects.count() == before

    def test_a_refused_load_leaves_none(self) -> None:
        load()
        before = AppliedLoad.objects.count()
        assert load().wrote_nothing
        assert AppliedLoad.objects.count() == before

    def test_the_web_does_not_write_it(self) -> None:
        done = load()
        for deed in (
            lambda: UndoRow.objects.filter(load=done.applied).update(table="journal_mark"),
            lambda: UndoRow.objects.create(load=done.applied, step=0, table="x", operation="insert", ids=[1]),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                deed()

    def test_is_forgotten_in_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        load()
        monkeypatch.setattr(clock, "now", lambda: AUGUST + UNDO_KEPT_FOR - timedelta(days=1))
        assert forget_undo_rows() == 0
        monkeypatch.setattr(clock, "now", lambda: AUGUST + UNDO_KEPT_FOR + timedelta(days=1))
        assert forget_undo_rows() > 0
        assert not UndoRow.objects.exists()


class TestCommand:
    def test_says_whether_it_can_and_does_it_when_told(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(clock, "now", lambda: AUGUST)
        done = load()
        call_command("undo_load", str(done.applied.pk), language="en")
        assert "Nothing was undone" in capsys.readouterr().out
        assert Student.objects.count() == 5
        call_command("undo_load", str(done.applied.pk), confirm=True, language="en")
        assert Student.objects.count() == 0

    def test_unknown_load(self) -> None:
        with pytest.raises(CommandError, match="no load with this number"):
            call_command("undo_load", "77", language="en")


def test_only_of_a_part_is_recorded_with_its_counts() -> None:
    load()
    done = load(only("Аудиториялар", book=small(Аудиториялар=set_cell(2, 4, 44))))
    assert done.applied is not None
    assert done.applied.counts["sheets"] == {"rooms": {"new": 0, "changed": 1, "ended": 0}}
    assert (done.applied.names, done.applied.by) == (["окуу.xlsx"], loader())
