"""An applied load undone, while nothing rests on what it did (§4.1).

What its statements did is noted by triggers (`models.UndoRow`). It is taken back statement by statement, the last
first: the database is then at each step what it was. Lessons are not noted: those that rest on lines and workloads of
the load go, and the semesters' lessons are made anew from the lines that hold again.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import CredentialIssue, KnownDevice, User
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import WORKBOOK_LOAD, own_named, own_semesters
from ejournal.loading.models import UNDO_KEPT_FOR, AppliedLoad, UndoRow
from messaging.models import Notification
from teaching.services.timetable_lessons import generate_lessons
from university.models import Semester
from university.services.structure import bear_names_of

# Lessons follow from lines; they are judged and taken back by themselves.
_FOLLOW = {"teaching_lesson", "teaching_lessonworkload"}
# What changes without anybody's deed, or is nobody's work: a password has its own reason, names turn with the year.
_NOT_FINGERPRINTED = {"accounts_user", "university_group"}
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a load cannot be undone, or two people not be made one: a code, and how much of what."""

    code: str
    count: int
    what: str = ""

    @property
    def message(self) -> str:
        return str(REASONS[self.code]) % {"count": self.count, "what": self.what}


REASONS: dict[str, Promise] = {
    "later_load": gettext_lazy("A later load stands on it: undo that one first."),
    "undone": gettext_lazy("It was undone already."),
    "too_old": gettext_lazy("It is too long ago: what was before is not kept any more."),
    "lessons_moved": gettext_lazy("It moved or cancelled %(count)s lessons on which something was written."),
    "lessons_written": gettext_lazy("Something was written or marked in %(count)s lessons that it made."),
    "credentials": gettext_lazy("Logins were issued to %(count)s people whom it made."),
    "referred_to": gettext_lazy("%(what)s: %(count)s rows refer to what it made."),
    "not_two": gettext_lazy("They are one account already, or one of them is switched off."),
    "two_ids": gettext_lazy("Both have an AVN id of their own."),
    "overlap": gettext_lazy("Both are in groups or on courses on the same days (%(count)s)."),
    "keeps": gettext_lazy("%(what)s: %(count)s rows stay with the account that would go. Keep that one."),
    "changed_since": gettext_lazy("%(what)s: %(count)s rows were changed since."),
}


class RestsOnIt(Refusal):
    """Something rests on what the load did. `reasons` say what."""

    code = "rests_on_it"
    status = 409

    def __init__(self, reasons: Sequence[Reason], *, said: str = "") -> None:
        """`said`: the sentence with a place for the reasons, where it is not about a load."""
        sentence = said or _("The load cannot be undone. %(reasons)s")
        super().__init__(sentence % {"reasons": " ".join(reason.message for reason in reasons)})
        self.reasons = reasons


def begin_log(load: AppliedLoad) -> None:
    """Let the triggers note what this transaction does, for this load."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('ejournal.load', %s, true)", [str(load.pk)])


def end_log(load: AppliedLoad) -> None:
    """Stop noting, and remember what the rows that were made look like."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('ejournal.load', '', true)")
    load.made = _fingerprints(_made_ids(load))
    load.save(update_fields=["made", "counts"])


def reasons_against(load: AppliedLoad, *, now: datetime) -> list[Reason]:
    """Why the load cannot be undone now; none: it can. Reads only."""
    if load.undone_at is not None:
        return [Reason("undone", 1)]
    if AppliedLoad.objects.filter(pk__gt=load.pk, undone_at__isnull=True).exists():
        return [Reason("later_load", 1)]
    if load.at < now - UNDO_KEPT_FOR or not load.rows.exists():
        return [Reason("too_old", 1)]
    reasons: list[Reason] = []
    lessons = load.counts.get("lessons", {})
    if touched := lessons.get("moved", 0) + lessons.get("cancelled", 0):
        reasons.append(Reason("lessons_moved", touched))
    made = _made_ids(load)
    if written := _written_lessons(made):
        reasons.append(Reason("lessons_written", written))
    issued = CredentialIssue.objects.filter(user__in=made.get("accounts_user", [])).values("user").distinct().count()
    if issued:
        reasons.append(Reason("credentials", issued))
    reasons += _referred_to(made)
    reasons += _changed_since(load, made)
    return reasons


def undo_load(load_id: int, *, by: User | None, now: datetime) -> AppliedLoad:
    """Take back all that a load did, in one transaction, under the semesters' exclusive locks.

    Refused: `rests_on_it` (409) with the reasons, `module_closed` (423).
    """
    try:
        with transaction.atomic():
            own_named(WORKBOOK_LOAD)
            load = AppliedLoad.objects.select_for_update().get(pk=load_id)
            semester_ids = _semesters_of(load, day_of(now))
            own_semesters(semester_ids)
            reasons = reasons_against(load, now=now)
            if reasons:
                raise RestsOnIt(reasons)
            made = _made_ids(load)
            _take_lessons_away(made)
            Notification.objects.filter(user__in=made.get("accounts_user", [])).delete()
            for operation, table, rows in _steps(load):
                _UNDO[operation](table, rows)
            load.undone_at, load.undone_by = now, by
            load.save(update_fields=["undone_at", "undone_by"])
            bear_names_of(today=day_of(now))
            for semester in Semester.objects.filter(pk__in=semester_ids).order_by("starts_on"):
                generate_lessons(semester, by=by, now=now)
            # What is checked at the end of a transaction is checked here, where it can still be told.
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if constraint == "journal_module_closed":
            raise Refusal(
                _("A module is closed under what the load changed: nothing under it changes."),
                code="module_closed",
                status=423,
            ) from error
        raise RestsOnIt([Reason("referred_to", 1, str(constraint))]) from error
    return load


# --- What the load did --------------------------------------------------------------------------------------------


def _made_ids(load: AppliedLoad) -> dict[str, list[int]]:
    """The ids of the rows it made, by table."""
    made: dict[str, list[int]] = defaultdict(list)
    for table, ids in load.rows.filter(operation="insert").values_list("table", "ids"):
        made[table] += ids
    return dict(made)


def _steps(load: AppliedLoad) -> Iterable[tuple[str, str, list[UndoRow]]]:
    """Its statements, the last first."""
    rows: list[UndoRow] = []
    for row in load.rows.order_by("-step").iterator(chunk_size=5000):
        if rows and row.step != rows[0].step:
            yield rows[0].operation, rows[0].table, rows
            rows = []
        rows.append(row)
    if rows:
        yield rows[0].operation, rows[0].table, rows


def _semesters_of(load: AppliedLoad, today: Any) -> list[int]:
    """Semesters whose lessons may follow differently afterwards: the running and coming ones, those it touched."""
    named = {tuple(pair) for pair in load.counts.get("semesters", [])}
    return [
        semester.pk
        for semester in Semester.objects.select_related("year")
        if semester.ends_on >= today or (semester.year.name, semester.number) in named
    ]


# --- Taking back --------------------------------------------------------------------------------------------------


def _known_table(table: str) -> str:
    """The table's name, quoted. It comes from a log that only triggers write; still it names one of ours."""
    if table not in {model._meta.db_table for model in apps.get_models()}:
        raise LookupError(table)
    return connection.ops.quote_name(table)


def _undo_insert(table: str, rows: Sequence[UndoRow]) -> None:
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(f"DELETE FROM {_known_table(table)} WHERE id = ANY(%s)", [row.ids])  # noqa: S608


def _undo_update(table: str, rows: Sequence[UndoRow]) -> None:
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        before: dict[str, Any] = row.before or {}
        by_columns[tuple(sorted(before))].append({**before, "id": row.ids[0]})
    quoted = _known_table(table)
    with connection.cursor() as cursor:
        for columns, images in by_columns.items():
            names = [connection.ops.quote_name(column) for column in columns]
            assigned = ", ".join(f"{name} = b.{name}" for name in names)
            cursor.execute(
                f"UPDATE {quoted} t SET {assigned}"  # noqa: S608 -- our own tables and their columns
                f" FROM jsonb_populate_recordset(NULL::{quoted}, %s::jsonb) b WHERE t.id = b.id",
                [json.dumps(images)],
            )


def _undo_delete(table: str, rows: Sequence[UndoRow]) -> None:
    quoted = _known_table(table)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
            " AND is_generated = 'NEVER' ORDER BY ordinal_position",
            [table],
        )
        names = ", ".join(connection.ops.quote_name(name) for (name,) in cursor.fetchall())
        cursor.execute(
            f"INSERT INTO {quoted} ({names})"  # noqa: S608 -- our own tables and their columns
            f" SELECT {names} FROM jsonb_populate_recordset(NULL::{quoted}, %s::jsonb)",
            [json.dumps([row.before for row in rows])],
        )


_UNDO: dict[str, Callable[[str, Sequence[UndoRow]], None]] = {
    "insert": _undo_insert,
    "update": _undo_update,
    "delete": _undo_delete,
}

# Journals in lessons that rest on what the load made.
_DOOMED = """
SELECT lw.id, lw.lesson_id FROM teaching_lessonworkload lw
WHERE lw.workload_id = ANY(%(workloads)s) OR lw.slot_id = ANY(%(slots)s)
"""


def _doomed(made: dict[str, list[int]]) -> dict[str, list[int]]:
    return {"workloads": made.get("teaching_workload", []), "slots": made.get("teaching_slot", [])}


def _take_lessons_away(made: dict[str, list[int]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH doomed AS ({_DOOMED}), gone AS (DELETE FROM teaching_lessonworkload lw USING doomed d"  # noqa: S608
            " WHERE lw.id = d.id)"
            " SELECT DISTINCT lesson_id FROM doomed d WHERE NOT EXISTS ("
            "   SELECT 1 FROM teaching_lessonworkload o WHERE o.lesson_id = d.lesson_id"
            "   AND o.id NOT IN (SELECT id FROM doomed))",
            _doomed(made),
        )
        empty = [lesson_id for (lesson_id,) in cursor.fetchall()]
        cursor.execute("DELETE FROM teaching_lesson WHERE id = ANY(%s)", [empty])


# --- What rests on it ---------------------------------------------------------------------------------------------


def _written_lessons(made: dict[str, list[int]]) -> int:
    """Lessons of its lines and workloads in which somebody wrote, or to which anything refers."""
    quoted = connection.ops.quote_name
    referring = [
        f"EXISTS (SELECT 1 FROM {quoted(table)} r WHERE r.{quoted(column)} = l.id)"  # noqa: S608
        for table, column in referrers("teaching_lesson")
        if table not in _FOLLOW
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM teaching_lesson l"  # noqa: S608 -- our own words
            f" WHERE l.id IN (SELECT d.lesson_id FROM ({_DOOMED}) d)"
            " AND (l.topic <> '' OR l.note <> '' OR l.work_kinds <> '{}' OR l.roll_taken_at IS NOT NULL"
            f" OR l.state <> 'planned' OR {' OR '.join(referring) or 'false'})",
            _doomed(made),
        )
        return int(cursor.fetchone()[0])


def referrers(table: str) -> list[tuple[str, str]]:
    """Tables and columns whose foreign keys point at a table, whichever app made them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.relname, a.attname FROM pg_constraint c JOIN pg_class o ON o.oid = c.conrelid"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
            " WHERE c.contype = 'f' AND c.confrelid = %s::regclass ORDER BY 1, 2",
            [table],
        )
        return [(str(name), str(column)) for name, column in cursor.fetchall()]


def _referred_to(made: dict[str, list[int]]) -> list[Reason]:
    """Rows of any app that refer to what the load made and were not made by it."""
    counted: dict[str, int] = defaultdict(int)
    ignored = _FOLLOW | {
        # Told to them, or known of them only after a login: their credentials are a reason of their own.
        Notification._meta.db_table,
        CredentialIssue._meta.db_table,
        KnownDevice._meta.db_table,
    }
    with connection.cursor() as cursor:
        for table, ids in made.items():
            for other, column in referrers(table):
                if other in ignored:
                    continue
                statement = (
                    f"SELECT count(*) FROM {connection.ops.quote_name(other)} r"  # noqa: S608 -- names of the catalogue
                    f" WHERE r.{connection.ops.quote_name(column)} IN (SELECT unnest(%s::bigint[]))"
                )
                if other in made:
                    cursor.execute(f"{statement} AND r.id NOT IN (SELECT unnest(%s::bigint[]))", [ids, made[other]])
                else:
                    cursor.execute(statement, [ids])
                counted[other] += int(cursor.fetchone()[0])
    return [Reason("referred_to", count, name_of_table(table)) for table, count in sorted(counted.items()) if count]


def _changed_since(load: AppliedLoad, made: dict[str, list[int]]) -> list[Reason]:
    """Rows that the load made or changed, and that somebody changed afterwards."""
    counted: dict[str, int] = defaultdict(int)
    for table, fingerprint in _fingerprints(made).items():
        if fingerprint != load.made.get(table):
            counted[table] += 1
    with connection.cursor() as cursor:
        for table in load.rows.filter(operation="update").values_list("table", flat=True).distinct():
            cursor.execute(
                # The last word of the load on each row; a name of a group turns with the year by itself.
                "SELECT count(*) FROM ("  # noqa: S608 -- our own tables
                " SELECT DISTINCT ON (ids[1]) ids[1] AS id, after - 'name' AS bare, after FROM loading_undorow"
                " WHERE load_id = %s AND operation = 'update' AND \"table\" = %s ORDER BY ids[1], step DESC) u"
                f" LEFT JOIN {_known_table(table)} t ON t.id = u.id"
                ' WHERE NOT EXISTS (SELECT 1 FROM loading_undorow d WHERE d.load_id = %s AND d."table" = %s'
                "   AND d.operation = 'delete' AND d.ids[1] = u.id)"
                " AND (t.id IS NULL OR NOT to_jsonb(t) @> CASE WHEN %s THEN u.bare ELSE u.after END)",
                [load.pk, table, load.pk, table, table == "university_group"],
            )
            counted[table] += int(cursor.fetchone()[0])
    return [Reason("changed_since", count, name_of_table(table)) for table, count in sorted(counted.items()) if count]


def _fingerprints(made: dict[str, list[int]]) -> dict[str, list[Any]]:
    """Of each table, how many of the rows are there and the sum of their hashes."""
    found: dict[str, list[Any]] = {}
    with connection.cursor() as cursor:
        for table, ids in sorted(made.items()):
            if table in _NOT_FINGERPRINTED:
                continue
            cursor.execute(
                f"SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM {_known_table(table)} t"  # noqa: S608
                " WHERE id = ANY(%s)",
                [ids],
            )
            found[table] = list(cursor.fetchone())
    return found


def name_of_table(table: str) -> str:
    """What a table holds, as people call it."""
    for model in apps.get_models():
        if model._meta.db_table == table:
            return str(model._meta.verbose_name_plural)
    return table
