"""check_journal on scans: each law, broken on purpose by the owner behind the laws' backs, is found (I6)."""

from typing import Any

import pytest
from django.db import connection

from attendance.models import Scan
from journal.selectors.invariants import check_invariants
from tests import factories as make
from tests.attendance.test_rolls import scan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scanned() -> Scan:
    """A scan by the printed code, proven later."""
    lesson = make.make_lesson(make.make_workload(), room=make.make_room())
    student = make.make_student()
    make.enrol(student, lesson.workloads.get().workload.course)
    made = scan(lesson, student, is_proven=False, proof="room")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO attendance_provenscan (scan_id, at, recorded_at, is_late, method, proof, device, on_campus,"
            " nonce, request_id) SELECT id, at, at, false, method, 'now', device, null, gen_random_uuid(), request_id"
            " FROM attendance_scan"
        )
    return made


def broken() -> dict[str, int]:
    return {finding.code: finding.count for finding in check_invariants() if not finding.holds}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("SELECT 1", {}),
        ("UPDATE attendance_scan SET at = at + interval '1 day'", {"I6.day": 1}),
        ("UPDATE attendance_provenscan SET at = at - interval '1 day'", {"I6.day": 1}),
        ("UPDATE attendance_scan SET is_proven = true", {"I6.proof": 1}),
    ],
)
def test_a_broken_law_of_scans_is_found(scanned: Scan, owner_cursor: Any, words: str, found: dict[str, int]) -> None:
    owner_cursor.execute(words)
    assert broken() == found


@pytest.mark.parametrize(
    ("breaks", "mends", "found"),
    [
        ('GRANT DELETE ON attendance_scan TO "{web}"', 'REVOKE DELETE ON attendance_scan FROM "{web}"', {}),
        ('GRANT UPDATE ON attendance_provenscan TO "{web}"', 'REVOKE UPDATE ON attendance_provenscan FROM "{web}"', {}),
        (
            "ALTER TABLE attendance_provenscan DISABLE TRIGGER attendance_provenscan_guard",
            "ALTER TABLE attendance_provenscan ENABLE TRIGGER attendance_provenscan_guard",
            {"law.triggers": 1},
        ),
    ],
)
def test_a_right_too_many_and_a_sleeping_guard_are_found(
    scanned: Scan, owner_cursor: Any, breaks: str, mends: str, found: dict[str, int]
) -> None:
    web = connection.settings_dict["USER"]
    owner_cursor.execute(breaks.format(web=web))
    try:
        assert broken() == {"I6.kept": 1, **found}
    finally:
        owner_cursor.execute(mends.format(web=web))
