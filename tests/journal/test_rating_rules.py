"""The arithmetic of points, to the hundredth: vectors worked by hand, and properties for all the rest."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.enums import AbsencePolicy, CapScope, ComponentSource, ExcusedPolicy, LatePolicy, Rounding
from journal.rules.rating import (
    ATTENDANCE_UNDEFINED,
    CoursePoints,
    ModuleFacts,
    ModulePoints,
    Scheme,
    cap_in,
    check_scheme,
    course_points,
    module_points,
    notices_of,
    outlook_of,
    possible,
    step_of,
)
from journal.rules.rating_presets import PRESETS, SCALES

EXAM = PRESETS["P1", "exam"]
CREDIT = PRESETS["P1", "credit"]
D = Decimal


def facts(number: int, held: int, attended: int, excused: int, *grades: int, **more: object) -> ModuleFacts:
    return ModuleFacts(
        number=number,
        held=held,
        attended=attended,
        excused=excused,
        grade_sum=sum(grades),
        grade_count=len(grades),
        unexcused_absences=held - attended - excused,
        **more,  # type: ignore[arg-type]
    )


def of(scheme: Scheme, *modules: ModuleFacts, exam: Decimal | None = None) -> CoursePoints:
    closed: list[ModulePoints] = []
    for module in modules:
        closed.append(module_points(scheme, module, closed))
    return course_points(scheme, closed, exam)


def column(course: CoursePoints, source: ComponentSource) -> list[Decimal | None]:
    return [part.points for module in course.modules for part in module.parts if part.source == source]


ATTENDANCE, ACHIEVEMENT = ComponentSource.AUTO_ATTENDANCE, ComponentSource.AUTO_AVERAGE
SELF_STUDY, MANUAL = ComponentSource.SELF_STUDY, ComponentSource.MANUAL


def test_vector_1_an_exam_discipline() -> None:
    course = of(
        EXAM,
        facts(1, 16, 12, 1, 5, 4, 4, self_typed=D("4.5"), control=D(12)),
        facts(2, 16, 14, 1, 3, 5, 2, self_typed=D("4.5"), control=D(11)),
        exam=D(31),
    )
    assert column(course, ATTENDANCE) == [D("3.20"), D("3.73")]
    assert column(course, ACHIEVEMENT) == [D("4.33"), D("3.33")]
    assert sum(column(course, ATTENDANCE) + column(course, ACHIEVEMENT)) == D("14.59")  # type: ignore[arg-type]
    assert course.semester + D(31) == D("77.59")
    assert (course.total, course.letter, course.traditional, course.passes) == (D(78), "C", 4, True)


def test_vector_2_the_same_journal_as_a_credit_test() -> None:
    course = of(
        CREDIT,
        facts(1, 16, 12, 1, 5, 4, 4, self_typed=D(9), control=D(15)),
        facts(2, 16, 14, 1, 3, 5, 2, self_typed=D(9), control=D(14)),
    )
    assert column(course, ATTENDANCE) == [D("6.40"), D("7.47")]
    assert column(course, ACHIEVEMENT) == [D("8.67"), D("6.67")]
    assert course.semester == D("76.21")
    assert (course.total, course.passes) == (D(76), True)


@pytest.mark.parametrize(
    ("scheme", "attendance", "achievement", "total"),
    [
        (EXAM, ["2.86", "3.43"], ["3.75", "2.00"], "12.04"),
        (CREDIT, ["5.71", "6.86"], ["7.50", "4.00"], "24.07"),
    ],
)
def test_vector_3_excused_lessons_are_left_out(
    scheme: Scheme, attendance: list[str], achievement: list[str], total: str
) -> None:
    course = of(scheme, facts(1, 7, 5, 0, 4, 3, 3, 5), facts(2, 9, 6, 2, 2))
    assert column(course, ATTENDANCE) == [D(p) for p in attendance]
    assert column(course, ACHIEVEMENT) == [D(p) for p in achievement]
    assert course.semester == D(total)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda p: f"{p.code}-{p.control_form}")
def test_vector_4_all_maxima_are_a_hundred(preset: Scheme) -> None:
    modules = [
        facts(number, 8, 8, 0, 5, 5, self_typed=D(100), control=D(100)) for number in range(1, preset.modules + 1)
    ]
    exam = D(100) if preset.control_form == "exam" else None
    course = of(preset, *modules, exam=exam)
    assert (course.total, course.letter) == (D(100), "A")


def test_vector_5_undefined_attendance_gives_its_weight_to_the_module_that_closes_last() -> None:
    course = of(EXAM, facts(1, 6, 0, 6), facts(2, 10, 9, 0, 4, 4, 5))
    assert column(course, ATTENDANCE) == [None, D("7.20")]
    assert column(course, ACHIEVEMENT) == [D(0), D("4.33")]
    assert course.modules[0].carried == D(4)


def test_the_second_module_undefined_goes_by_the_ratio_of_the_first() -> None:
    course = of(EXAM, facts(1, 10, 9, 0), facts(2, 6, 0, 6))
    assert column(course, ATTENDANCE) == [D("3.60"), D("3.60")]
    assert not course.modules[1].warnings


def test_vector_6_never_there_is_nought_and_all_excused_is_nought_with_a_warning() -> None:
    never = of(EXAM, facts(1, 6, 0, 0), facts(2, 6, 0, 0))
    assert column(never, ATTENDANCE) == column(never, ACHIEVEMENT) == [D(0), D(0)]
    assert not any(module.warnings for module in never.modules)
    excused = of(EXAM, facts(1, 6, 0, 6), facts(2, 6, 0, 6))
    assert column(excused, ATTENDANCE) == [None, D(0)]
    assert excused.modules[1].warnings == (ATTENDANCE_UNDEFINED,)


def test_vector_7_the_rounding_decides_about_passing() -> None:
    modules = [facts(1, 0, 0, 0, control=D("10.50")), facts(2, 10, 10, 0, 5, self_typed=D(6), control=D(1))]
    course = of(EXAM, *modules, exam=D(30))
    assert course.semester + D(30) == D("60.50")
    assert (course.total, course.letter, course.passes) == (D(61), "E", True)
    floor = of(replace(EXAM, rounding=Rounding.FLOOR), *modules, exam=D(30))
    assert (floor.total, floor.letter, floor.passes) == (D(60), "FX", False)
    assert of(replace(EXAM, rounding=Rounding.CEIL), *modules, exam=D(30)).total == D(61)
    assert of(replace(EXAM, rounding=Rounding.NONE), *modules, exam=D(30)).total == D("60.50")


@pytest.mark.parametrize(
    ("policy", "points"),
    [(ExcusedPolicy.EXCLUDE, "3.20"), (ExcusedPolicy.AS_PRESENT, "3.25"), (ExcusedPolicy.AS_ABSENT, "3.00")],
)
def test_what_an_excused_absence_is_is_the_schemes_choice(policy: ExcusedPolicy, points: str) -> None:
    part = module_points(replace(EXAM, excused=policy), facts(1, 16, 12, 1)).part(ATTENDANCE)
    assert part is not None
    assert part.points == D(points)


@pytest.mark.parametrize(
    ("policy", "points"), [(LatePolicy.ATTENDED, "4.00"), (LatePolicy.HALF, "3.00"), (LatePolicy.ABSENT, "2.00")]
)
def test_what_a_late_arrival_is_is_the_schemes_choice(policy: LatePolicy, points: str) -> None:
    part = module_points(replace(EXAM, late=policy), facts(1, 4, 4, 0, late=2)).part(ATTENDANCE)
    assert part is not None
    assert part.points == D(points)


def test_an_absence_counts_in_the_mean_only_where_the_scheme_says_so() -> None:
    absent = facts(1, 4, 2, 0, 5, 5)
    with_zeros = replace(EXAM, absence_in_mean=AbsencePolicy.ZERO)
    assert [module_points(s, absent).part(ACHIEVEMENT).points for s in (EXAM, with_zeros)] == [  # type: ignore[union-attr]
        D("5.00"),
        D("2.50"),
    ]


def test_self_study_counts_tasks_and_what_is_typed_only_without_them() -> None:
    tasks = module_points(EXAM, facts(1, 0, 0, 0, self_earned=D(7), self_maximum=D(10), self_typed=D(6)))
    assert tasks.part(SELF_STUDY).points == D("4.20")  # type: ignore[union-attr]
    typed = module_points(EXAM, facts(1, 0, 0, 0, self_typed=D("5.5")))
    assert typed.part(SELF_STUDY).points == D("5.50")  # type: ignore[union-attr]
    assert module_points(EXAM, facts(1, 0, 0, 0)).part(SELF_STUDY).points is None  # type: ignore[union-attr]


def test_there_is_no_total_before_everything_is_there() -> None:
    first = facts(1, 16, 16, 0, 5, control=D(15))
    assert of(EXAM, first, exam=D(40)).total is None
    assert of(EXAM, first, facts(2, 1, 1, 0)).total is None
    assert of(CREDIT, first).total is None


@pytest.mark.parametrize(
    ("total", "letter", "traditional"),
    [
        (100, "A", 5), (87, "A", 5), (86, "B", 4), (80, "B", 4), (79, "C", 4), (74, "C", 4), (73, "D", 3),
        (68, "D", 3), (67, "E", 3), (61, "E", 3), (60, "FX", 2), (31, "FX", 2), (30, "F", 2), (0, "F", 2),
    ],
)  # fmt: skip
def test_the_edges_of_the_default_scale(total: int, letter: str, traditional: int) -> None:
    step = step_of(EXAM, D(total))
    assert (step.letter, step.traditional, step.passes) == (letter, traditional, total >= 61)


@pytest.mark.parametrize(("scale", "lows"), [("kgma", (60, 76, 86)), ("ism", (60, 76, 90)), ("oshimu", (61, 74, 85))])
def test_the_edges_of_the_other_scales(scale: str, lows: tuple[int, int, int]) -> None:
    scheme = replace(EXAM, steps=SCALES[scale])
    for traditional, low in enumerate(lows, start=3):
        assert step_of(scheme, D(low)).traditional == traditional
        assert step_of(scheme, D(low - 1)).traditional == traditional - 1


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda p: f"{p.code}-{p.control_form}")
def test_presets_may_be_used_and_only_p2_goes_beyond_the_literal_reading(preset: Scheme) -> None:
    assert check_scheme(preset) == ()
    assert notices_of(preset) == (("literal_reading_exceeded",) if preset.code == "P2" else ())


def _with(scheme: Scheme, code: str, maximum: int) -> Scheme:
    return replace(
        scheme,
        components=tuple(replace(c, maximum=D(maximum)) if c.code == code else c for c in scheme.components),
    )


@pytest.mark.parametrize(
    ("scheme", "problems"),
    [
        (_with(EXAM, "exam", 41), ("sum_not_100",)),
        (_with(_with(EXAM, "attendance", 9), "exam", 39), ("attendance_cap",)),
        (_with(_with(EXAM, "achievement", 11), "exam", 39), ("achievement_cap",)),
        (_with(_with(CREDIT, "attendance", 17), "self_study", 23), ("attendance_cap",)),
        (_with(_with(CREDIT, "achievement", 21), "self_study", 23), ("achievement_cap",)),
        (_with(_with(EXAM, "exam", 0), "control_1", 55), ("maximum_not_positive",)),
        (replace(PRESETS["P2", "exam"], cap_scope=CapScope.DISCIPLINE), ("attendance_cap", "achievement_cap")),
        (replace(CREDIT, modules=1), ("module_unknown",)),
        (replace(EXAM, control_form="credit"), ("exam_in_credit",)),
        (replace(PRESETS["P1", "credit"], control_form="exam"), ("attendance_cap", "achievement_cap", "exam_missing")),
        (replace(EXAM, steps=SCALES["letters"][:-1]), ("scale_broken",)),
        (
            replace(CREDIT, components=(*CREDIT.components[:-1], replace(CREDIT.components[-1], module=1))),
            ("component_twice",),
        ),
    ],
)
def test_a_scheme_that_breaks_the_regulation_says_why(scheme: Scheme, problems: tuple[str, ...]) -> None:
    assert check_scheme(scheme) == problems


def test_thirds_are_cut_so_that_the_maximum_is_whole() -> None:
    thirds = replace(EXAM, modules=3)
    assert [cap_in(thirds, EXAM.components[0], module) for module in (1, 2, 3)] == [D("2.67"), D("2.66"), D("2.67")]


def test_what_is_still_possible_counts_the_lessons_to_come() -> None:
    points = module_points(EXAM, facts(1, 4, 2, 0, 3, remaining=4))
    attendance = outlook_of(points.part(ATTENDANCE))  # type: ignore[arg-type]
    assert (attendance.earned, attendance.open, attendance.lost) == (D("2.00"), D("1.00"), D("1.00"))
    achievement = outlook_of(points.part(ACHIEVEMENT))  # type: ignore[arg-type]
    assert (achievement.earned, achievement.open, achievement.lost) == (D("3.00"), D("1.60"), D("0.40"))
    whole = possible(EXAM, [points])
    assert (whole.earned, whole.open, whole.lost) == (D("5.00"), D("93.60"), D("1.40"))


schemes = st.builds(
    lambda preset, late, excused, absence: replace(preset, late=late, excused=excused, absence_in_mean=absence),
    st.sampled_from(sorted(PRESETS.values(), key=lambda p: (p.code, p.control_form))),
    st.sampled_from(LatePolicy),
    st.sampled_from(ExcusedPolicy),
    st.sampled_from(AbsencePolicy),
)
typed = st.none() | st.decimals(0, 40, places=2)


@st.composite
def modules(draw: st.DrawFn, number: int = 1) -> ModuleFacts:
    attended = draw(st.integers(0, 20))
    excused = draw(st.integers(0, 10))
    unexcused = draw(st.integers(0, 10))
    grades = draw(st.lists(st.integers(0, 5), max_size=attended))
    maximum = draw(st.decimals(0, 50, places=2))
    return ModuleFacts(
        number=number,
        held=attended + excused + unexcused,
        attended=attended,
        late=draw(st.integers(0, attended)),
        excused=excused,
        grade_sum=sum(grades),
        grade_count=len(grades),
        unexcused_absences=unexcused,
        self_earned=draw(st.decimals(0, 50, places=2)),
        self_maximum=maximum,
        self_typed=draw(typed),
        control=draw(typed),
        remaining=draw(st.integers(0, 9)),
    )


@given(schemes, modules(1), modules(2))
def test_points_never_leave_their_bounds(scheme: Scheme, first: ModuleFacts, second: ModuleFacts) -> None:
    course = of(scheme, *(first, second)[: scheme.modules])
    for module in course.modules:
        for part in module.parts:
            assert part.points is None or 0 <= part.points <= part.cap
            outlook = outlook_of(part)
            assert outlook.open >= 0
            assert outlook.lost >= 0
        assert module.total == sum(part.points for part in module.parts if part.points is not None)
    assert 0 <= course.semester <= 100
    whole = possible(scheme, course.modules)
    assert whole.earned + whole.open + whole.lost == 100
    assert whole.open >= 0
    assert whole.lost >= 0


@given(schemes, modules())
def test_raising_a_grade_never_lowers(scheme: Scheme, before: ModuleFacts) -> None:
    if before.grade_sum < 5 * before.grade_count:
        after = replace(before, grade_sum=before.grade_sum + 1)
        assert module_points(scheme, after).total >= module_points(scheme, before).total


@given(schemes, modules(1), modules(2), st.booleans())
def test_raising_a_grade_never_lowers_the_semester(
    scheme: Scheme, first: ModuleFacts, second: ModuleFacts, is_first: bool
) -> None:
    """What one module takes over from another included."""
    both = [first, second][: scheme.modules]
    place = 0 if is_first else len(both) - 1
    if both[place].grade_sum < 5 * both[place].grade_count:
        raised = list(both)
        raised[place] = replace(both[place], grade_sum=both[place].grade_sum + 1)
        assert of(scheme, *raised).semester >= of(scheme, *both).semester


@given(schemes, modules(), st.booleans())
def test_a_presence_in_place_of_an_absence_never_lowers(scheme: Scheme, before: ModuleFacts, was_excused: bool) -> None:
    if was_excused and before.excused:
        after = replace(before, attended=before.attended + 1, excused=before.excused - 1)
    elif before.unexcused_absences:
        after = replace(before, attended=before.attended + 1, unexcused_absences=before.unexcused_absences - 1)
    else:
        return
    assert module_points(scheme, after).total >= module_points(scheme, before).total


@given(schemes, modules(1), modules(2))
def test_the_order_of_the_components_does_not_matter(scheme: Scheme, first: ModuleFacts, second: ModuleFacts) -> None:
    turned = replace(scheme, components=scheme.components[::-1], steps=scheme.steps[::-1])
    both = (first, second)[: scheme.modules]
    assert of(turned, *both).semester == of(scheme, *both).semester


@given(schemes, modules(1), modules(2), modules(2))
def test_what_is_closed_never_moves(
    scheme: Scheme, first: ModuleFacts, second: ModuleFacts, other: ModuleFacts
) -> None:
    if scheme.modules == 1:
        return
    closed = module_points(scheme, first)
    for later in (second, other):
        course = course_points(scheme, [closed, module_points(scheme, later, [closed])])
        assert course.modules[0] == closed
