"""Orders about students (§7.5). No Django, no database."""

from collections.abc import Sequence

from teaching.enums import OrderKind, StudentState

COURSE_KINDS = frozenset({OrderKind.ELECTIVE, OrderKind.REPEAT, OrderKind.EXEMPT, OrderKind.COURSE_END})
PLACING_KINDS = frozenset({OrderKind.ENROL, OrderKind.TRANSFER, OrderKind.RETURN, OrderKind.REINSTATE})
_BEGINS_FROM: dict[OrderKind, frozenset[StudentState]] = {
    OrderKind.ENROL: frozenset({StudentState.NOT_YET, StudentState.LEFT}),
    OrderKind.TRANSFER: frozenset({StudentState.STUDYING}),
    OrderKind.SUBGROUP: frozenset({StudentState.STUDYING}),
    OrderKind.LEAVE: frozenset({StudentState.STUDYING}),
    OrderKind.RETURN: frozenset({StudentState.ON_LEAVE}),
    OrderKind.EXPEL: frozenset({StudentState.STUDYING, StudentState.ON_LEAVE}),
    OrderKind.REINSTATE: frozenset({StudentState.EXPELLED, StudentState.LEFT}),
    OrderKind.ELECTIVE: frozenset({StudentState.STUDYING}),
    OrderKind.REPEAT: frozenset({StudentState.STUDYING}),
    OrderKind.EXEMPT: frozenset({StudentState.STUDYING}),
    # A repeater may end the course after he ended his studies.
    OrderKind.COURSE_END: frozenset(StudentState),
}


def fits_state(kind: OrderKind, state: StudentState) -> bool:
    """Whether an order of this kind may be made about a student in this state."""
    return state in _BEGINS_FROM[kind]


def halves(ids: Sequence[int]) -> tuple[list[int], list[int]]:
    """A list cut in two by its order; of an odd number the first half has one more."""
    middle = (len(ids) + 1) // 2
    return list(ids[:middle]), list(ids[middle:])
