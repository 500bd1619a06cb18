"""Laws 3 and 5 for what a closing stored, tried as the owner of the tables, whose every right is left: only the
triggers stand before him (§4.3)."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.db.models import F

from ejournal.lib import locks
from journal.models import Mark, ModuleConfirmation, ModulePoint, ModuleSheet, ModuleTotal, SheetEdition
from journal.selectors.sheets import totals_that_differ
from tests.journal.test_closing_services import NOW, Stage, points

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def closed() -> Stage:
    """A module with typed points, closed."""
    stage = Stage()
    ModulePoint.objects.create(
        course=stage.course,
        module=stage.module,
        student=stage.student,
        component="manual",
        value=12,
        entered_at=NOW,
        by=stage.teacher.user,
        at=NOW,
        source="web",
        request_id="00000000-0000-4000-8000-000000000001",
    )
    stage.close()
    return stage


@pytest.mark.parametrize(
    ("statement", "law"),
    [
        ("UPDATE journal_moduletotal SET total = total + 1, control = control + 1", "stays as it is"),
        ("DELETE FROM journal_moduletotal", "stays as it is"),
        ("UPDATE journal_sheetedition SET students = students + 1", "stays as it is"),
        ("DELETE FROM journal_sheetedition", "stays as it is"),
        (
            "INSERT INTO journal_moduletotal (edition_id, student_id, total, carried, warnings, parts, facts)"
            " SELECT edition_id, (SELECT max(id) FROM accounts_student), 0, 0, '{}', '{}', '{}'"
            " FROM journal_moduletotal LIMIT 1",
            "has its totals already|journal_moduletotal_one",
        ),
        (
            "INSERT INTO journal_sheetedition (sheet_id, number, scheme, students, based_on, by_id, at, source,"
            " request_id) SELECT sheet_id, 2, scheme, 0, '{}', by_id, at, source, request_id FROM journal_sheetedition",
            "comes neither|next_by_reopening",
        ),
        ("UPDATE journal_modulepoint SET value = 15, version = version + 1", "is closed"),
        ("DELETE FROM journal_modulepoint", "is closed"),
        ("UPDATE journal_mark SET grade = 2, version = version + 1 WHERE grade IS NOT NULL", "is closed"),
        ("DELETE FROM journal_mark", "is closed"),
        (
            "UPDATE journal_modulesheet SET state = 'draft', closed_by_id = NULL, closed_at = NULL,"
            " version = version + 1",
            "is closed",
        ),
    ],
)
def test_4_3_not_even_the_owner_changes_what_a_closing_stored(
    closed: Stage, owner_cursor: Any, statement: str, law: str
) -> None:
    before = {pk: points(total) for pk, total in closed.totals().items()}
    with pytest.raises(IntegrityError, match=law):
        owner_cursor.execute(statement)
    assert {pk: points(total) for pk, total in closed.totals().items()} == before


def test_bulk_work_of_a_task_is_stopped_too(closed: Stage) -> None:
    """A load or a task holds the whole semester instead of the course: the trigger reads the sheet all the same."""

    def rewrite() -> None:
        with transaction.atomic():
            locks.own_semesters([closed.course.semester_id])
            Mark.objects.filter(grade__isnull=False).update(grade=2, version=F("version") + 1)

    with pytest.raises(IntegrityError, match="is closed"):
        rewrite()
    assert list(totals_that_differ()) == []


def test_totals_have_no_form_in_the_administration() -> None:
    """The administrator manages users and settings, and changes no points."""
    for model in (ModuleSheet, SheetEdition, ModuleTotal, ModulePoint, ModuleConfirmation):
        assert not admin.site.is_registered(model)
