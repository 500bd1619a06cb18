"""The list of applied loads and the way back on a page (§4.1)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Student
from ejournal.jobs.models import Job, JobState
from ejournal.loading.models import AppliedLoad
from tests.loading.applying import MONDAY_NINE, load
from tests.loading.books import only, set_cell, small
from tests.loading.test_page import Page, administrator, page, place

__all__ = ["administrator", "page", "place"]

pytestmark = pytest.mark.django_db


def rooms(seats: int) -> Any:
    return load(only("Аудиториялар", book=small(Аудиториялар=set_cell(2, 4, seats))), now=MONDAY_NINE)


class TestList:
    def test_empty(self, page: Page) -> None:
        assert "Nothing was loaded yet" in page.get("/load/history/")

    def test_the_latest_may_be_undone(self, page: Page) -> None:
        load(now=MONDAY_NINE)
        last = rooms(44)
        html = page.client.get("/load/history/").content.decode()
        assert html.count("/undo/") == 1
        assert f"/load/history/{last.applied.pk}/undo/" in html
        assert "Аудиториялар: ~1" in page.get("/load/history/")

    @pytest.mark.parametrize("more", [0, 2])
    def test_costs_the_same_with_one_row_and_with_three(self, page: Page, more: int) -> None:
        load(now=MONDAY_NINE)
        for number in range(more):
            rooms(40 + number)
        with CaptureQueriesContext(connection) as queries:
            page.get("/load/history/")
        own = [q for q in queries.captured_queries if "loading_" in q["sql"]]
        assert len(own) == 3, [q["sql"] for q in own]


class TestUndo:
    def test_is_asked_about_and_done(self, page: Page) -> None:
        done = load(now=MONDAY_NINE)
        assert done.applied is not None
        url = f"/load/history/{done.applied.pk}/undo/"
        assert "Undo this load" in page.get(url)
        job = page._job(page.post(url))
        assert (job.kind, job.state) == ("load_undo", JobState.DONE)
        assert Student.objects.count() == 0
        assert "The load was undone" in page.get(f"/load/undone/{job.pk}/")
        assert "undone" in page.get("/load/history/")

    def test_says_why_it_cannot(self, page: Page) -> None:
        first = load(now=MONDAY_NINE)
        rooms(44)
        assert first.applied is not None
        url = f"/load/history/{first.applied.pk}/undo/"
        assert "A later load stands on it" in page.get(url)
        assert page.post(url).status_code == 409
        assert not Job.objects.filter(kind="load_undo").exists()

    def test_of_a_load_by_the_page_names_its_job(self, page: Page) -> None:
        loaded = page.load(page.check())
        assert AppliedLoad.objects.get().job == loaded
