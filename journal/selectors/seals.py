"""What the seals cover, how a row becomes a leaf, and where today's rows differ from what was sealed (law 4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.conf import settings
from django.db import connections

from ejournal.lib.clock import BISHKEK, moment_of
from journal.models import DaySeal, SealBlock
from journal.rules.seals import block_digest, day_digest, split_leaves

EVENTS = "journal_changeevent"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A table under seal. `moments`: its columns of time, which are compared as instants, whatever zone wrote them.

    `has_history`: its changes are events, so its leaf is the row as it was made: the first event's "before"; a table
    without it only grows, together with a row of one of WRITTEN. `unsealed`: columns that the program changes without
    an event.
    """

    entity: str
    moments: tuple[str, ...] = ("at",)
    has_history: bool = True
    unsealed: tuple[str, ...] = ()


ENTITIES = (
    Sealed("journal_mark"),
    Sealed("journal_modulesheet", ("at", "closed_at")),
    Sealed("journal_selfstudytask", ("at", "withdrawn_at"), unsealed=("plan_item_id",)),
    Sealed("journal_selfstudymark", ("at", "entered_at")),
    Sealed("journal_reopening", ("at", "asked_at", "head_at", "opened_at", "until", "ended_at")),
    Sealed("journal_reopeninglesson", (), has_history=False),
    Sealed("journal_reopeningstudent", (), has_history=False),
    Sealed("journal_sheetedition", has_history=False),
    Sealed("journal_moduletotal", (), has_history=False),
    Sealed("journal_modulepoint", ("at", "entered_at")),
    Sealed("journal_schemechoice"),
    Sealed("journal_ratingscheme", ("made_at",), has_history=False, unsealed=("withdrawn_at",)),
    Sealed("journal_ratingcomponent", (), has_history=False),
    Sealed("journal_scale", (), has_history=False),
    Sealed("journal_scalestep", (), has_history=False),
    Sealed("journal_commission"),
    Sealed("journal_exam", ("at", "starts_at", "ends_at", "cancelled_at")),
    Sealed("journal_finalsheet", ("at", "opened_at", "closed_at")),
    Sealed("journal_finalresult"),
    Sealed("journal_sheetcorrection", ("at", "asked_at", "head_at", "done_at")),
    Sealed("journal_correctionline", (), has_history=False),
    Sealed("journal_sheetconfirmation", has_history=False),
    Sealed("journal_stateexam", ("at", "closed_at")),
    Sealed("journal_thesis", ("at", "closed_at")),
    Sealed("journal_appeal", ("at", "made_at", "answered_at")),
    Sealed(EVENTS, ("at", "recorded_at"), has_history=False),
)
# Whoever writes into a sealed table writes into one of these too, in the same transaction: a closing its sheet, the
# totals after a reopening the reopening, what a scheme is made of the scheme. The word that a sheet stays is written
# alone. (Scales come with migrations alone.)
WRITTEN = (
    *(sealed.entity for sealed in ENTITIES if sealed.has_history),
    "journal_ratingscheme",
    "journal_sheetconfirmation",
)
OF_NAME = {sealed.entity: sealed for sealed in ENTITIES}
# What a row carries beside its content: the place is the leaf's own, the version rises with each event.
_PLACE = ("id", "version")
_NO_END = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Finding:
    """What does not agree with the seals. `kind`: `changed`, `added`, `removed` (a row, since it was sealed),
    `backdated` (a row or event that came when the day it names was sealed), `unrecorded` (a row that differs from its
    last event), `by_hand` (an event that another role of the database wrote), `believed` (the database believes any
    moment), `leaves` (a block that was rewritten), `chain`, `head` (a seal that differs from the one kept outside).
    """

    kind: str
    entity: str
    row_id: int | None
    day: date | None
    said: str = ""


def columns_of(entity: str) -> list[str]:
    """The columns that a table has now, in their order."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " ORDER BY attnum",
            [entity],
        )
        return [name for (name,) in cursor.fetchall()]


def _leaf_sql(sealed: Sealed) -> str:
    """One row a leaf, for the ids of a range. Names come from ENTITIES alone."""
    made = (
        f"coalesce((SELECT e.before FROM {EVENTS} e WHERE e.entity = '{sealed.entity}' AND e.entity_id = r.id"  # noqa: S608
        " ORDER BY e.version, e.id LIMIT 1), to_jsonb(r))"
        if sealed.has_history
        else "to_jsonb(r)"
    )
    moments = "".join(
        f", coalesce(extract(epoch FROM (d.made ->> '{name}')::timestamptz)::text, '-')" for name in sealed.moments
    )
    return f"""
        SELECT r.id, substring(sha256(convert_to(concat_ws('|', r.id,
                   (d.made - %(left_out)s::text[])::text{moments}), 'UTF8')) FROM 1 FOR 16)
        FROM {sealed.entity} r CROSS JOIN LATERAL (SELECT {made} AS made) d
        WHERE r.id BETWEEN %(first)s AND %(last)s ORDER BY r.id
    """  # noqa: S608 -- names of our own tables


def leaves_of(sealed: Sealed, *, first_id: int, last_id: int, columns: Sequence[str]) -> list[tuple[int, bytes]]:
    """(id, leaf) of the rows of a range that are there now, by id; `columns` are those that count."""
    later = [name for name in columns_of(sealed.entity) if name not in columns]
    place = _PLACE if sealed.has_history else ("id",)
    left_out = [*place, *sealed.moments, *sealed.unsealed, *later]
    with connections["default"].cursor() as cursor:
        cursor.execute(_leaf_sql(sealed), {"first": first_id, "last": last_id, "left_out": left_out})
        return [(row_id, bytes(leaf)) for row_id, leaf in cursor.fetchall()]


def last_sealed_id(entity: str) -> int:
    """The id up to which a table is sealed; 0: nothing of it."""
    return SealBlock.objects.filter(entity=entity).order_by("-last_id").values_list("last_id", flat=True).first() or 0


def last_seal() -> DaySeal | None:
    return DaySeal.objects.order_by("-day").first()


def verify(*, heads: Mapping[date, str], since: date | None = None) -> Iterator[Finding]:
    """Everything that differs from what was sealed, row by row; nothing where all agree.

    `heads` are the seals kept outside the database, by day. With `since` only rows sealed from that day on are
    compared; the chain and the heads always are.
    """
    yield from _chain(heads)
    blocks = SealBlock.objects.select_related("seal__previous").order_by("seal__day", "id")
    if since is not None:
        blocks = blocks.filter(seal__day__gte=since)
    for block in blocks.iterator(chunk_size=20):
        yield from _block(block)
    last = last_seal()
    for sealed in ENTITIES:
        if last is not None:
            yield from _backdated(sealed, first_id=last_sealed_id(sealed.entity) + 1, last_id=_NO_END, after=last.day)
        if sealed.has_history:
            yield from _unrecorded(sealed)
    yield from _by_hand()
    if settings.MOMENTS_ARE_JUDGED and _rows("SELECT journal_moments_are_judged()") != [(True,)]:
        yield Finding("believed", "", None, None)


def _chain(heads: Mapping[date, str]) -> Iterator[Finding]:
    previous: DaySeal | None = None
    known: dict[date, str] = {}
    for seal in DaySeal.objects.order_by("day"):
        known[seal.day] = seal.digest
        if seal.previous_id != (previous.pk if previous else None):
            yield Finding("chain", "", None, seal.day, "its previous seal is not the one of the day before")
        digests = [
            block_digest(b.entity, b.first_id, b.last_id, b.columns, b.ids, bytes(b.leaves))
            for b in seal.blocks.order_by("id").iterator(chunk_size=20)
        ]
        if day_digest(seal.day.isoformat(), previous.digest if previous else "", digests) != seal.digest:
            yield Finding("leaves", "", None, seal.day, "its leaves or its chain were rewritten")
        previous = seal
    for day, digest in sorted(heads.items()):
        if known.get(day) != digest:
            said = "differs from the seal kept outside" if day in known else "is kept outside and not in the database"
            yield Finding("head", "", None, day, said)
    if heads:
        for day in sorted(known.keys() - heads.keys()):
            yield Finding("head", "", None, day, "is not among the seals kept outside")


def _block(block: SealBlock) -> Iterator[Finding]:
    sealed = OF_NAME[block.entity]
    now = dict(leaves_of(sealed, first_id=block.first_id, last_id=block.last_id, columns=block.columns))
    for row_id, leaf in zip(block.ids, split_leaves(bytes(block.leaves)), strict=False):
        if row_id not in now:
            yield Finding("removed", block.entity, row_id, block.seal.day)
        elif now.pop(row_id) != leaf:
            yield Finding("changed", block.entity, row_id, block.seal.day)
    for row_id in now:
        yield Finding("added", block.entity, row_id, block.seal.day)
    if block.seal.previous is not None:
        before = block.seal.previous.day
        yield from _backdated(sealed, first_id=block.first_id, last_id=block.last_id, after=before)


def _backdated(sealed: Sealed, *, first_id: int, last_id: int, after: date) -> Iterator[Finding]:
    """Rows that came when `after` was sealed, and were made, as they say, on that day or before."""
    if "at" not in sealed.moments:
        return
    ended = moment_of(after + timedelta(days=1), time())
    made = [f"SELECT id, at FROM {sealed.entity} WHERE id BETWEEN %(first)s AND %(last)s AND at < %(ended)s"]  # noqa: S608
    if sealed.has_history:
        # A row that was changed since says in its first event when it was made.
        made[0] += " AND version = 1"
        made.append(
            f"SELECT entity_id, (before ->> 'at')::timestamptz FROM {EVENTS}"  # noqa: S608 -- our own table
            f" WHERE entity = '{sealed.entity}' AND version = 2 AND entity_id BETWEEN %(first)s AND %(last)s"
            " AND (before ->> 'at')::timestamptz < %(ended)s"
        )
    params = {"first": first_id, "last": last_id, "ended": ended}
    for row_id, at in _rows(f"{' UNION ALL '.join(made)} ORDER BY 1", params):
        yield Finding("backdated", sealed.entity, row_id, after, f"it says {at.astimezone(BISHKEK):%Y-%m-%d %H:%M}")


def _rows(sql: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def _unrecorded(sealed: Sealed) -> Iterator[Finding]:
    """Rows whose last state is not what their last event says, or that changed without one."""
    entity = sealed.entity
    for row_id, version, events in _rows(
        f"""
        SELECT r.id, r.version, e.events
        FROM {entity} r
        LEFT JOIN (SELECT entity_id, count(*) AS events, max(version) AS last FROM {EVENTS}
                   WHERE entity = '{entity}' GROUP BY entity_id) e ON e.entity_id = r.id
        LEFT JOIN {EVENTS} x ON x.entity = '{entity}' AND x.entity_id = r.id AND x.version = e.last
        WHERE coalesce(e.events, 0) <> r.version - 1
           OR (x.id IS NOT NULL AND NOT to_jsonb(r) @> (x.after - %(unsealed)s::text[]))
        ORDER BY r.id
        """,  # noqa: S608 -- names of our own tables
        {"unsealed": list(sealed.unsealed)},
    ):
        yield Finding("unrecorded", entity, row_id, None, f"version {version}, {events or 0} events")


def _by_hand() -> Iterator[Finding]:
    """Changes that reached the history, made by another role of the database than the program's."""
    for event_id, entity, row_id, role, day in _rows(
        f"SELECT id, entity, entity_id, database_user, (recorded_at AT TIME ZONE 'Asia/Bishkek')::date FROM {EVENTS}"  # noqa: S608
        " WHERE database_user <> session_user ORDER BY id"
    ):
        yield Finding("by_hand", entity, row_id, day, f"event {event_id}, by the database role {role}")
