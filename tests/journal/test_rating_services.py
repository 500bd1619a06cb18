"""Points that are typed, and rating schemes: what is saved, what is refused, what stays (§1.8, §3.5e–f, §4.3)."""

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.enums import AbsencePolicy, CapScope, ComponentSource, ExcusedPolicy, LatePolicy, Rounding, TaskKind
from journal.models import ChangeEvent, ModulePoint, RatingScheme, Scale, SchemeChoice
from journal.selectors.rating import plain_scheme
from journal.services import close_module
from journal.services.rating_points import TypedPoint, enter_points
from journal.services.rating_schemes import (
    TypedComponent,
    TypedScheme,
    choose_scheme,
    make_scheme,
    withdraw_scheme,
)
from journal.services.selfstudy import Typed as TypedTask
from journal.services.selfstudy import give_task
from journal.services.typed import SavedColumn
from tests import factories as make
from tests.journal.test_rating_laws import reopen
from university.models import AcademicYear, Module

pytestmark = pytest.mark.django_db
NOW = clock.moment_of(make.MONDAY, time(9, 0))
D = Decimal


class Class:
    """A course with two students; points of the control of its first module."""

    def __init__(self) -> None:
        self.workload = make.make_workload()
        self.course = self.workload.course
        self.teacher = self.workload.teachers.get().teacher.user
        self.students = [make.make_student(last_name=name) for name in ("Абдиева", "Бекова")]
        for student in self.students:
            make.enrol(student, self.course)
        self.student = self.students[0]
        self.module, self.second = Module.objects.order_by("number")

    def enter(self, *texts: str, version: int = 0, **keys: Any) -> SavedColumn:
        """One text a student."""
        said: dict[str, Any] = {
            "course_id": self.course.pk,
            "module_id": self.module.pk,
            "component": ComponentSource.MANUAL,
            "by": self.teacher,
            "now": NOW,
        }
        typed = [TypedPoint(student.pk, text, version) for student, text in zip(self.students, texts, strict=False)]
        return enter_points(typed=typed, **(said | keys))

    def values(self) -> list[Decimal | None]:
        return list(ModulePoint.objects.order_by("student_id").values_list("value", flat=True))

    def close(self) -> None:
        close_module(course=self.course, module=self.module, by=self.teacher, now=NOW)


@pytest.fixture
def room() -> Class:
    return Class()


def codes(saved: SavedColumn) -> list[str]:
    return [problem.code for problem in saved.problems]


def test_a_column_is_saved_in_one_go(room: Class) -> None:
    assert room.enter("12", "9,5") == SavedColumn(2, [])
    assert room.values() == [D("12.00"), D("9.50")]


def test_good_points_are_saved_and_bad_ones_answered(room: Class) -> None:
    saved = room.enter("12", "15.01")
    assert (saved.saved, codes(saved), saved.status) == (1, ["points_above_maximum"], 422)
    assert "15" in saved.problems[0].message
    assert room.values() == [D("12.00")]


@pytest.mark.parametrize("text", ["-1", "abc", "1.234", "٣", "100.5.1"])
def test_what_is_no_number_of_points_is_refused(room: Class, text: str) -> None:
    assert codes(room.enter(text)) == ["points_not_allowed"]
    assert room.values() == []


def test_a_stale_column_shows_what_stands_there_now(room: Class) -> None:
    room.enter("12")
    saved = room.enter("13")
    assert (codes(saved), saved.status, saved.problems[0].current) == (["stale"], 409, "12")
    assert room.values() == [D("12.00")]


def test_a_draft_is_changed_and_taken_back_with_its_history(room: Class) -> None:
    room.enter("12")
    assert room.enter("13", version=1, reason="кайра текшерилди").saved == 1
    assert room.enter("", version=2).saved == 1
    assert room.values() == [None]
    events = ChangeEvent.objects.filter(entity="journal_modulepoint").order_by("version")
    assert [(e.before["value"], e.after and e.after["value"], e.reason) for e in events] == [
        (12, 13, "кайра текшерилди"),
        (13, None, ""),
    ]


def test_unchanged_points_leave_no_history(room: Class) -> None:
    room.enter("12")
    assert room.enter("12.0", version=1).saved == 0
    assert not ChangeEvent.objects.filter(entity="journal_modulepoint").exists()


def test_a_student_of_another_course_is_refused(room: Class) -> None:
    room.students = [make.make_student()]
    assert codes(room.enter("12")) == ["not_on_course"]


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"component": ComponentSource.EXAM}, "no_such_column"),
        ({"module_id": 0}, "no_such_column"),
        ({"reason": "а" * 301}, "reason_too_long"),
    ],
)
def test_a_column_that_is_not_typed_is_refused(room: Class, keys: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        room.enter("12", **keys)
    assert (refused.value.code, room.values()) == (code, [])


def test_self_study_is_typed_only_in_a_module_without_tasks(room: Class) -> None:
    assert room.enter("6", component=ComponentSource.SELF_STUDY).saved == 1
    give_task(
        workload=room.workload,
        typed=TypedTask("Конспект", "", TaskKind.INDIVIDUAL, D(10), make.MONDAY + timedelta(days=2)),
        by=room.teacher,
        now=NOW,
    )
    with pytest.raises(Refusal) as refused:
        room.enter("5", version=1, component=ComponentSource.SELF_STUDY)
    assert refused.value.code == "counted_from_tasks"


def test_nothing_is_typed_under_a_closed_module(room: Class) -> None:
    room.enter("12")
    room.close()
    with pytest.raises(Refusal) as refused:
        room.enter("13", version=1)
    assert (refused.value.code, refused.value.status) == ("module_closed", 423)
    assert room.enter("13", module_id=room.second.pk).saved == 1


def test_a_reopening_lets_its_student_alone_pass(room: Class) -> None:
    room.enter("12", "11")
    reopened: Any = room
    granted = reopen(reopened)
    room.close()
    assert granted.opened_at is not None
    saved = room.enter("13", "14", version=1, now=granted.opened_at + timedelta(hours=1))
    assert (saved.saved, codes(saved), saved.status) == (1, ["module_closed"], 423)
    assert room.values() == [D(13), D(11)]
    assert ModulePoint.objects.get(student=room.student).source == "correction"


def component(source: ComponentSource, maximum: str, module: int | None = None) -> TypedComponent:
    return TypedComponent(source, D(maximum), module, ("Бөлүк", "", ""))


def typed_scheme(*components: TypedComponent, scale: str = "letters") -> TypedScheme:
    return TypedScheme(
        names=("Өзүбүздүкү", "Своя", "Own"),
        modules=2,
        cap_scope=CapScope.DISCIPLINE,
        rounding=Rounding.FLOOR,
        excused=ExcusedPolicy.AS_ABSENT,
        absence_in_mean=AbsencePolicy.ZERO,
        late=LatePolicy.HALF,
        scale=Scale.objects.get(code=scale),
        components=components
        or (
            component(ComponentSource.AUTO_ATTENDANCE, "8"),
            component(ComponentSource.AUTO_AVERAGE, "10"),
            component(ComponentSource.MANUAL, "21", 1),
            component(ComponentSource.MANUAL, "21", 2),
            component(ComponentSource.EXAM, "40"),
        ),
    )


@pytest.fixture
def first() -> RatingScheme:
    return RatingScheme.objects.get(code="P1", control_form="exam")


def test_a_scheme_is_made_from_another_that_stays(first: RatingScheme) -> None:
    before = plain_scheme(first.pk)
    made = make_scheme(made_from=first, typed=typed_scheme(scale="ism"), by=make.make_user(), now=NOW)
    plain = plain_scheme(made.pk)
    assert (made.code, made.made_from, plain.rounding, plain.late, len(plain.steps)) == (
        "P1-2",
        first,
        Rounding.FLOOR,
        LatePolicy.HALF,
        4,
    )
    assert [(c.code, c.maximum) for c in plain.components] == [
        ("attendance", D(8)),
        ("achievement", D(10)),
        ("control_1", D(21)),
        ("control_2", D(21)),
        ("exam", D(40)),
    ]
    plain_scheme.cache_clear()
    assert plain_scheme(first.pk) == before
    again = make_scheme(made_from=made, typed=typed_scheme(), by=make.make_user(), now=NOW)
    assert again.code == "P1-3"


@pytest.mark.parametrize(
    ("components", "code"),
    [
        ((("auto_attendance", "8", None), ("exam", "40", None)), "sum_not_100"),
        ((("auto_attendance", "9", None), ("manual", "51", 1), ("exam", "40", None)), "attendance_cap"),
        ((("auto_average", "11", None), ("manual", "49", 1), ("exam", "40", None)), "achievement_cap"),
        ((("manual", "100", 1),), "exam_missing"),
        ((("manual", "60", 3), ("exam", "40", None)), "module_unknown"),
        ((("manual", "60", 1), ("exam", "40", 1)), "exam_in_module"),
        ((("manual", "0", 1), ("manual", "60", 2), ("exam", "40", None)), "maximum_not_positive"),
        ((("manual", "30", 1), ("manual", "30", None), ("exam", "40", None)), "component_twice"),
    ],
)
def test_an_unlawful_scheme_is_not_made(first: RatingScheme, components: Any, code: str) -> None:
    typed = typed_scheme(*(component(ComponentSource(source), *rest) for source, *rest in components))
    with pytest.raises(Refusal) as refused:
        make_scheme(made_from=first, typed=typed, by=make.make_user(), now=NOW)
    assert refused.value.code == code
    assert RatingScheme.objects.count() == 8


def test_a_credit_test_has_no_exam() -> None:
    credit = RatingScheme.objects.get(code="P1", control_form="credit")
    with pytest.raises(Refusal) as refused:
        make_scheme(made_from=credit, typed=typed_scheme(), by=make.make_user(), now=NOW)
    assert refused.value.code == "exam_in_credit"


def test_the_maxima_inside_each_module_may_be_more_together(first: RatingScheme) -> None:
    typed = replace(
        typed_scheme(
            component(ComponentSource.AUTO_ATTENDANCE, "16"),
            component(ComponentSource.MANUAL, "44", 1),
            component(ComponentSource.EXAM, "40"),
        ),
        cap_scope=CapScope.MODULE,
    )
    assert make_scheme(made_from=first, typed=typed, by=make.make_user(), now=NOW).cap_scope == "module"


def choose(code: str, year: AcademicYear, **keys: Any) -> SchemeChoice:
    scheme = RatingScheme.objects.get(code=code, control_form="exam")
    return choose_scheme(scheme_id=scheme.pk, year=year, by=make.make_user(), now=NOW, **keys)


def test_a_scheme_is_chosen_from_a_year_and_changed_with_its_history(room: Class) -> None:
    year = room.course.semester.year
    made = choose("P3", year, reason="№ 5 буйрук")
    assert (made.valid_from, made.version, made.reason) == (2026, 1, "№ 5 буйрук")
    assert choose("P3", year).version == 1
    assert choose("P4", year).version == 2
    event = ChangeEvent.objects.get(entity="journal_schemechoice")
    assert event.before["scheme_id"] != (event.after or {})["scheme_id"]


def test_a_scheme_under_which_a_module_was_closed_stays(room: Class) -> None:
    room.close()
    with pytest.raises(Refusal) as refused:
        choose("P3", room.course.semester.year)
    assert (refused.value.code, refused.value.status) == ("scheme_in_use", 423)
    assert str(room.course) in str(refused.value)
    later = AcademicYear.objects.create(name="2027/2028", starts=2027)
    assert choose("P3", later).valid_from == 2027


def test_a_withdrawn_scheme_is_not_chosen_and_a_chosen_one_not_withdrawn(room: Class) -> None:
    year = room.course.semester.year
    third = RatingScheme.objects.get(code="P3", control_form="exam")
    withdraw_scheme(scheme_id=third.pk, now=NOW)
    with pytest.raises(Refusal) as refused:
        choose("P3", year)
    assert refused.value.code == "scheme_withdrawn"
    choose("P4", year)
    with pytest.raises(Refusal) as refused:
        withdraw_scheme(scheme_id=RatingScheme.objects.get(code="P4", control_form="exam").pk, now=NOW)
    assert refused.value.code == "scheme_chosen"


def test_a_reason_of_a_choice_has_its_length(room: Class) -> None:
    with pytest.raises(Refusal) as refused:
        choose("P3", room.course.semester.year, reason="а" * 301)
    assert refused.value.code == "reason_too_long"
