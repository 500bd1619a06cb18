"""The command: what the page does, for a terminal. Nothing ends in a traceback."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.enums import Role
from accounts.models import Student, Teacher
from ejournal.lib import clock
from journal.selectors.invariants import check_invariants
from teaching.models import Course, Lesson, Slot, Workload
from tests import factories as make
from tests.loading.applying import AUGUST, SUNDAY, counts
from tests.loading.books import ONE_INSTITUTE, SMALL, Rows, only, set_cell, small, xlsx
from university.models import Group, Room

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def august(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AUGUST)


def run(*arguments: object) -> str:
    said = StringIO()
    call_command("load_workbook", *map(str, arguments), "--language", "en", stdout=said, stderr=StringIO())
    return said.getvalue()


@pytest.fixture
def kept(tmp_path: Path) -> object:
    def keep(book: dict[str, Rows] | None = None, name: str = "окуу.xlsx") -> Path:
        path = tmp_path / name
        path.write_bytes(xlsx(book))
        return path

    return keep


def administrator() -> str:
    user = make.make_user("admin")
    make.appoint(user, Role.ADMINISTRATOR, ends_on=None)
    user.appointments.update(starts_on=AUGUST.date())
    return user.username


def test_dry_run_shows_the_difference_and_writes_nothing(kept) -> None:
    said = run(kept(), "--dry-run")
    assert "Студенттер: new 5, changed 0, ended 0, gone 0, unchanged 0" in said
    assert set(counts().values()) == {0}


def test_file_is_loaded_and_then_changes_nothing(kept) -> None:
    said = run(kept())
    assert said.endswith("Lessons: made 67, changed 0, removed 0, moved 0, cancelled 0.\nLoaded.\n")
    assert run(kept(), "--by", administrator()).endswith("The journal has all of this already: nothing changes.\n")


def test_bad_rows_are_named_and_the_command_fails(kept, capsys: pytest.CaptureFixture[str]) -> None:
    said = StringIO()
    path = kept(small(Студенттер=set_cell(5, 5, "эртең")))
    with pytest.raises(CommandError, match="nothing was loaded"):
        call_command("load_workbook", path, "--language", "en", stdout=said, stderr=StringIO())
    assert said.getvalue() == (
        "Errors: 1\n  Студенттер, row 5, “Туулган күнү”, [эртең]: Not a date. Write it as 01.09.2026.\n"
    )
    assert Student.objects.count() == 0
    with pytest.raises(CommandError, match="nothing was loaded"):
        call_command("load_workbook", path, "--dry-run", "--language", "en", stdout=StringIO(), stderr=StringIO())


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90\x00", b"PK\x03\x04 and no more", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "окуу.xlsx"
    path.write_bytes(content)
    with pytest.raises(CommandError):
        run(path)


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "жок.xlsx")
    with pytest.raises(CommandError, match="directory"):
        run(tmp_path)


def test_what_shrinks_needs_confirm(kept) -> None:
    run(kept())
    by = administrator()
    lectures = small(Жадыбал=lambda rows: [row for row in rows if row[0] != "Ж000003"])
    with pytest.raises(CommandError, match="--confirm"):
        run(kept(lectures), "--by", by)
    assert Slot.objects.filter(workload__number="Ж000003").count() == 1
    run(kept(lectures), "--by", by, "--confirm")
    assert Slot.objects.filter(workload__number="Ж000003").count() == 0


def test_later_load_says_who_changes_the_lessons(kept, monkeypatch: pytest.MonkeyPatch) -> None:
    run(kept())
    monkeypatch.setattr(clock, "now", lambda: SUNDAY)
    other_room = small(Жадыбал=set_cell(7, 5, "Б-102"))
    with pytest.raises(CommandError, match="--by"):
        run(kept(other_room))
    make.make_user("teacher")
    for login in ("nobody", "teacher"):
        with pytest.raises(CommandError, match="administrator"):
            run(kept(other_room), "--by", login)
    run(kept(other_room), "--by", administrator())
    assert set(Lesson.objects.filter(version__gt=1).values_list("changed_by__username", flat=True)) == {"admin"}
    assert [finding.code for finding in check_invariants() if not finding.holds] == []


def test_csv_files_together_are_one_load(tmp_path: Path) -> None:
    paths = []
    for name, rows in SMALL.items():
        path = tmp_path / f"{name}.csv"
        cells = [[f"{cell:%d.%m.%Y}" if hasattr(cell, "year") else str(cell) for cell in row] for row in rows]
        path.write_text("\n".join(";".join(row) for row in cells), "utf-8")
        paths.append(path)
    run(*paths)
    assert (Student.objects.count(), Lesson.objects.count()) == (5, 67)


def test_one_sheet_needs_what_it_refers_to(kept) -> None:
    with pytest.raises(CommandError):
        run(kept(only("Жадыбал")))


@pytest.mark.django_db(transaction=True)
def test_the_shipped_institute_is_loaded_exactly(owner_cursor: Any) -> None:
    """Once in the suite: it takes a while.

    Rows that other tests rolled back leave pages which count as empty: without the vacuum the planner takes the
    tables for empty while they fill, and ten seconds become ten minutes.
    """
    owner_cursor.execute("VACUUM (ANALYZE)")
    run(ONE_INSTITUTE)
    assert {model: model.objects.count() for model in (Group, Student, Teacher, Room, Course, Workload, Slot)} == {
        Group: 94,
        Student: 2331,
        Teacher: 250,
        Room: 79,
        Course: 459,
        Workload: 976,
        Slot: 1284,
    }
    again = run(ONE_INSTITUTE, "--by", administrator())
    assert again.endswith("The journal has all of this already: nothing changes.\n")
    # Its timetable has clashes, as real ones have: counted, ten of each kind named, and nothing held up.
    assert "Warnings: 21\n  Жадыбал: Clashes in the timetable: 32 of teachers, 0 of groups, 38 of auditoriums." in again
