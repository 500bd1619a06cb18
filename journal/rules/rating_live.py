"""A student's points while the semester runs: closed modules as they were stored, the others as they would be now."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from journal.rules.rating import (
    CoursePoints,
    ModuleFacts,
    ModulePoints,
    Outlook,
    Scheme,
    attendance_ratio,
    course_points,
    module_points,
    possible,
)


@dataclass(frozen=True, slots=True)
class Span:
    """A module of the scheme in the calendar of a semester. `module_id` is the calendar's module with which it
    closes; `module_ids` all whose days it takes."""

    number: int
    module_id: int
    module_ids: tuple[int, ...]
    starts_on: date
    ends_on: date


def spans_in(modules: int, calendar: Sequence[tuple[int, date, date]]) -> tuple[Span, ...]:
    """The scheme's modules over a semester's (id, first day, last day), in their order.

    A scheme of fewer modules closes its last one with the semester's last, over all days that are left. Of a scheme
    of more modules only those that the semester has are there.
    """
    own: list[tuple[tuple[int, date, date], ...]]
    if len(calendar) <= modules:
        own = [(module,) for module in calendar]
    else:
        own = [(module,) for module in calendar[: modules - 1]] + [tuple(calendar[modules - 1 :])]
    return tuple(
        Span(number, parts[-1][0], tuple(part[0] for part in parts), parts[0][1], parts[-1][2])
        for number, parts in enumerate(own, start=1)
    )


@dataclass(frozen=True, slots=True)
class StudentPoints:
    """`modules` are those that were closed (`closed`: their numbers) or have begun; `facts` what each was counted from,
    by number. `course.total` is a result only where `is_final`."""

    modules: tuple[ModulePoints, ...]
    closed: frozenset[int]
    facts: Mapping[int, ModuleFacts]
    course: CoursePoints
    outlook: Outlook
    is_final: bool

    def module(self, number: int) -> ModulePoints | None:
        return next((module for module in self.modules if module.number == number), None)


def student_points(
    scheme: Scheme,
    facts: Mapping[int, ModuleFacts],
    stored: Mapping[int, ModulePoints | None],
    *,
    begun: Set[int],
    exam: Decimal | None = None,
    stored_facts: Mapping[int, ModuleFacts] | None = None,
) -> StudentPoints:
    """`stored` are the closed modules, None where one was closed without this student, and `stored_facts` what they
    were counted from; `begun` the numbers of the modules whose first day is not to come."""
    modules: list[ModulePoints] = []
    live: dict[int, ModuleFacts] = dict(stored_facts or {})
    for number in range(1, scheme.modules + 1):
        if number in stored:
            # Who came later has nothing there: the weight of his attendance goes to the module that closes last.
            modules.append(stored[number] or module_points(scheme, ModuleFacts(number), modules))
        elif number in begun:
            live[number] = facts.get(number, ModuleFacts(number))
            modules.append(_now(scheme, live[number], modules))
    course = course_points(scheme, modules, exam)
    is_final = course.total is not None and all(number in stored for number in range(1, scheme.modules + 1))
    return StudentPoints(tuple(modules), frozenset(stored), live, course, possible(scheme, modules, exam), is_final)


def _now(scheme: Scheme, facts: ModuleFacts, before: Sequence[ModulePoints]) -> ModulePoints:
    """As it would close now; but what other modules say of attendance is taken over only when nothing is to come."""
    held = attendance_ratio(scheme, facts)[1]
    return module_points(scheme, facts, () if held <= 0 and facts.remaining else before)
