"""The kinds of work of a lesson (§3.5a): those that the university lists, and what a teacher adds."""

from collections.abc import Collection, Iterable, Sequence

from teaching.rules import tidy

MAX_KINDS = 10
MAX_KIND_LENGTH = 80


def kinds_offered(listed: Iterable[str], used: Iterable[str], *, of_lesson: Sequence[str]) -> list[str]:
    """What a lesson offers: the university's list, what its journal used, and what it has, written as it has it.
    A kind stands once, whatever its case."""
    own = {kind.casefold(): kind for kind in of_lesson}
    offered: dict[str, str] = {}
    for kind in (*listed, *used, *of_lesson):
        offered.setdefault(kind.casefold(), own.get(kind.casefold(), kind))
    return list(offered.values())


def chosen_kinds(ticked: Iterable[str], added: str, *, offered: Collection[str]) -> list[str] | str:
    """The kinds of a lesson, or why they are none: `unknown_work_kind`, `work_kind_too_long`, `too_many_work_kinds`.

    A kind that is added and is on offer already, in whatever case, is that one ticked.
    """
    kinds = list(dict.fromkeys(ticked))
    known = {kind.casefold(): kind for kind in offered}
    if any(known.get(kind.casefold()) != kind for kind in kinds):
        return "unknown_work_kind"
    added = tidy(added)
    if len(added) > MAX_KIND_LENGTH:
        return "work_kind_too_long"
    if added and (kind := known.get(added.casefold(), added)) not in kinds:
        kinds.append(kind)
    return kinds if len(kinds) <= MAX_KINDS else "too_many_work_kinds"
