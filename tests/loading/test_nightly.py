"""The nightly file: the same loader, by itself only where it is harmless (§4.1)."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from accounts.enums import Role
from accounts.models import Student, User
from ejournal.jobs.models import Job, JobState
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.loading.models import AppliedLoad
from ejournal.loading.nightly import ask_for_nightly, newest_set
from ejournal.loading.tasks import load_nightly
from messaging.models import Notification
from tests import factories as make
from tests.loading.applying import MONDAY_NINE, load
from tests.loading.books import Rows, set_cell, small, xlsx

pytestmark = pytest.mark.django_db
LATER = MONDAY_NINE + timedelta(days=1)


@pytest.fixture(autouse=True)
def administrator(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[User]:
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(clock, "now", lambda: LATER)
    user = make.make_user("admin")
    make.appoint(user, Role.ADMINISTRATOR)
    with translation.override("en"):
        yield user


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "avn"
    made.mkdir()
    return made


@pytest.fixture
def night(folder: Path, settings: Any, django_capture_on_commit_callbacks: Any) -> Callable[[], Job | None]:
    """A look of the beat, and the job done as the worker would."""
    settings.NIGHTLY_FOLDER = str(folder)

    def look() -> Job | None:
        with django_capture_on_commit_callbacks(execute=True):
            job_id = load_nightly()
        return Job.objects.get(pk=job_id) if job_id is not None else None

    return look


def leave(folder: Path, name: str, content: bytes, *, age: int = 600) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    moment = LATER.timestamp() - age
    os.utime(path, (moment, moment))
    return path


def without_a_student() -> dict[str, Rows]:
    return small(Студенттер=lambda rows: [*rows[:3], *rows[4:]])


class TestNight:
    def test_4_1_a_harmless_file_is_loaded(self, folder: Path, night: Callable[[], Job], administrator: User) -> None:
        load(now=MONDAY_NINE)
        path = leave(folder, "avn.xlsx", xlsx(small(Студенттер=set_cell(2, 9, "+996700999999"))))
        job = night()
        assert (job.kind, job.state, "loaded" in job.outcome) == ("load_nightly", JobState.DONE, True)
        assert Student.objects.get(record_book="26-000001").phone == "+996700999999"
        applied = AppliedLoad.objects.first()
        assert applied is not None
        assert (applied.by, applied.job, applied.names) == (administrator, job, ["avn.xlsx"])
        assert path.exists()
        assert not Notification.objects.exists()

    def test_4_1_the_same_file_does_nothing_twice(self, folder: Path, night: Callable[[], Job | None]) -> None:
        load(now=MONDAY_NINE)
        leave(folder, "avn.xlsx", xlsx(small(Студенттер=set_cell(2, 9, "+996700999999"))))
        night()
        leave(folder, "copy.xlsx", (folder / "avn.xlsx").read_bytes(), age=300)
        assert night() is None
        assert Job.objects.filter(kind="load_nightly").count() == 1

    def test_4_1_who_is_gone_waits_for_the_administrator(
        self, folder: Path, night: Callable[[], Job], client: Client, administrator: User
    ) -> None:
        load(now=MONDAY_NINE)
        leave(folder, "avn.xlsx", xlsx(without_a_student()))
        job = night()
        assert (job.state, "loaded" in job.outcome) == (JobState.DONE, False)
        told = Notification.objects.get()
        assert (told.user, told.url) == (administrator, f"/load/{job.pk}/")
        client.force_login(administrator)
        page = client.get(told.url).content.decode()
        assert "26-000003 · Сапаров Өзгөн" in page
        assert 'name="end_students"' in page

    def test_4_1_what_shrinks_waits(self, folder: Path, night: Callable[[], Job]) -> None:
        load(now=MONDAY_NINE)
        book = small(Жадыбал=lambda rows: rows[:2])
        leave(folder, "avn.xlsx", xlsx(book))
        assert "loaded" not in night().outcome
        assert Notification.objects.count() == 1

    def test_4_1_errors_are_told(self, folder: Path, night: Callable[[], Job]) -> None:
        load(now=MONDAY_NINE)
        leave(folder, "avn.xlsx", xlsx(small(Студенттер=set_cell(2, 7, "ЖОК-1"))))
        assert night().outcome["errors"] == 1
        assert Notification.objects.count() == 1

    def test_a_file_that_changes_nothing_says_nothing(self, folder: Path, night: Callable[[], Job]) -> None:
        load(now=MONDAY_NINE)
        leave(folder, "avn.xlsx", xlsx())
        assert night().outcome["difference"]["changes_nothing"]
        assert not Notification.objects.exists()
        assert AppliedLoad.objects.count() == 1

    def test_is_off_where_no_folder_is_named(self, settings: Any) -> None:
        settings.NIGHTLY_FOLDER = ""
        assert load_nightly() is None


class TestSets:
    def test_a_file_being_written_is_left(self, folder: Path) -> None:
        leave(folder, "avn.xlsx", xlsx(), age=119)
        assert ask_for_nightly(folder, now=LATER) is None
        leave(folder, "avn.xlsx", xlsx(), age=120)
        assert ask_for_nightly(folder, now=LATER) is not None

    @pytest.mark.parametrize("lock", ["~$avn.xlsx", ".~lock.avn.xlsx#", "avn.lock", "avn.xlsx.part"])
    def test_a_lock_file_is_respected(self, folder: Path, lock: str) -> None:
        leave(folder, "avn.xlsx", xlsx())
        leave(folder, lock, b"")
        assert ask_for_nightly(folder, now=LATER) is None

    def test_the_newest_workbook_wins(self, folder: Path) -> None:
        leave(folder, "a.xlsx", b"1", age=700)
        leave(folder, "b.xlsx", b"2", age=800)
        found = newest_set(folder)
        assert found is not None
        assert [path.name for path in found.paths] == ["a.xlsx"]

    def test_csv_files_of_a_folder_are_one_set(self, folder: Path) -> None:
        leave(folder, "old.xlsx", b"1", age=90_000)
        (folder / "2026-09-22").mkdir()
        leave(folder / "2026-09-22", "Студенттер.csv", b"2")
        leave(folder / "2026-09-22", "Тайпалар.csv", b"3")
        leave(folder / "2026-09-22", "readme.md", b"4")
        found = newest_set(folder)
        assert found is not None
        assert sorted(path.name for path in found.paths) == ["Студенттер.csv", "Тайпалар.csv"]

    def test_empty_folder_and_no_folder(self, folder: Path) -> None:
        assert ask_for_nightly(folder, now=LATER) is None
        with pytest.raises(Refusal) as refused:
            ask_for_nightly(folder / "жок", now=LATER)
        assert refused.value.code == "no_folder"


class TestCommand:
    def test_loads_and_says_so(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        load(now=MONDAY_NINE)
        leave(folder, "avn.xlsx", xlsx(small(Студенттер=set_cell(2, 9, "+996700999999"))))
        call_command("load_nightly", str(folder), language="en")
        assert "Loaded." in capsys.readouterr().out
        call_command("load_nightly", str(folder), language="en")
        assert "There is no new file." in capsys.readouterr().out

    def test_exits_with_a_sentence_where_it_waits(self, folder: Path) -> None:
        load(now=MONDAY_NINE)
        leave(folder, "avn.xlsx", xlsx(without_a_student()))
        with pytest.raises(CommandError, match="waits for an administrator"):
            call_command("load_nightly", str(folder), language="en")

    def test_without_a_folder(self, settings: Any) -> None:
        settings.NIGHTLY_FOLDER = ""
        with pytest.raises(CommandError, match="Name a folder"):
            call_command("load_nightly", language="en")
