"""Loading on the page: upload, dry run, difference, load (§3.3, §4.1)."""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.enums import Role
from accounts.models import Student
from ejournal.jobs.models import Job, JobState
from ejournal.lib import clock
from ejournal.loading import uploads
from ejournal.loading.tasks import forget_uploads
from teaching.models import Lesson
from tests import factories as make
from tests.loading.applying import MONDAY_NINE, counts, load
from tests.loading.books import SMALL, Rows, set_cell, small, xlsx

pytestmark = pytest.mark.django_db
QUERIES_OF_PAGE = 4


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[None]:
    """Monday morning, English sentences, and a folder of uploads of its own."""
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(clock, "now", lambda: MONDAY_NINE)
    with translation.override("en"):
        yield


@pytest.fixture
def administrator(client: Client) -> Client:
    user = make.make_user("admin")
    make.appoint(user, Role.ADMINISTRATOR)
    user.language = "en"
    user.save()
    client.force_login(user)
    return client


class Page:
    """An administrator at the page. Work is done as soon as its request is committed."""

    def __init__(self, client: Client, commit: Any) -> None:
        self.client, self._commit = client, commit

    def post(self, url: str, **fields: Any) -> HttpResponse:
        with self._commit(execute=True):
            return self.client.post(url, fields, headers={"accept-language": "en"})

    def get(self, url: str) -> str:
        response = self.client.get(url, headers={"accept-language": "en"})
        assert response.status_code == 200
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode().split("<main", 1)[1]))

    def upload(self, *files: SimpleUploadedFile) -> Job:
        """Upload files for a dry run; the job, done."""
        response = self.post("/load/", workbook=list(files))
        assert response.status_code == 302, response.content.decode()
        return self._job(response)

    def check(self, book: dict[str, Rows] | None = None, name: str = "окуу.xlsx") -> Job:
        return self.upload(SimpleUploadedFile(name, xlsx(book)))

    def load(self, checked: Job, **fields: Any) -> Job:
        fields.setdefault("shown", checked.outcome["difference"]["digest"])
        return self._job(self.post(f"/load/{checked.pk}/", **fields))

    def _job(self, response: HttpResponse) -> Job:
        found = re.fullmatch(r"/jobs/(\d+)/", response["Location"])
        assert found, response["Location"]
        return Job.objects.get(pk=found[1])


@pytest.fixture
def page(administrator: Client, django_capture_on_commit_callbacks: Any) -> Page:
    return Page(administrator, django_capture_on_commit_callbacks)


def kept() -> list[Path]:
    folder = uploads._folder()
    return sorted(folder.iterdir()) if folder.exists() else []


class TestWayThrough:
    def test_upload_dry_run_difference_load_result(self, page: Page) -> None:
        checked = page.check()
        assert (checked.state, checked.kind) == (JobState.DONE, "load_check")
        assert set(counts().values()) == {0, 1}, "the administrator alone"
        assert f'href="/load/{checked.pk}/"' in page.client.get(f"/jobs/{checked.pk}/").content.decode()
        shown = page.get(f"/load/{checked.pk}/")
        assert "Студенттер 5 0 0 0" in shown
        assert "Жадыбал 7 0 0 0" in shown
        assert "Load all of it" in shown
        loaded = page.load(checked)
        assert (loaded.state, loaded.outcome["loaded"]["made"]) == (JobState.DONE, 67)
        assert (Student.objects.count(), Lesson.objects.count()) == (5, 67)
        result = page.get(f"/load/{loaded.pk}/")
        assert "Lessons: 67 made, 0 changed, 0 removed, 0 moved, 0 cancelled." in result
        assert "Load all of it" not in result

    def test_lessons_that_change_name_the_administrator(self, page: Page) -> None:
        load()
        page.load(page.check(small(Жадыбал=set_cell(7, 5, "Б-102"))))
        changed = Lesson.objects.filter(version=2)
        assert set(changed.values_list("changed_by__username", flat=True)) == {"admin"}
        assert changed.count() > 0

    def test_changed_row_is_shown_field_by_field(self, page: Page) -> None:
        load()
        checked = page.check(small(Студенттер=set_cell(2, 2, "Осмонова")))
        assert "Фамилиясы: Шаршенова → Осмонова" in page.get(f"/load/{checked.pk}/")

    def test_what_the_journal_has_already_offers_no_load(self, page: Page) -> None:
        load()
        checked = page.check()
        shown = page.get(f"/load/{checked.pk}/")
        assert "The journal has all of this already: nothing changes." in shown
        assert "Load all of it" not in shown
        assert page.post(f"/load/{checked.pk}/", shown=checked.outcome["difference"]["digest"]).status_code == 200
        assert Job.objects.filter(kind="load_apply").count() == 0

    def test_csv_files_of_one_sheet_each(self, page: Page) -> None:
        files = []
        for name, rows in SMALL.items():
            cells = [[f"{cell:%d.%m.%Y}" if hasattr(cell, "year") else str(cell) for cell in row] for row in rows]
            text = "\n".join(";".join(row) for row in cells)
            files.append(SimpleUploadedFile(f"{name}.csv", text.encode()))
        checked = page.upload(*files)
        assert checked.outcome["errors"] == 0
        assert page.load(checked).outcome["loaded"]["made"] == 67

    def test_warnings_do_not_hold_up_the_load(self, page: Page) -> None:
        checked = page.check(small(Окуу_планы=set_cell(3, 5, "Осумдук остуруу")))
        shown = page.get(f"/load/{checked.pk}/")
        assert "Worth a look" in shown
        assert "Looks like the discipline" in shown
        assert page.load(checked).state == JobState.DONE
        assert Student.objects.count() == 5


class TestRefused:
    def test_file_with_errors_shows_their_table_and_no_button(self, page: Page) -> None:
        checked = page.check(small(Студенттер=set_cell(5, 5, "эртең"), Жадыбал=set_cell(8, 3, 7)))
        shown = page.get(f"/load/{checked.pk}/")
        assert "2 errors. Nothing was loaded" in shown
        assert "Студенттер 5 Туулган күнү эртең Not a date. Write it as 01.09.2026." in shown
        assert "Жадыбал 8 Пара 7 Not in the sheet “Коңгуроо” and not in the journal." in shown
        assert "Load all of it" not in shown
        assert page.post(f"/load/{checked.pk}/", shown="0" * 64).status_code == 200
        assert Student.objects.count() == 0

    def test_many_errors_have_pages(self, page: Page) -> None:
        def spoil(rows: Rows) -> None:
            rows += [
                [f"27-{n:06}", "Асанов", "Азамат", "", "эртең", "эркек", "ФИЗ-11", "1", "", "", ""] for n in range(60)
            ]

        checked = page.check(small(Студенттер=spoil))
        first, second = page.get(f"/load/{checked.pk}/"), page.get(f"/load/{checked.pk}/?page=2")
        assert (first.count("Not a date"), second.count("Not a date")) == (50, 10)

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("окуу.xlsx", b"MZ\x90\x00\x03"),
            ("окуу.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
            ("a.xlsx", b"PK\x03\x04"),
        ],
    )
    def test_what_is_no_workbook_is_told_so(self, page: Page, name: str, content: bytes) -> None:
        checked = page.upload(SimpleUploadedFile(name, content))
        assert (checked.state, checked.outcome["errors"], checked.outcome["difference"]) == (JobState.DONE, 1, None)
        assert "1 error. Nothing was loaded" in page.get(f"/load/{checked.pk}/")

    def test_name_of_a_file_is_shown_as_text(self, page: Page) -> None:
        checked = page.check(name="<b>окуу</b>.xlsx")
        response = page.client.get(f"/load/{checked.pk}/")
        assert b"<b>" not in response.content

    def test_no_file_empty_file_and_too_many(self, page: Page) -> None:
        assert page.post("/load/").status_code == 422
        assert page.post("/load/", workbook=SimpleUploadedFile("a.xlsx", b"")).status_code == 422
        many = [SimpleUploadedFile(f"{n}.csv", b"a") for n in range(13)]
        assert page.post("/load/", workbook=many).status_code == 422
        assert (Job.objects.count(), kept()) == (0, [])

    def test_too_large(self, page: Page) -> None:
        half = uploads.MAX_BYTES // 2 + 1
        files = [SimpleUploadedFile(f"{n}.xlsx", bytes(half)) for n in range(2)]
        response = page.post("/load/", workbook=files)
        assert response.status_code == 413
        assert "larger than 20 MB" in response.content.decode()
        assert (Job.objects.count(), kept()) == (0, [])

    def test_difference_of_another_making_is_refused(self, page: Page) -> None:
        checked = page.check()
        for shown in ("0" * 64, "", "x" * 65):
            response = page.post(f"/load/{checked.pk}/", shown=shown)
            assert response.status_code == 422
            assert "This is not the difference that was shown." in response.content.decode()
        assert Job.objects.filter(kind="load_apply").count() == 0

    def test_what_shrinks_is_agreed_to_first(self, page: Page) -> None:
        load()
        book = small(Жадыбал=lambda rows: [row for row in rows if row[0] != "Ж000003"])
        checked = page.check(book)
        assert "Workload Ж000003 would have no lessons left." in page.get(f"/load/{checked.pk}/")
        response = page.post(f"/load/{checked.pk}/", shown=checked.outcome["difference"]["digest"])
        assert response.status_code == 422
        assert "agree to it first" in response.content.decode()
        assert page.load(checked, confirm="on").state == JobState.DONE
        assert Lesson.objects.filter(workloads__workload__number="Ж000003", starts_at__gt=MONDAY_NINE).count() == 0

    def test_journal_that_changed_meanwhile_is_looked_at_again(self, page: Page) -> None:
        load()
        checked = page.check(small(Студенттер=set_cell(2, 2, "Осмонова")))
        load(small(Студенттер=set_cell(2, 2, "Асанова")))
        refused = page.load(checked)
        assert refused.state == JobState.REFUSED
        assert "look at the difference again" in page.get(f"/load/{refused.pk}/")
        assert Student.objects.get(record_book="26-000001").user.last_name == "Асанова"
        again = page._job(page.post(f"/load/{refused.pk}/again/"))
        assert "Фамилиясы: Асанова → Осмонова" in page.get(f"/load/{again.pk}/")
        assert page.load(again).state == JobState.DONE
        assert Student.objects.get(record_book="26-000001").user.last_name == "Осмонова"


class TestUploads:
    def test_upload_is_private_and_forgotten_after_the_load(self, page: Page) -> None:
        checked = page.check()
        (folder,) = kept()
        assert (folder.stat().st_mode & 0o777, (folder / "0").stat().st_mode & 0o777) == (0o700, 0o600)
        page.load(checked)
        assert kept() == []

    def test_upload_with_errors_is_forgotten_at_once(self, page: Page) -> None:
        page.check(small(Студенттер=set_cell(5, 5, "эртең")))
        assert kept() == []

    def test_second_click_after_the_load_says_that_the_file_is_gone(self, page: Page) -> None:
        checked = page.check()
        page.load(checked)
        before = counts()
        again = page.load(checked)
        assert again.state == JobState.REFUSED
        assert "upload it again" in page.get(f"/load/{again.pk}/")
        assert counts() == before

    def test_changed_upload_is_refused(self, page: Page) -> None:
        checked = page.check()
        (folder,) = kept()
        (folder / "0").write_bytes(xlsx(small(Студенттер=set_cell(2, 2, "Осмонова"))))
        assert page.load(checked).outcome["code"] == "upload_changed"
        assert Student.objects.count() == 0

    def test_upload_that_nobody_loaded_is_forgotten_after_a_day(self, page: Page) -> None:
        page.check()
        page.check()
        old, fresh = kept()
        day_ago = (MONDAY_NINE - timedelta(days=1, minutes=1)).timestamp()
        os.utime(old, (day_ago, day_ago))
        os.utime(fresh, (day_ago + 120, day_ago + 120))
        assert (forget_uploads(), kept()) == (1, [fresh])


class TestDoor:
    def test_page_and_its_jobs_are_not_there_for_others(self, page: Page) -> None:
        checked = page.check()
        stranger = Client()
        people = {
            "study": make.make_user("study"),
            "moderator": make.make_user("moderator"),
            "teacher": make.make_teacher("teacher").user,
            "student": make.make_student("student").user,
        }
        make.appoint(people["study"], Role.STUDY_OFFICE)
        make.appoint(people["moderator"], Role.MODERATOR)
        for user in people.values():
            stranger.force_login(user)
            digest = {"shown": checked.outcome["difference"]["digest"]}
            statuses = [
                stranger.get("/load/").status_code,
                stranger.post("/load/", {"workbook": SimpleUploadedFile("a.xlsx", b"x")}).status_code,
                stranger.get(f"/load/{checked.pk}/").status_code,
                stranger.post(f"/load/{checked.pk}/", digest).status_code,
                stranger.post(f"/load/{checked.pk}/again/").status_code,
            ]
            assert statuses == [404] * 5, user.username
        assert Job.objects.count() == 1

    def test_job_of_another_kind_is_no_load(self, page: Page) -> None:
        other = Job.objects.create(kind="matrix", state="done", asked_at=MONDAY_NINE, request_id=make.REQUEST_ID)
        assert page.client.get(f"/load/{other.pk}/").status_code == 404

    @pytest.mark.parametrize("uploaded", [1, 3])
    def test_page_asks_the_same_few_questions(self, page: Page, uploaded: int) -> None:
        for _number in range(uploaded):
            page.check()
        page.client.get("/load/")
        with CaptureQueriesContext(connection) as asked:
            assert page.client.get("/load/").status_code == 200
        assert len(asked) == QUERIES_OF_PAGE


class TestGone:
    """What the file does not name any more ends only by a tick, and only with an agreement."""

    def book(self) -> dict[str, Rows]:
        return {"Студенттер": small()["Студенттер"][:3] + small()["Студенттер"][4:]}

    def test_is_shown_with_a_choice(self, page: Page) -> None:
        load()
        checked = page.check(self.book())
        shown = page.get(f"/load/{checked.pk}/")
        assert "26-000003 · Сапаров Өзгөн in the journal, not in the file" in shown
        assert "End the places of the students whom the file does not name. Their marks stay. (1)" in shown

    def test_without_the_agreement_nothing_ends(self, page: Page) -> None:
        load()
        checked = page.check(self.book())
        digest = checked.outcome["difference"]["digest"]
        response = page.post(f"/load/{checked.pk}/", shown=digest, end_students="on")
        assert response.status_code == 422
        assert "agree to it first" in response.content.decode()

    def test_without_a_choice_nothing_is_loaded(self, page: Page) -> None:
        load()
        checked = page.check(self.book())
        digest = checked.outcome["difference"]["digest"]
        response = page.post(f"/load/{checked.pk}/", shown=digest, confirm="on")
        assert response.status_code == 422
        assert "Nothing is chosen" in response.content.decode()

    def test_ends_by_choice_and_agreement(self, page: Page) -> None:
        load()
        loaded = page.load(page.check(self.book()), end_students="on", confirm="on")
        assert loaded.state == JobState.DONE
        student = Student.objects.get(record_book="26-000003")
        assert [place.ends_on is None for place in student.group_enrolments.all()] == [False]
