"""§4.3 ("allow neither alteration of grades"), law 4: what is changed behind the program is found by the day's seal.

The owner of the tables may put every trigger to sleep; then no law stops him, no event is written, and the row itself
may say whatever he likes. The seal still names it.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from journal.selectors.seals import ENTITIES, verify
from journal.services.seals import kept_heads, seal_day
from tests.regulation.test_nothing_under_a_closed_module import SESSION, closed, put_asleep

__all__ = ["closed"]
pytestmark = pytest.mark.django_db(transaction=True)

# For each sealed table a change that the rules would let nobody see: no version rises.
CHANGES = {
    "journal_mark": "UPDATE journal_mark SET grade = 2 WHERE grade = 5",
    "journal_modulesheet": "UPDATE journal_modulesheet SET closed_at = closed_at - interval '1 day'",
    "journal_selfstudytask": "UPDATE journal_selfstudytask SET maximum = 100",
    "journal_selfstudymark": "UPDATE journal_selfstudymark SET points = 10",
    "journal_reopening": "UPDATE journal_reopening SET why = 'башка себеп'",
    "journal_reopeninglesson": "UPDATE journal_reopeninglesson SET lesson_id = (SELECT max(id) FROM teaching_lesson)",
    "journal_reopeningstudent": "UPDATE journal_reopeningstudent SET student_id ="
    " (SELECT max(id) FROM accounts_student)",
    "journal_sheetedition": 'UPDATE journal_sheetedition SET scheme = scheme || \'{"late": "absent"}\'',
    "journal_moduletotal": "UPDATE journal_moduletotal SET total = total + 1, control = coalesce(control, 0) + 1",
    "journal_modulepoint": "UPDATE journal_modulepoint SET value = 15",
    "journal_schemechoice": "UPDATE journal_schemechoice SET valid_from = 2030",
    "journal_ratingscheme": "UPDATE journal_ratingscheme SET rounding = 'floor'",
    "journal_ratingcomponent": "UPDATE journal_ratingcomponent SET maximum = maximum / 2",
    "journal_scale": "UPDATE journal_scale SET name_ky = 'x'",
    "journal_scalestep": "UPDATE journal_scalestep SET passes = true",
    "journal_finalsheet": "UPDATE journal_finalsheet SET closed_at = closed_at - interval '1 day'",
    "journal_finalresult": "UPDATE journal_finalresult SET exam_points = 40, total = total + 10",
    "journal_changeevent": "UPDATE journal_changeevent SET reason = 'x'",
}
# No row of these is there; their own tests change one.
ELSEWHERE = {
    "journal_appeal",
    "journal_commission",
    "journal_correctionline",
    "journal_exam",
    "journal_sheetconfirmation",
    "journal_sheetcorrection",
    "journal_stateexam",
    "journal_thesis",
}


@pytest.fixture(autouse=True)
def _seals_outside(settings: Any, tmp_path: Path) -> None:
    settings.SEALS_FILE = tmp_path / "seals.log"


def named() -> set[str]:
    """The tables with a finding; who wrote an event is another question (and the owner's connection asks it here)."""
    return {finding.entity for finding in verify(heads=kept_heads()) if finding.kind != "by_hand"}


def test_4_3_every_sealed_table_is_tampered_with() -> None:
    assert CHANGES.keys() | ELSEWHERE == {sealed.entity for sealed in ENTITIES}


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_4_3_what_is_changed_or_removed_with_all_triggers_asleep_is_named(
    closed: None, owner_cursor: Any, verb: str
) -> None:
    seal_day(now=SESSION + timedelta(days=1))
    assert named() == set()
    unseen = {}
    for entity, change in CHANGES.items():
        owner_cursor.execute("BEGIN")
        put_asleep(owner_cursor)
        owner_cursor.execute(change if verb == "update" else f"DELETE FROM {entity}")
        assert owner_cursor.rowcount > 0, entity
        # The web's connection verifies what was committed: so the seal is asked on the owner's, in his transaction.
        unseen[entity] = entity not in named_by(owner_cursor)
        owner_cursor.execute("ROLLBACK")
    assert [entity for entity, is_unseen in unseen.items() if is_unseen] == []


def named_by(cursor: Any) -> set[str]:
    """What verifying finds as the connection of a cursor sees the rows."""
    from unittest.mock import patch

    from journal.selectors import seals

    class Own:
        def cursor(self) -> Any:
            return cursor.db.cursor()

    with patch.object(seals, "connections", {"default": Own()}):
        return named()
