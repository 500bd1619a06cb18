"""Appeals (§4.2): said by the student, answered once by who keeps the journal, told in time."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts.enums import Role
from accounts.permissions import rights_of
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.enums import AppealKind, AppealState, ExcuseKind, ReopeningState, Source
from journal.models import Appeal, ChangeEvent, Mark, Reopening
from journal.rules import MarkState, appeal_problem
from journal.selectors.appeals import AppealCounts, appeal_counts, appeals_visible_to
from journal.services import close_module, record_marks
from journal.services.appeals import (
    grant_appeal,
    make_appeal,
    refuse_appeal,
    reopen_for_appeal,
    tell_overdue,
    withdraw_appeal,
)
from journal.services.excuses import enter_excuse
from journal.services.reopenings import (
    approve_reopening,
    end_reopening,
    expire_reopenings,
    refuse_reopening,
    withdraw_reopening,
)
from messaging.models import Notification
from tests import factories as make
from university.models import Module, Policy

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOW = clock.moment_of(make.MONDAY, time(9, 0))
NEXT = NOW + DAY
LATER = NOW + 10 * DAY  # past the filling window, within the days for an appeal


class Stage:
    """A journal of two students; the first has «кж» at its lesson."""

    def __init__(self) -> None:
        self.workload = make.make_workload()
        self.course = self.workload.course
        self.teacher = self.workload.teachers.get().teacher.user
        self.student = make.make_student(group=self.course.group)
        self.fellow = make.make_student(group=self.course.group, first_name="Нурай")
        for student in (self.student, self.fellow):
            make.enrol(student, self.course)
        self.lesson = make.make_lesson(self.workload)
        self.head, self.office = make.make_user(), make.make_user()
        make.appoint(self.head, Role.HEAD, department=self.workload.department)
        make.appoint(self.office, Role.DEANS_OFFICE, unit=self.course.group.unit)
        assert self.put("кж")["status"] == 200

    def put(self, value: str, *, version: int = 0, at: Any = NOW, student: Any = None) -> dict[str, Any]:
        cell = {
            "lesson": self.lesson.id,
            "student": (student or self.student).id,
            "version": version,
            "value": value,
            "reason": "оңдоо",
        }
        saved = record_marks(journal_id=self.workload.id, raw_marks=[cell], by=self.teacher, now=at)
        found: dict[str, Any] = saved.answer["marks"][0]
        return found

    def mark(self) -> Mark:
        return Mark.objects.get(lesson=self.lesson, student=self.student)

    def close(self) -> None:
        close_module(course=self.course, module=Module.objects.get(number=1), by=self.teacher, now=NOW)

    def appeal(self, **changes: Any) -> Appeal:
        said: dict[str, Any] = {
            "lesson_id": self.lesson.id,
            "student": self.student,
            "kind": AppealKind.SCANNED,
            "text": "",
            "by": self.student.user,
            "now": NEXT,
        }
        return make_appeal(**{**said, **changes})

    def grant(self, appeal: Appeal, **changes: Any) -> Appeal:
        answered: dict[str, Any] = {
            "appeal_id": appeal.pk,
            "presence": "present",
            "grade": None,
            "late_minutes": None,
            "version": 1,
            "by": self.teacher,
            "now": NEXT,
        }
        return grant_appeal(**{**answered, **changes})

    def told(self, user: Any) -> list[str]:
        events = Notification.objects.filter(user=user, kind="appeal").order_by("id")
        return [str(one.event).partition(":")[2].partition(":")[2] for one in events]


@pytest.fixture
def stage() -> Stage:
    return Stage()


# --- the student's word ---


def test_appeal_copies_the_mark_and_tells_the_keeper(stage: Stage) -> None:
    made = stage.appeal()
    assert (made.was_version, made.was_presence, made.was_grade) == (1, "absent", None)
    assert (made.state, made.workload_id, made.due_on) == (
        AppealState.OPEN,
        stage.workload.id,
        clock.day_of(NEXT) + 3 * DAY,
    )
    assert (stage.told(stage.teacher), stage.told(stage.fellow.user)) == (["made"], [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": AppealKind.GRADE}, "appeal_text"),
        ({"kind": AppealKind.OTHER, "text": "  "}, "appeal_text"),
        ({"text": "ж" * 501}, "appeal_text"),
        ({"lesson_id": 0}, "no_mark"),
        ({"now": NOW + 15 * DAY}, "appeal_too_late"),
    ],
)
def test_appeal_is_refused(stage: Stage, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        stage.appeal(**changes)
    assert (refused.value.code, Appeal.objects.count()) == (code, 0)


def test_last_day_for_an_appeal_is_the_settings(stage: Stage) -> None:
    Policy.objects.create(key="appeal_days", value=2, valid_from=make.MONDAY)
    with pytest.raises(Refusal) as refused:
        stage.appeal(now=NOW + 3 * DAY)
    assert refused.value.code == "appeal_too_late"
    assert stage.appeal(now=NOW + 2 * DAY).state == AppealState.OPEN


def test_one_tap_is_for_an_absence_alone(stage: Stage) -> None:
    stage.put("4", version=1)
    with pytest.raises(Refusal) as refused:
        stage.appeal()
    assert refused.value.code == "not_absent"
    assert stage.appeal(kind=AppealKind.GRADE, text="5 болчу").was_grade == 4


def test_emptied_cell_has_no_mark(stage: Stage) -> None:
    stage.put("", version=1)
    with pytest.raises(Refusal) as refused:
        stage.appeal()
    assert refused.value.code == "no_mark"


def test_excused_absence_is_not_appealed_against(stage: Stage) -> None:
    enter_excuse(
        unit=stage.course.group.unit,
        kind=ExcuseKind.ILLNESS,
        students=[stage.student.id],
        starts_on=make.MONDAY,
        ends_on=make.MONDAY,
        approved_by="Декан",
        by=stage.office,
        now=NOW,
    )
    with pytest.raises(Refusal) as refused:
        stage.appeal()
    assert refused.value.code == "excused_absence"


def test_cell_has_one_living_appeal(stage: Stage) -> None:
    first = stage.appeal()
    with pytest.raises(Refusal) as refused:
        stage.appeal()
    assert refused.value.code == "appealed_already"
    withdraw_appeal(appeal_id=first.pk, by=stage.student.user, now=NEXT)
    assert stage.appeal().pk != first.pk


def test_refused_mark_is_not_appealed_against_again_but_a_changed_one_is(stage: Stage) -> None:
    refuse_appeal(appeal_id=stage.appeal().pk, answer="Залда болгон эмес", by=stage.teacher, now=NEXT)
    with pytest.raises(Refusal) as refused:
        stage.appeal()
    assert refused.value.code == "answered_no"
    stage.put("2", version=1, at=NEXT)
    assert stage.appeal(kind=AppealKind.GRADE, text="4 болчу").was_version == 2


def test_rule_counts_the_last_day_in() -> None:
    facts: dict[str, Any] = {
        "version": 1,
        "is_excused": False,
        "changed_on": date(2026, 9, 21),
        "appeal_days": 14,
        "has_living": False,
        "refused_version": None,
    }
    assert appeal_problem(MarkState("absent"), today=date(2026, 10, 5), **facts) is None
    assert appeal_problem(MarkState("absent"), today=date(2026, 10, 6), **facts) == "appeal_too_late"
    # A wrong make-up is wrong whether the absence is excused or not.
    facts["is_excused"] = True
    made_up = MarkState("absent", 3, None, date(2026, 9, 22))
    assert appeal_problem(made_up, today=date(2026, 10, 5), **facts) is None


# --- the teacher's answer ---


def test_yes_corrects_the_mark_and_names_the_appeal(stage: Stage) -> None:
    made = stage.grant(stage.appeal(), grade=4, answer="Сканы бар\nэкен")
    mark = stage.mark()
    assert (mark.presence, mark.grade, mark.version, mark.source) == ("present", 4, 2, Source.CORRECTION)
    assert mark.reason == f"№ {made.pk} апелляция: Сканы бар экен"
    assert (made.state, made.answered_by, made.answered_at) == (AppealState.GRANTED, stage.teacher, NEXT)
    assert stage.told(stage.student.user) == ["granted"]


def test_yes_passes_where_marks_change_only_by_appeal(stage: Stage) -> None:
    Policy.objects.create(key="mark_changes", value="appeal", valid_from=make.MONDAY)
    assert stage.put("5", version=1, at=NEXT)["code"] == "change_by_appeal"
    stage.grant(stage.appeal())
    assert stage.mark().presence == "present"


def test_day_of_a_makeup_stays(stage: Stage) -> None:
    cell = {
        "lesson": stage.lesson.id,
        "student": stage.student.id,
        "version": 1,
        "presence": "absent",
        "grade": 3,
        "makeup_on": make.MONDAY.isoformat(),
    }
    saved = record_marks(journal_id=stage.workload.id, raw_marks=[cell], by=stage.teacher, now=NOW)
    assert saved.status == 200
    made = stage.appeal(kind=AppealKind.GRADE, text="4 болчу")
    stage.grant(made, presence="absent", grade=4, version=2)
    mark = stage.mark()
    assert (mark.presence, mark.grade, mark.makeup_on) == ("absent", 4, make.MONDAY)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"presence": "absent"}, "nothing_changed"),
        ({"presence": "absent", "grade": 4}, "absence_has_no_grade"),
        ({"version": 7}, "stale"),
        ({"answer": "ж" * 501}, "appeal_answer_long"),
    ],
)
def test_yes_is_refused_and_changes_nothing(stage: Stage, changes: dict[str, Any], code: str) -> None:
    made = stage.appeal()
    with pytest.raises(Refusal) as refused:
        stage.grant(made, **changes)
    made.refresh_from_db()
    assert (refused.value.code, made.state, stage.mark().version) == (code, AppealState.OPEN, 1)


def test_yes_after_a_correction_in_the_journal_only_says_so(stage: Stage) -> None:
    made = stage.appeal()
    stage.put("+", version=1, at=NEXT)
    stage.grant(made, version=2)
    made.refresh_from_db()
    assert (made.state, stage.mark().version) == (AppealState.GRANTED, 2)


def test_no_needs_its_words(stage: Stage) -> None:
    made = stage.appeal()
    with pytest.raises(Refusal) as refused:
        refuse_appeal(appeal_id=made.pk, answer=" ", by=stage.teacher, now=NEXT)
    assert refused.value.code == "answer_missing"
    refuse_appeal(appeal_id=made.pk, answer="Сабакта жок болчу", by=stage.teacher, now=NEXT)
    assert (stage.mark().version, stage.told(stage.student.user)) == (1, ["refused"])


def test_only_who_keeps_the_journal_answers(stage: Stage) -> None:
    made = stage.appeal()
    colleague = make.make_teacher()
    make.make_workload(course=stage.course, teacher=colleague)
    for stranger in (colleague.user, stage.head, stage.office, stage.student.user):
        for answer in (
            lambda: stage.grant(made, by=stranger),  # noqa: B023 -- called at once
            lambda: refuse_appeal(appeal_id=made.pk, answer="Жок", by=stranger, now=NEXT),  # noqa: B023
            lambda: reopen_for_appeal(appeal_id=made.pk, why="Себеби", by=stranger, now=LATER),  # noqa: B023
        ):
            with pytest.raises(Refusal) as refused:
                answer()
            assert (refused.value.code, refused.value.status) == ("not_yours_to_answer", 403)


def test_appeal_is_answered_once(stage: Stage) -> None:
    made = stage.grant(stage.appeal())
    for act in (
        lambda: refuse_appeal(appeal_id=made.pk, answer="Жок", by=stage.teacher, now=NEXT),
        lambda: withdraw_appeal(appeal_id=made.pk, by=stage.student.user, now=NEXT),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert (refused.value.code, refused.value.status) == ("appeal_answered", 409)


# --- a locked cell ---


def test_yes_for_a_locked_cell_becomes_a_reopening(stage: Stage) -> None:
    made = stage.appeal()
    stage.close()
    with pytest.raises(Refusal) as refused:
        stage.grant(made)
    assert (refused.value.code, refused.value.status) == ("module_closed", 423)
    asked = reopen_for_appeal(appeal_id=made.pk, why="Апелляция негиздүү", by=stage.teacher, now=NEXT)
    made.refresh_from_db()
    assert (made.state, made.reopening, asked.state) == (AppealState.REOPENING, asked, ReopeningState.ASKED)
    assert list(asked.lessons.values_list("lesson", flat=True)) == [stage.lesson.id]
    assert list(asked.students.values_list("student", flat=True)) == [stage.student.id]


def test_cell_that_is_not_locked_needs_no_reopening(stage: Stage) -> None:
    made = stage.appeal()
    with pytest.raises(Refusal) as refused:
        reopen_for_appeal(appeal_id=made.pk, why="Себеби", by=stage.teacher, now=NEXT)
    assert (refused.value.code, Reopening.objects.count()) == ("not_locked", 0)


def opened(stage: Stage) -> tuple[Appeal, Reopening]:
    """An appeal whose cell was reopened for it."""
    made = stage.appeal(now=LATER)
    asked = reopen_for_appeal(appeal_id=made.pk, why="Апелляция", by=stage.teacher, now=LATER)
    approve_reopening(reopening_id=asked.pk, by=stage.head, now=LATER)
    return made, approve_reopening(reopening_id=asked.pk, by=stage.office, now=LATER)


def test_corrected_under_the_reopening_it_is_granted_with_its_end(stage: Stage) -> None:
    made, reopening = opened(stage)
    assert stage.put("+", version=1, at=LATER)["status"] == 200
    end_reopening(reopening_id=reopening.pk, by=stage.teacher, now=LATER)
    made.refresh_from_db()
    assert (made.state, stage.told(stage.student.user)[-1]) == (AppealState.GRANTED, f"ended:{reopening.pk}")


def test_reopening_that_ends_without_a_correction_leaves_the_answer_to_give(stage: Stage) -> None:
    made, reopening = opened(stage)
    assert reopening.until is not None
    expire_reopenings(now=reopening.until)
    made.refresh_from_db()
    assert (made.state, made.due_on) == (AppealState.OPEN, clock.day_of(reopening.until) + 3 * DAY)


def test_teacher_does_not_bury_an_appeal_by_withdrawing_the_reopening(stage: Stage) -> None:
    made = stage.appeal(now=LATER)
    asked = reopen_for_appeal(appeal_id=made.pk, why="Апелляция", by=stage.teacher, now=LATER)
    withdraw_reopening(reopening_id=asked.pk, by=stage.teacher, now=LATER)
    made.refresh_from_db()
    assert made.state == AppealState.OPEN
    # A second yes asks anew.
    assert reopen_for_appeal(appeal_id=made.pk, why="Дагы", by=stage.teacher, now=LATER).pk != asked.pk


def test_reopening_refused_refuses_the_appeal_with_its_words(stage: Stage) -> None:
    made = stage.appeal(now=LATER)
    asked = reopen_for_appeal(appeal_id=made.pk, why="Апелляция", by=stage.teacher, now=LATER)
    refuse_reopening(reopening_id=asked.pk, reason="Далил жок", by=stage.head, now=LATER)
    made.refresh_from_db()
    assert (made.state, made.answer, made.answered_by) == (AppealState.REFUSED, "Далил жок", stage.head)


def test_living_reopening_of_the_cell_is_waited_for(stage: Stage) -> None:
    from journal.services.reopenings import ask_reopening

    asked = ask_reopening(
        workload=stage.workload,
        lessons=[stage.lesson.id],
        students=[stage.student.id],
        why="жаңылыштык",
        by=stage.teacher,
        now=LATER,
    )
    made = stage.appeal(now=LATER)
    assert reopen_for_appeal(appeal_id=made.pk, why="", by=stage.teacher, now=LATER) == asked
    assert Reopening.objects.count() == 1


# --- in time ---


def test_overdue_is_told_to_the_teacher_then_to_the_head_once(stage: Stage) -> None:
    made = stage.appeal()
    at = clock.moment_of(made.due_on, time(8, 15))
    assert (tell_overdue(now=at), stage.told(stage.teacher), stage.told(stage.head)) == (0, ["made"], [])
    late = f"overdue:{made.due_on}"
    assert tell_overdue(now=at + DAY) == 1
    assert (stage.told(stage.teacher), stage.told(stage.head)) == (["made", late], [])
    for _ in range(2):
        tell_overdue(now=at + 2 * DAY)
    assert (stage.told(stage.teacher), stage.told(stage.head)) == (["made", late], [late])
    stage.grant(made, now=at + 2 * DAY)
    assert tell_overdue(now=at + 3 * DAY) == 0


def test_counts_are_of_the_keeper_and_of_who_watches(stage: Stage, django_assert_num_queries: Any) -> None:
    made = stage.appeal()
    today = clock.day_of(NEXT)
    for user, expected in (
        (stage.teacher, AppealCounts(mine=1)),
        (stage.head, AppealCounts(watched=1)),
        (stage.office, AppealCounts(watched=1)),
        (make.make_teacher().user, AppealCounts()),
    ):
        assert appeal_counts(rights_of(user, on=today), on=today) == expected
    over = made.due_on + DAY
    assert appeal_counts(rights_of(stage.head, on=over), on=over) == AppealCounts(watched=1, watched_overdue=1)
    with django_assert_num_queries(1):
        appeal_counts(rights_of(stage.head, on=over), on=over)


def test_teacher_whose_days_ended_reads_none_and_the_successor_answers(stage: Stage) -> None:
    from teaching.models import WorkloadTeacher

    made = stage.appeal()
    WorkloadTeacher.objects.filter(workload=stage.workload).update(ends_on=make.MONDAY)
    successor = make.make_teacher()
    WorkloadTeacher.objects.create(workload=stage.workload, teacher=successor, starts_on=make.MONDAY + DAY)
    on = clock.day_of(NEXT)
    assert not appeals_visible_to(stage.teacher, on=on).exists()
    assert appeals_visible_to(successor.user, on=on).get() == made
    stage.grant(made, by=successor.user)
    assert stage.mark().by == successor.user


# --- the database ---


def sql(text: str, *params: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text, params)


@pytest.mark.parametrize(
    ("change", "law"),
    [
        ("state = 'granted', version = 2", "answered_by_somebody"),
        ("text = 'башка', version = 2", "what was said stays"),
        ("was_grade = 5, version = 2", "what was said stays"),
        ("state = 'refused', answered_by_id = by_id, answered_at = at, version = 2", "no_needs_words"),
        ("state = 'reopening', answered_by_id = by_id, answered_at = at, version = 2", "waits_for_a_reopening"),
        ("due_on = due_on + 9, version = 2", "does not go from open to open"),
    ],
)
def test_appeal_goes_no_other_way_by_sql(stage: Stage, change: str, law: str) -> None:
    made = stage.appeal()
    with pytest.raises(IntegrityError, match=law):
        sql(f"UPDATE journal_appeal SET {change} WHERE id = %s", made.pk)


def test_program_takes_no_appeal_away(stage: Stage) -> None:
    stage.appeal()
    with pytest.raises(ProgrammingError, match="permission denied"):
        sql("DELETE FROM journal_appeal")


def test_answered_appeal_does_not_open_again_by_sql(stage: Stage) -> None:
    made = stage.grant(stage.appeal())
    with pytest.raises(IntegrityError, match="does not go from"):
        sql("UPDATE journal_appeal SET state = 'open', version = version + 1 WHERE id = %s", made.pk)


def test_steps_of_an_appeal_stand_in_the_history(stage: Stage) -> None:
    made = stage.grant(stage.appeal())
    event = ChangeEvent.objects.get(entity="journal_appeal", entity_id=made.pk)
    assert (event.before["state"], event.after["state"], event.by_id) == ("open", "granted", stage.teacher.id)
