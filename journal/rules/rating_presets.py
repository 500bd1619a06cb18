"""The schemes and scales that are shipped, as data (§1.8: the university changes them by making its own)."""

from decimal import Decimal

from journal.enums import CapScope, ComponentSource
from journal.rules.rating import Component, Scheme, Step


def _step(low: int, letter: str, traditional: int, gpa: str | None, word: str) -> Step:
    return Step(Decimal(low), letter, traditional, None if gpa is None else Decimal(gpa), traditional > 2, word)


# By code; the first is the default.
SCALES: dict[str, tuple[Step, ...]] = {
    "letters": (
        _step(87, "A", 5, "4.00", "excellent"),
        _step(80, "B", 4, "3.33", "good"),
        _step(74, "C", 4, "3.00", "good"),
        _step(68, "D", 3, "2.33", "satisfactory"),
        _step(61, "E", 3, "2.00", "satisfactory"),
        _step(31, "FX", 2, "0.00", "unsatisfactory_retake"),
        _step(0, "F", 2, "0.00", "unsatisfactory_repeat"),
    ),
    "kgma": (
        _step(86, "", 5, None, "excellent"),
        _step(76, "", 4, None, "good"),
        _step(60, "", 3, None, "satisfactory"),
        _step(0, "", 2, None, "unsatisfactory"),
    ),
    "ism": (
        _step(90, "", 5, None, "excellent"),
        _step(76, "", 4, None, "good"),
        _step(60, "", 3, None, "satisfactory"),
        _step(0, "", 2, None, "unsatisfactory"),
    ),
    "oshimu": (
        _step(85, "", 5, None, "excellent"),
        _step(74, "", 4, None, "good"),
        _step(61, "", 3, None, "satisfactory"),
        _step(0, "", 2, None, "unsatisfactory"),
    ),
}


def _components(
    attendance: int, achievement: int, self_study: int, controls: tuple[int, ...], exam: int
) -> tuple[Component, ...]:
    found = [
        Component("attendance", ComponentSource.AUTO_ATTENDANCE, Decimal(attendance)),
        Component("achievement", ComponentSource.AUTO_AVERAGE, Decimal(achievement)),
        Component("self_study", ComponentSource.SELF_STUDY, Decimal(self_study)),
        *(
            Component(f"control_{module}", ComponentSource.MANUAL, Decimal(maximum), module)
            for module, maximum in enumerate(controls, start=1)
        ),
    ]
    if exam:
        found.append(Component("exam", ComponentSource.EXAM, Decimal(exam)))
    return tuple(found)


def _by_module(attendance: int, achievement: int, control: int, exam: int) -> tuple[Component, ...]:
    """The maxima hold inside each of two modules; what a module is given on top is its intermediate control."""
    found: list[Component] = []
    for module in (1, 2):
        found += [
            Component(f"attendance_{module}", ComponentSource.AUTO_ATTENDANCE, Decimal(attendance), module),
            Component(f"achievement_{module}", ComponentSource.AUTO_AVERAGE, Decimal(achievement), module),
            Component(f"control_{module}", ComponentSource.MANUAL, Decimal(control), module),
        ]
    if exam:
        found.append(Component("exam", ComponentSource.EXAM, Decimal(exam)))
    return tuple(found)


# By code and form of control.
PRESETS: dict[tuple[str, str], Scheme] = {
    (scheme.code, scheme.control_form): scheme
    for scheme in (
        Scheme("P1", "exam", 2, _components(8, 10, 12, (15, 15), 40), SCALES["letters"]),
        Scheme("P1", "credit", 2, _components(16, 20, 24, (20, 20), 0), SCALES["letters"]),
        Scheme("P2", "exam", 2, _by_module(8, 10, 12, 40), SCALES["letters"], CapScope.MODULE),
        Scheme("P2", "credit", 2, _by_module(16, 20, 14, 0), SCALES["letters"], CapScope.MODULE),
        Scheme("P3", "exam", 2, _components(8, 10, 12, (10, 10), 50), SCALES["letters"]),
        Scheme("P3", "credit", 2, _components(16, 20, 24, (20, 20), 0), SCALES["letters"]),
        Scheme("P4", "exam", 1, _components(8, 10, 12, (30,), 40), SCALES["letters"]),
        Scheme("P4", "credit", 1, _components(16, 20, 24, (40,), 0), SCALES["letters"]),
    )
}
