"""Sealing a day: the night's chain of hashes, and its head outside the database (law 4)."""

import logging
import os
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from journal.models import DaySeal, SealBlock
from journal.rules.seals import block_digest, day_digest
from journal.selectors.seals import ENTITIES, EVENTS, columns_of, last_seal, last_sealed_id, leaves_of

log = logging.getLogger(__name__)

BLOCK_IDS = 10_000  # ids of a block: what is held in memory at once


def seal_day(*, now: datetime) -> DaySeal | None:
    """Seal all rows and events that no earlier seal covers, in the name of the day before today.

    None where that day is sealed already. Refused while somebody writes (`busy`, 409): the next try of the night
    succeeds. The head is then written to the file outside the database.
    """
    day = day_of(now) - timedelta(days=1)
    if DaySeal.objects.filter(day__gte=day).exists():
        publish_heads()
        return None
    upto = _settled_ids()
    with transaction.atomic():
        seal = _seal(day, upto, now=now)
    publish_heads()
    log.info("the day %s is sealed: %s over %d rows", day, seal.digest, seal.rows)
    return seal


def _settled_ids() -> dict[str, int]:
    """The highest id of each table, at a moment in which nobody was writing: no lower one can come any more.

    Never waits for a lock, so that no writer waits behind it; refuses instead.
    """
    written = ", ".join(sealed.entity for sealed in ENTITIES if sealed.entity != EVENTS)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {written} IN SHARE MODE NOWAIT")
            upto = {}
            for sealed in ENTITIES:
                cursor.execute(f"SELECT coalesce(max(id), 0) FROM {sealed.entity}")  # noqa: S608 -- our own tables
                upto[sealed.entity] = cursor.fetchone()[0]
            return upto
    except OperationalError as error:
        raise Refusal(_("Somebody is writing in the journal: the seal waits."), code="busy", status=409) from error


def _seal(day: date, upto: dict[str, int], *, now: datetime) -> DaySeal:
    previous = last_seal()
    blocks = []
    rows = 0
    for sealed in ENTITIES:
        columns = columns_of(sealed.entity)
        first = last_sealed_id(sealed.entity) + 1
        while first <= upto[sealed.entity]:
            last = min(first + BLOCK_IDS - 1, upto[sealed.entity])
            leaves = leaves_of(sealed, first_id=first, last_id=last, columns=columns)
            blocks.append(
                SealBlock(
                    entity=sealed.entity,
                    first_id=first,
                    last_id=last,
                    columns=columns,
                    ids=[row_id for row_id, _leaf in leaves],
                    leaves=b"".join(leaf for _row_id, leaf in leaves),
                )
            )
            rows += len(leaves)
            first = last + 1
    digests = [block_digest(b.entity, b.first_id, b.last_id, b.columns, b.ids, bytes(b.leaves)) for b in blocks]
    digest = day_digest(day.isoformat(), previous.digest if previous else "", digests)
    seal = DaySeal.objects.create(day=day, previous=previous, digest=digest, rows=rows, made_at=now)
    for block in blocks:
        block.seal = seal
    SealBlock.objects.bulk_create(blocks, batch_size=20)
    return seal


def heads_file() -> Path:
    """Where the heads are kept: EJOURNAL_SEALS, else `seals.log` in the folder of the files."""
    return Path(settings.SEALS_FILE)


def kept_heads(path: Path | None = None) -> dict[date, str]:
    """The heads kept outside the database, by day. A line is `2026-11-23 <seal> <rows>`; ValueError for another."""
    path = path or heads_file()
    if not path.exists():
        return {}
    heads = {}
    for line in path.read_text().splitlines():
        day, digest, _rows = line.split()
        heads[date.fromisoformat(day)] = digest
    return heads


def publish_heads() -> int:
    """Write to the file every head that it has not yet; how many. A seal is worth what is kept outside of it."""
    path = heads_file()
    kept = kept_heads(path)
    lines = [f"{s.day} {s.digest} {s.rows}\n" for s in DaySeal.objects.order_by("day") if s.day not in kept]
    if lines:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
    return len(lines)
