"""The day's seal: what a change behind the program's back looks like the next morning (law 4)."""

import threading
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from journal.enums import Presence, Source
from journal.models import DaySeal, Mark, RatingComponent, RatingScheme, Scale, ScaleStep, SchemeChoice, SealBlock
from journal.selectors.seals import verify
from journal.services.seals import kept_heads, publish_heads, seal_day
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)
NOW = clock.now()


@pytest.fixture(autouse=True)
def seals_file(settings: Any, tmp_path: Path) -> Path:
    settings.SEALS_FILE = tmp_path / "outside" / "seals.log"
    return Path(settings.SEALS_FILE)


@pytest.fixture
def marks() -> list[Mark]:
    workload = make.make_workload()
    lesson = make.make_lesson(workload)
    made = []
    for grade in (3, 4, 5):
        student = make.make_student()
        make.enrol(student, workload.course)
        made.append(
            Mark.objects.create(
                lesson=lesson,
                student=student,
                workload=workload,
                presence=Presence.PRESENT,
                grade=grade,
                by=lesson.teacher.user,
                at=NOW,
                source=Source.WEB,
                request_id=make.REQUEST_ID,
            )
        )
    return made


def change(mark: Mark, grade: int) -> None:
    """What the program does: a new version, with the event that the trigger writes."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE journal_mark SET grade = %s, version = version + 1 WHERE id = %s", [grade, mark.id])


def found() -> list[tuple[str, str, int | None]]:
    return [(f.kind, f.entity, f.row_id) for f in verify(heads=kept_heads())]


def behind(cursor: Any, *statements: str) -> None:
    """Done by the owner with the triggers off."""
    for table in ("journal_mark", "journal_changeevent"):
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for statement in statements:
        cursor.execute(statement)
    for table in ("journal_mark", "journal_changeevent"):
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def test_sealed_day_agrees_and_a_change_by_the_program_keeps_it_so(marks: list[Mark]) -> None:
    seal = seal_day(now=NOW)

    assert seal is not None
    # The marks, and what is shipped.
    shipped = sum(model.objects.count() for model in (SchemeChoice, RatingScheme, RatingComponent, Scale, ScaleStep))
    assert (seal.rows, seal.previous) == (3 + shipped, None)
    change(marks[0], 5)
    assert found() == []


def test_mark_changed_before_its_first_seal_is_sealed_as_it_was_made(marks: list[Mark]) -> None:
    change(marks[0], 5)
    seal_day(now=NOW)
    change(marks[0], 2)

    assert found() == []


def test_seals_form_a_chain_and_seal_each_row_once(marks: list[Mark]) -> None:
    first = seal_day(now=NOW)
    change(marks[0], 5)
    second = seal_day(now=NOW + timedelta(days=1))

    assert first is not None
    assert second is not None
    assert (second.previous, second.rows) == (first, 1)
    assert found() == []


def test_day_is_sealed_once(marks: list[Mark]) -> None:
    seal_day(now=NOW)

    assert seal_day(now=NOW) is None
    assert DaySeal.objects.count() == 1


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("UPDATE journal_mark SET grade = 5 WHERE id = {id}", {"changed"}),
        ("UPDATE journal_mark SET at = at - interval '1 day' WHERE id = {id}", {"changed"}),
        ("UPDATE journal_mark SET grade = 5, version = 2 WHERE id = {id}", {"changed", "unrecorded"}),
        ("DELETE FROM journal_mark WHERE id = {id}", {"removed"}),
    ],
)
def test_row_changed_with_triggers_off_is_named(
    marks: list[Mark], owner_cursor: Any, statement: str, kinds: set[str]
) -> None:
    seal_day(now=NOW)
    behind(owner_cursor, statement.format(id=marks[0].id))

    assert {(kind, entity, row) for kind, entity, row in found()} == {
        (kind, "journal_mark", marks[0].id) for kind in kinds
    }


def test_row_added_among_sealed_ones_is_named(marks: list[Mark], owner_cursor: Any) -> None:
    gone = marks[1].id
    behind(owner_cursor, f"DELETE FROM journal_mark WHERE id = {gone}")
    seal_day(now=NOW)
    columns = "lesson_id, workload_id, presence, grade, version, by_id, at, source, request_id, reason"
    behind(
        owner_cursor,
        f"INSERT INTO journal_mark (id, student_id, {columns})"
        f" SELECT {gone}, {marks[1].student_id}, {columns} FROM journal_mark WHERE id = {marks[0].id}",
    )

    assert found() == [("added", "journal_mark", gone)]


def test_changed_mark_made_to_look_recorded_is_named(marks: list[Mark], owner_cursor: Any) -> None:
    change(marks[0], 2)
    seal_day(now=NOW)
    event = "UPDATE journal_changeevent SET after = after || '{\"grade\": 5}'"
    behind(owner_cursor, f"UPDATE journal_mark SET grade = 5 WHERE id = {marks[0].id}", event)

    assert [kind for kind, entity, _row in found() if entity == "journal_changeevent"] == ["changed"]


def test_removed_event_is_named(marks: list[Mark], owner_cursor: Any) -> None:
    change(marks[0], 2)
    seal_day(now=NOW)
    behind(owner_cursor, "DELETE FROM journal_changeevent")

    kinds = {(kind, entity) for kind, entity, _row in found()}
    assert ("removed", "journal_changeevent") in kinds
    assert ("unrecorded", "journal_mark") in kinds


def test_change_by_the_owner_with_triggers_on_is_named(marks: list[Mark], owner_cursor: Any) -> None:
    seal_day(now=NOW)
    owner_cursor.execute("UPDATE journal_mark SET grade = 5, version = version + 1 WHERE id = %s", [marks[0].id])

    assert found() == [("by_hand", "journal_mark", marks[0].id)]


def test_rewritten_leaves_do_not_fit_the_chain(marks: list[Mark], owner_cursor: Any) -> None:
    seal_day(now=NOW)
    behind(owner_cursor, "UPDATE journal_sealblock SET leaves = decode(repeat('00', 48), 'hex')")

    assert "leaves" in {kind for kind, _entity, _row in found()}


def test_seal_made_anew_differs_from_the_one_outside(marks: list[Mark], owner_cursor: Any, seals_file: Path) -> None:
    seal_day(now=NOW)
    kept = seals_file.read_text()
    behind(
        owner_cursor,
        f"UPDATE journal_mark SET grade = 5 WHERE id = {marks[0].id}",
        "DELETE FROM journal_sealblock",
        "DELETE FROM journal_dayseal",
    )
    seal_day(now=NOW)

    assert seals_file.read_text() == kept
    assert {kind for kind, _entity, _row in found()} == {"head"}


def test_head_that_could_not_be_written_is_written_later(marks: list[Mark], seals_file: Path) -> None:
    seal = seal_day(now=NOW)
    assert seal is not None
    seals_file.unlink()

    assert publish_heads() == 1
    assert kept_heads() == {seal.day: seal.digest}


@pytest.mark.parametrize("table", ["journal_dayseal", "journal_sealblock"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET id = id", "TRUNCATE {} CASCADE"])
def test_web_changes_no_seal(marks: list[Mark], table: str, statement: str) -> None:
    seal_day(now=NOW)

    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
    assert SealBlock.objects.exists()


def test_seal_waits_for_who_is_writing(marks: list[Mark]) -> None:
    writing, done = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            change(marks[0], 5)
            writing.set()
            done.wait(10)
        connections["default"].close()

    writer = threading.Thread(target=write)
    writer.start()
    assert writing.wait(10)
    try:
        with pytest.raises(Refusal) as refused:
            seal_day(now=NOW)
    finally:
        done.set()
        writer.join()

    assert (refused.value.code, refused.value.status) == ("busy", 409)
    assert seal_day(now=NOW) is not None
    assert found() == []


def test_command_names_the_row_and_ends_with_one(marks: list[Mark], owner_cursor: Any) -> None:
    seal_day(now=NOW)
    behind(owner_cursor, f"UPDATE journal_mark SET grade = 5 WHERE id = {marks[0].id}")
    out = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("verify_seal", stdout=out)

    assert ended.value.code == 1
    assert f"journal_mark {marks[0].id}" in out.getvalue()


def test_command_says_that_all_agrees(marks: list[Mark]) -> None:
    out = StringIO()
    call_command("seal_day", stdout=out)
    call_command("verify_seal", stdout=out)

    assert "All agrees with" in out.getvalue()


def test_command_without_a_seal_refuses() -> None:
    with pytest.raises(CommandError, match="No day is sealed yet"):
        call_command("verify_seal")


def test_appeal_that_was_rewritten_behind_the_program_is_named(owner_cursor: Any) -> None:
    from tests.journal.test_appeals_services import NEXT, Stage

    stage = Stage()
    appeal = stage.appeal()
    seal_day(now=NEXT)
    assert found() == []
    # The program's own step keeps it so.
    stage.grant(appeal)
    assert found() == []
    owner_cursor.execute("ALTER TABLE journal_appeal DISABLE TRIGGER USER")
    owner_cursor.execute("UPDATE journal_appeal SET answer = 'Башкача' WHERE id = %s", [appeal.pk])
    owner_cursor.execute("ALTER TABLE journal_appeal ENABLE TRIGGER USER")
    assert found() == [("unrecorded", "journal_appeal", appeal.pk)]


@pytest.mark.parametrize(
    ("entity", "change", "kind"),
    [
        (
            "journal_finalresult",
            "UPDATE journal_finalresult SET total = total + 1 WHERE edition = 2 AND NOT absent",
            "changed",
        ),
        ("journal_finalsheet", "UPDATE journal_finalsheet SET exam_maximum = 41 WHERE edition = 2", "unrecorded"),
        ("journal_sheetcorrection", "UPDATE journal_sheetcorrection SET why = 'Башкача'", "unrecorded"),
        ("journal_correctionline", "UPDATE journal_correctionline SET exam_points = 1", "changed"),
        ("journal_sheetconfirmation", "DELETE FROM journal_sheetconfirmation", "removed"),
    ],
)
def test_correction_that_was_rewritten_behind_the_program_is_named(
    owner_cursor: Any, settings: Any, tmp_path: Path, entity: str, change: str, kind: str
) -> None:
    from journal.services.corrections import confirm_sheet
    from tests.journal.test_corrections import LATER, Correcting

    settings.MEDIA_ROOT = tmp_path
    stage = Correcting()
    made = stage.correct("40", "31")
    stage.sheet = made
    stage.reopen()
    confirm_sheet(sheet_id=made.pk, reason="калсын", by=stage.office, now=LATER)
    seal_day(now=LATER + timedelta(days=1))
    assert found() == []
    owner_cursor.execute(f"ALTER TABLE {entity} DISABLE TRIGGER USER")
    try:
        owner_cursor.execute(change)
    finally:
        owner_cursor.execute(f"ALTER TABLE {entity} ENABLE TRIGGER USER")
    assert {(found_kind, of) for found_kind, of, _row in found()} == {(kind, entity)}


def test_owner_changes_nothing_of_a_corrected_sheet(owner_cursor: Any, settings: Any, tmp_path: Path) -> None:
    from tests.journal.test_corrections import Correcting

    settings.MEDIA_ROOT = tmp_path
    stage = Correcting()
    stage.correct("40", "31")
    for statement in (
        "UPDATE journal_finalresult SET exam_points = 1, version = version + 1",
        "DELETE FROM journal_finalresult",
        "UPDATE journal_finalsheet SET state = 'draft', closed_by_id = NULL, closed_at = NULL, version = version + 1",
        "DELETE FROM journal_sheetcorrection",
        "UPDATE journal_correctionline SET exam_points = 1",
    ):
        with pytest.raises(DatabaseError, match=r"§2\.6"):
            owner_cursor.execute(statement)
