"""A right that is withdrawn while its mark is being saved: either the mark was in before, or it is refused."""

import threading
import time as real_time
from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.db import connection, transaction

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.models import Mark
from journal.services import describe_lesson, record_marks
from journal.services import sql as statements
from teaching.enums import AbsenceKind
from teaching.models import Substitution, TeacherAbsence, Workload
from teaching.services.substitutions import name_substitutes, record_absence, withdraw_substitution
from tests import factories as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

NOW = clock.moment_of(make.MONDAY, time(9, 0))
EARLY = clock.moment_of(make.MONDAY, time(7, 0))
AtOnce = Callable[..., list[Any]]


@pytest.fixture
def substitution() -> Substitution:
    workload = make.make_workload()
    make.enrol(make.make_student(), workload.course)
    lesson = make.make_lesson(workload)
    substitute = make.make_teacher(department=workload.department, last_name="Абдиев")
    return Substitution.objects.create(
        lesson=lesson, substitute=substitute, reason="оору", named_by=lesson.teacher.user, named_at=EARLY
    )


def save(substitution: Substitution) -> Any:
    lesson = substitution.lesson
    journal = Workload.objects.get(lessons__lesson=lesson)
    student = journal.course.enrolments.get().student_id
    cell = {"lesson": lesson.id, "student": student, "version": 0, "value": "5"}
    return record_marks(journal_id=journal.id, raw_marks=[cell], by=substitution.substitute.user, now=NOW)


def test_naive_withdrawal_lets_a_mark_in_without_a_right(substitution: Substitution, at_once: AtOnce) -> None:
    """The writer has judged the right, the right is taken without a lock, the writer writes: the race is real."""
    judged, withdrawn = threading.Event(), threading.Event()
    lesson = substitution.lesson

    def writer() -> bool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statements.SHARE_LOCKS, {"journal": lesson.workloads.get().workload_id, "lessons": []})
            may = Substitution.objects.living().filter(pk=substitution.pk).exists()
            judged.set()
            withdrawn.wait(5)
            return may and not Substitution.objects.living().filter(pk=substitution.pk).exists()

    def naive() -> None:
        judged.wait(5)
        Substitution.objects.filter(pk=substitution.pk).update(withdrawn_at=NOW)
        withdrawn.set()

    assert at_once(writer, naive) == [True, None]


def test_withdrawal_waits_for_the_mark_that_is_being_saved_and_is_refused(
    substitution: Substitution, at_once: AtOnce
) -> None:
    written, order = threading.Event(), []

    def writer() -> None:
        with transaction.atomic():
            assert save(substitution).status == 200
            written.set()
            real_time.sleep(0.3)
            order.append("written")

    def withdrawer() -> None:
        written.wait(5)
        try:
            withdraw_substitution(substitution=substitution, by=substitution.named_by, now=NOW)
        finally:
            order.append("answered")

    _, refused = at_once(writer, withdrawer)
    assert isinstance(refused, Refusal)
    assert (refused.code, order) == ("lesson_filled", ["written", "answered"])
    assert Substitution.objects.living().count() == 1


def test_mark_that_waited_for_the_withdrawal_is_refused(substitution: Substitution, at_once: AtOnce) -> None:
    withdrawn = threading.Event()

    def withdrawer() -> None:
        with transaction.atomic():
            withdraw_substitution(substitution=substitution, by=substitution.named_by, now=NOW)
            withdrawn.set()
            real_time.sleep(0.3)

    def writer() -> Any:
        withdrawn.wait(5)
        return save(substitution)

    done, saved = at_once(withdrawer, writer)
    assert done is None
    assert [cell["code"] for cell in saved.answer["marks"]] == ["not_your_lesson"]
    assert not Mark.objects.exists()


def test_topic_that_waited_for_the_withdrawal_is_refused(substitution: Substitution, at_once: AtOnce) -> None:
    withdrawn = threading.Event()
    journal = Workload.objects.select_related("course__group").get(lessons__lesson=substitution.lesson)

    def withdrawer() -> None:
        with transaction.atomic():
            withdraw_substitution(substitution=substitution, by=substitution.named_by, now=NOW)
            withdrawn.set()
            real_time.sleep(0.3)

    def writer() -> None:
        withdrawn.wait(5)
        describe_lesson(
            lesson_id=substitution.lesson_id,
            journal=journal,
            topic="Тема",
            work_kinds=[],
            note="",
            version=1,
            by=substitution.substitute.user,
            now=NOW,
        )

    done, refused = at_once(withdrawer, writer)
    assert done is None
    assert isinstance(refused, Refusal)
    assert refused.code == "not_your_lesson"
    substitution.lesson.refresh_from_db()
    assert substitution.lesson.topic == ""


@pytest.mark.parametrize("round_", range(8))
def test_no_mark_without_a_right(substitution: Substitution, at_once: AtOnce, round_: int) -> None:
    """Both at once: a mark and a withdrawn right never stand together."""
    at_once(
        lambda: save(substitution),
        lambda: withdraw_substitution(substitution=substitution, by=substitution.named_by, now=NOW),
    )
    assert Mark.objects.exists() == Substitution.objects.living().exists()


def test_two_heads_name_one_lesson_once(substitution: Substitution, at_once: AtOnce) -> None:
    lesson, head = substitution.lesson, substitution.named_by
    withdraw_substitution(substitution=substitution, by=head, now=EARLY)
    record_absence(
        teacher=lesson.teacher,
        starts_on=make.MONDAY,
        ends_on=make.MONDAY,
        kind=AbsenceKind.ILLNESS,
        details="",
        document_number="",
        by=head,
        now=EARLY,
    )

    def name() -> Any:
        absence = TeacherAbsence.objects.get()
        choices = {lesson.id: substitution.substitute_id}
        return len(name_substitutes(absence=absence, choices=choices, note="", accepts_busy=False, by=head, now=EARLY))

    results = at_once(name, name)
    assert [result.code for result in results if isinstance(result, Refusal)] in (
        ["already_named"],
        ["substitute_busy"],
    )
    assert results.count(1) == 1
    assert Substitution.objects.living().count() == 1
