"""Points of the module-rating system: pure arithmetic in decimals (§3.5d–f, §1.8). No Django, no database.

A component without a module is split equally over the modules. Each component's points are rounded to two
decimals, half up, before they are summed; the total is rounded by the scheme. What a closed module stored never
moves: where a student's attendance is undefined, because nothing was held for him or all of it was excused, its
weight is booked in the module that closes last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from journal.enums import AbsencePolicy, CapScope, ComponentSource, ExcusedPolicy, LatePolicy, Rounding

HUNDRED = Decimal(100)
ZERO = Decimal(0)
_HUNDREDTH = Decimal("0.01")
_HIGHEST_GRADE = 5
_DIRECTIONS = {Rounding.HALF_UP: ROUND_HALF_UP, Rounding.FLOOR: ROUND_FLOOR, Rounding.CEIL: ROUND_CEILING}

# §3.5e and §3.5f, by form of control: (attendance, achievement).
LEGAL_CAPS = {"exam": (Decimal(8), Decimal(10)), "credit": (Decimal(16), Decimal(20))}

ATTENDANCE_UNDEFINED = "attendance_undefined"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a scale: from `low` points up. `word` is a code; its text stands with the models' labels."""

    low: Decimal
    letter: str
    traditional: int
    gpa: Decimal | None
    passes: bool
    word: str


@dataclass(frozen=True, slots=True)
class Component:
    """`names` are those that its scheme gives it, by language; the arithmetic has no use for them."""

    code: str
    source: ComponentSource
    maximum: Decimal
    module: int | None = None
    names: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Scheme:
    code: str
    control_form: str  # exam or credit
    modules: int
    components: tuple[Component, ...]
    steps: tuple[Step, ...]
    cap_scope: CapScope = CapScope.DISCIPLINE
    rounding: Rounding = Rounding.HALF_UP
    excused: ExcusedPolicy = ExcusedPolicy.EXCLUDE
    absence_in_mean: AbsencePolicy = AbsencePolicy.IGNORE
    late: LatePolicy = LatePolicy.ATTENDED


@dataclass(frozen=True, slots=True)
class ModuleFacts:
    """What the journal says about one student in one module.

    `held`: lessons in which he has a presence; `attended`: of them present or late, `late`: of them late;
    `excused`: absent and covered. `unexcused_absences`: neither covered nor made up. `self_typed` counts only
    where the module has no tasks (`self_maximum` 0). `remaining`: lessons of the module still to come.
    """

    number: int
    held: int = 0
    attended: int = 0
    late: int = 0
    excused: int = 0
    grade_sum: int = 0
    grade_count: int = 0
    unexcused_absences: int = 0
    self_earned: Decimal = ZERO
    self_maximum: Decimal = ZERO
    self_typed: Decimal | None = None
    control: Decimal | None = None
    remaining: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A component's points in one module: `cap` × `numerator` / `denominator`, where both are given.

    `cap` contains what was taken over from modules whose attendance was undefined (`taken_over`). None points:
    undefined, or not entered yet.
    """

    code: str
    source: ComponentSource
    cap: Decimal
    points: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    taken_over: Decimal = ZERO
    best: Decimal = ZERO  # what can be reached at most, at the end of the module


@dataclass(frozen=True, slots=True)
class ModulePoints:
    """`carried` is the weight of undefined attendance that the module closing last shall take over."""

    number: int
    parts: tuple[Part, ...]
    total: Decimal
    carried: Decimal = ZERO
    warnings: tuple[str, ...] = ()

    def part(self, source: ComponentSource) -> Part | None:
        return next((part for part in self.parts if part.source == source), None)


@dataclass(frozen=True, slots=True)
class CoursePoints:
    """`total` and what follows from it are None until every module and, with an exam, the exam are there."""

    modules: tuple[ModulePoints, ...]
    semester: Decimal
    exam: Decimal | None
    total: Decimal | None
    letter: str | None
    traditional: int | None
    gpa: Decimal | None
    passes: bool | None
    word: str | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """The maximum in three: `earned` + `open` + `lost`."""

    earned: Decimal
    open: Decimal
    lost: Decimal


def to_hundredths(value: Decimal) -> Decimal:
    return value.quantize(_HUNDREDTH, ROUND_HALF_UP)


def rounded(value: Decimal, rounding: Rounding) -> Decimal:
    """The total as it is written."""
    if rounding == Rounding.NONE:
        return to_hundredths(value)
    return value.quantize(Decimal(1), _DIRECTIONS[rounding])


def step_of(scheme: Scheme, total: Decimal) -> Step:
    """The highest step that `total` reaches."""
    return max((step for step in scheme.steps if step.low <= total), key=lambda step: step.low)


def cap_in(scheme: Scheme, component: Component, module: int) -> Decimal:
    """The component's maximum in one module; thirds are cut so that the modules' sum is the maximum exactly."""
    if component.module is not None:
        return component.maximum if component.module == module else ZERO
    until = to_hundredths(component.maximum * module / scheme.modules)
    return until - to_hundredths(component.maximum * (module - 1) / scheme.modules)


def components_of(scheme: Scheme, module: int) -> list[tuple[Component, Decimal]]:
    """The components that give points in a module, each with its maximum there."""
    found = [
        (component, cap_in(scheme, component, module))
        for component in scheme.components
        if component.source != ComponentSource.EXAM
    ]
    return [(component, cap) for component, cap in found if cap > 0]


def exam_maximum(scheme: Scheme) -> Decimal:
    return sum((c.maximum for c in scheme.components if c.source == ComponentSource.EXAM), ZERO)


def attendance_ratio(scheme: Scheme, facts: ModuleFacts) -> tuple[Decimal, Decimal]:
    """(counted as attended, counted as held), after the scheme's policies."""
    attended = Decimal(facts.attended)
    if scheme.late == LatePolicy.HALF:
        attended -= Decimal(facts.late) / 2
    elif scheme.late == LatePolicy.ABSENT:
        attended -= facts.late
    held = Decimal(facts.held)
    if scheme.excused == ExcusedPolicy.EXCLUDE:
        held -= facts.excused
    elif scheme.excused == ExcusedPolicy.AS_PRESENT:
        attended += facts.excused
    return attended, held


def mean_ratio(scheme: Scheme, facts: ModuleFacts) -> tuple[Decimal, Decimal]:
    """(sum of grades, five times their number): the mean is never rounded before it is multiplied."""
    count = facts.grade_count
    if scheme.absence_in_mean == AbsencePolicy.ZERO:
        count += facts.unexcused_absences
    return Decimal(facts.grade_sum), Decimal(_HIGHEST_GRADE * count)


def module_points(scheme: Scheme, facts: ModuleFacts, closed: Sequence[ModulePoints] = ()) -> ModulePoints:
    """The points of a module as it would close now, after the modules in `closed`."""
    closes_last = len(closed) + 1 >= scheme.modules
    parts: list[Part] = []
    carried = ZERO
    warnings: tuple[str, ...] = ()
    for component, cap in components_of(scheme, facts.number):
        if component.source == ComponentSource.AUTO_ATTENDANCE:
            part = _attendance(scheme, facts, component, cap, closed, closes_last=closes_last)
            if part.denominator is None:
                carried = ZERO if closes_last else cap
                warnings = (ATTENDANCE_UNDEFINED,)
        elif component.source == ComponentSource.AUTO_AVERAGE:
            part = _achievement(scheme, facts, component, cap)
        elif component.source == ComponentSource.SELF_STUDY:
            part = _self_study(facts, component, cap)
        else:
            part = _typed(component, cap, facts.control)
        parts.append(part)
    total = sum((part.points for part in parts if part.points is not None), ZERO)
    return ModulePoints(facts.number, tuple(parts), total, carried, warnings)


def _share(cap: Decimal, numerator: Decimal, denominator: Decimal) -> Decimal:
    return to_hundredths(cap * numerator / denominator)


def _attendance(
    scheme: Scheme,
    facts: ModuleFacts,
    component: Component,
    cap: Decimal,
    closed: Sequence[ModulePoints],
    *,
    closes_last: bool,
) -> Part:
    taken_over = sum((module.carried for module in closed), ZERO) if closes_last else ZERO
    cap += taken_over
    attended, held = attendance_ratio(scheme, facts)
    # What is still to come can only define the ratio by being attended.
    best = _share(cap, attended + facts.remaining, held + facts.remaining) if held + facts.remaining > 0 else None
    if held <= 0 and closes_last:
        # Nothing of its own to go by: the ratio of the modules closed before.
        known = [part for module in closed if (part := module.part(component.source)) and part.denominator]
        attended = sum((part.numerator or ZERO for part in known), ZERO)
        held = sum((part.denominator or ZERO for part in known), ZERO)
    if held <= 0:
        points = ZERO if closes_last else None
        return Part(component.code, component.source, cap, points, taken_over=taken_over, best=best or ZERO)
    points = _share(cap, attended, held)
    best = points if best is None else max(best, points)
    return Part(component.code, component.source, cap, points, attended, held, taken_over, best)


def _achievement(scheme: Scheme, facts: ModuleFacts, component: Component, cap: Decimal) -> Part:
    total, full = mean_ratio(scheme, facts)
    more = Decimal(_HIGHEST_GRADE * facts.remaining)
    best = _share(cap, total + more, full + more) if full + more > 0 else ZERO
    if full == 0:
        return Part(component.code, component.source, cap, ZERO.quantize(_HUNDREDTH), best=best)
    return Part(component.code, component.source, cap, _share(cap, total, full), total, full, best=best)


def _self_study(facts: ModuleFacts, component: Component, cap: Decimal) -> Part:
    if facts.self_maximum == 0:
        return _typed(component, cap, facts.self_typed)
    earned = min(facts.self_earned, facts.self_maximum)
    points = _share(cap, earned, facts.self_maximum)
    return Part(component.code, component.source, cap, points, earned, facts.self_maximum, best=cap)


def _typed(component: Component, cap: Decimal, typed: Decimal | None) -> Part:
    points = None if typed is None else to_hundredths(min(max(typed, ZERO), cap))
    return Part(component.code, component.source, cap, points, best=cap if points is None else points)


def course_points(scheme: Scheme, modules: Iterable[ModulePoints], exam: Decimal | None = None) -> CoursePoints:
    """The course's points from those of its modules and of the exam."""
    found = tuple(sorted(modules, key=lambda module: module.number))
    semester = sum((module.total for module in found), ZERO)
    with_exam = exam_maximum(scheme)
    if exam is not None:
        exam = to_hundredths(min(max(exam, ZERO), with_exam))
    is_whole = len(found) >= scheme.modules and (exam is not None or not with_exam)
    if not is_whole:
        return CoursePoints(found, semester, exam, None, None, None, None, None)
    total = rounded(semester + (exam or ZERO), scheme.rounding)
    step = step_of(scheme, total)
    return CoursePoints(found, semester, exam, total, step.letter, step.traditional, step.gpa, step.passes, step.word)


def outlook_of(part: Part) -> Outlook:
    """What of a component is earned, still to be had, and lost."""
    earned = part.points or ZERO
    best = max(part.best, earned)
    return Outlook(earned, best - earned, part.cap - best)


def possible(scheme: Scheme, modules: Sequence[ModulePoints], exam: Decimal | None = None) -> Outlook:
    """What of the scheme's hundred is earned, still to be had, and lost; modules not given are all to be had."""
    outlooks = [(module, part, outlook_of(part)) for module in modules for part in module.parts]
    earned = sum((outlook.earned for _m, _p, outlook in outlooks), ZERO) + (exam or ZERO)
    # A cap that is carried on is lost only where it is taken over.
    lost = sum(
        (
            outlook.lost
            for module, part, outlook in outlooks
            if not (module.carried and part.source == ComponentSource.AUTO_ATTENDANCE)
        ),
        ZERO,
    )
    if exam is not None:
        lost += exam_maximum(scheme) - exam
    return Outlook(earned, HUNDRED - earned - lost, lost)


def check_scheme(scheme: Scheme) -> tuple[str, ...]:
    """Why a scheme may not be used: stable codes, none if it may."""
    problems: list[str] = []
    if any(component.maximum <= 0 for component in scheme.components):
        problems.append("maximum_not_positive")
    if any(
        component.module is not None and not 1 <= component.module <= scheme.modules for component in scheme.components
    ):
        problems.append("module_unknown")
    if sum((component.maximum for component in scheme.components), ZERO) != HUNDRED:
        problems.append("sum_not_100")
    attendance, achievement = LEGAL_CAPS[scheme.control_form]
    if _highest(scheme, ComponentSource.AUTO_ATTENDANCE) > attendance:
        problems.append("attendance_cap")
    if _highest(scheme, ComponentSource.AUTO_AVERAGE) > achievement:
        problems.append("achievement_cap")
    exams = [component for component in scheme.components if component.source == ComponentSource.EXAM]
    if scheme.control_form == "exam" and len(exams) != 1:
        problems.append("exam_missing")
    if scheme.control_form != "exam" and exams:
        problems.append("exam_in_credit")
    if any(component.module is not None for component in exams):
        problems.append("exam_in_module")
    if _doubled(scheme):
        problems.append("component_twice")
    problems += check_steps(scheme.steps)
    return tuple(problems)


def check_steps(steps: Sequence[Step]) -> tuple[str, ...]:
    """Why the steps are no scale: it starts at 0, rises, and once passed stays passed."""
    ordered = sorted(steps, key=lambda step: step.low)
    lows = [step.low for step in ordered]
    if not ordered or lows[0] != 0 or lows[-1] > HUNDRED or len(set(lows)) != len(lows):
        return ("scale_broken",)
    passes = [step.passes for step in ordered]
    if passes != sorted(passes) or True not in passes or False not in passes:
        return ("scale_broken",)
    return ()


def notices_of(scheme: Scheme) -> tuple[str, ...]:
    """What to tell who makes a scheme, though it may be used."""
    attendance, achievement = LEGAL_CAPS[scheme.control_form]
    as_discipline = replace(scheme, cap_scope=CapScope.DISCIPLINE)
    if (
        _highest(as_discipline, ComponentSource.AUTO_ATTENDANCE) > attendance
        or _highest(as_discipline, ComponentSource.AUTO_AVERAGE) > achievement
    ):
        return ("literal_reading_exceeded",)
    return ()


def _highest(scheme: Scheme, source: ComponentSource) -> Decimal:
    """The maximum that §3.5e–f bound: of the discipline, or of the module where it is highest."""
    of_source = [component for component in scheme.components if component.source == source]
    if scheme.cap_scope == CapScope.DISCIPLINE:
        return sum((component.maximum for component in of_source), ZERO)
    by_module = [
        sum((cap_in(scheme, component, module) for component in of_source), ZERO)
        for module in range(1, scheme.modules + 1)
    ]
    return max(by_module, default=ZERO)


def _doubled(scheme: Scheme) -> bool:
    """Whether a code stands twice, or a module has two components of one source."""
    codes = [component.code for component in scheme.components]
    if len(set(codes)) != len(codes):
        return True
    for module in range(1, scheme.modules + 1):
        sources = [component.source for component, _cap in components_of(scheme, module)]
        if len(set(sources)) != len(sources):
            return True
    return False
