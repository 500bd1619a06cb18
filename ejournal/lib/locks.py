"""Advisory locks of a transaction: the semester's, then the course's; always in this order.

Whoever writes under a course holds the semester's lock shared and the course's lock shared. Whoever closes a
module holds the course's lock exclusively. Bulk work (a load, a re-load, growing a demo) takes the semester's
lock exclusively instead of thousands of courses' locks, which would exhaust PostgreSQL's lock table.
The triggers of law 3 take the same locks themselves (§4.3), so that psql and imports obey them too.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections
from django.db.transaction import TransactionManagementError

SEMESTER = 1  # first key of the pair; the second is the row's id
COURSE = 2
NAMED = 3
JOB = 4  # held by a session, not by a transaction: ejournal.jobs.running
TYPING = 5  # an account's tries of a typed code

# More courses than this are not locked one by one.
MANY_COURSES = 300

# Work that everybody waits for, by name: second keys of NAMED.
WORKBOOK_LOAD = 1
DEMO = 2
RATING = 3  # which rating scheme holds: shared by who closes a module, owned by who chooses


def _execute(sql: str, params: Sequence[Any], using: str) -> None:
    connection = connections[using]
    if not connection.in_atomic_block:
        raise TransactionManagementError("a transaction lock outside a transaction protects nothing")
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def share_courses(*, semester_ids: Iterable[int], course_ids: Iterable[int], using: str = "default") -> None:
    """Hold the semesters and the courses shared until the transaction ends: one statement, sorted."""
    semesters = sorted(set(semester_ids))
    courses = sorted(set(course_ids))
    _execute(
        # VALUES keeps the order in which the locks are asked for: semesters before courses, each ascending.
        "SELECT pg_advisory_xact_lock_shared(kind, id) FROM unnest(%s::int[], %s::int[]) AS lock (kind, id)",
        [[SEMESTER] * len(semesters) + [COURSE] * len(courses), semesters + courses],
        using,
    )


def own_course(*, semester_id: int, course_id: int, sharing: Sequence[int] = (), using: str = "default") -> None:
    """Hold one course exclusively (closing, reopening) under the shared lock of its semester; before them the named
    work of `sharing` shared. One statement."""
    names = sorted(set(sharing))
    kinds = [NAMED] * len(names) + [SEMESTER, COURSE]
    _execute(
        # Row by row, in the order in which they are given.
        "SELECT CASE WHEN kind = %s THEN pg_advisory_xact_lock(kind, id)"
        " ELSE pg_advisory_xact_lock_shared(kind, id) END"
        " FROM unnest(%s::int[], %s::int[]) AS lock (kind, id)",
        [COURSE, kinds, [*names, semester_id, course_id]],
        using,
    )


def own_courses(*, semester_ids: Iterable[int], course_ids: Iterable[int], using: str = "default") -> None:
    """Hold some courses exclusively under the shared locks of their semesters: their lists change, so nobody may
    be writing by the old ones. Past MANY_COURSES the semesters are held instead, as bulk work does."""
    courses = sorted(set(course_ids))
    semesters = sorted(set(semester_ids))
    if len(courses) > MANY_COURSES:
        own_semesters(semesters, using=using)
        return
    _execute("SELECT pg_advisory_xact_lock_shared(%s, id) FROM unnest(%s::int[]) AS id", [SEMESTER, semesters], using)
    _execute("SELECT pg_advisory_xact_lock(%s, id) FROM unnest(%s::int[]) AS id", [COURSE, courses], using)


def own_semesters(semester_ids: Iterable[int], *, using: str = "default") -> None:
    """Hold whole semesters exclusively: for bulk work only. Tells the triggers to look for it."""
    for semester_id in sorted(set(semester_ids)):
        _execute("SELECT pg_advisory_xact_lock(%s, %s)", [SEMESTER, semester_id], using)
    # A hint, not a proof: the trigger looks into pg_locks before it believes it.
    _execute("SELECT set_config('ejournal.bulk', 'on', true)", [], using)


def own_named(name: int, *, using: str = "default") -> None:
    """Hold a named piece of work exclusively until the transaction ends."""
    _execute("SELECT pg_advisory_xact_lock(%s, %s)", [NAMED, name], using)


def share_named(name: int, *, using: str = "default") -> None:
    """Hold a named piece of work shared until the transaction ends."""
    _execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [NAMED, name], using)


def own_typing(user_id: int, *, using: str = "default") -> None:
    """Let the tries of one account stand in line until the transaction ends."""
    _execute("SELECT pg_advisory_xact_lock(%s, %s)", [TYPING, user_id], using)
