"""Notifications: told once, in the reader's language, seen by the reader alone."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy
from pytest_django import DjangoAssertNumQueries

from ejournal.lib import clock
from messaging.models import Notification
from messaging.selectors import unread_count
from messaging.services import mark_read, notify
from tests import factories as make

pytestmark = pytest.mark.django_db
NOW = clock.moment_of(make.MONDAY, make.time(9, 0))


def test_same_event_is_told_once() -> None:
    reader, other = make.make_user(), make.make_user()
    for _repeat in range(2):
        notify([reader, other], kind="test", text="Журнал жабылды", event="close:1", now=NOW)
    assert [unread_count(reader), unread_count(other)] == [1, 1]


def test_without_event_each_is_told() -> None:
    reader = make.make_user()
    for _repeat in range(2):
        notify([reader], kind="test", text="Журнал жабылды", now=NOW)
    assert unread_count(reader) == 2


def test_all_readers_cost_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    readers = [make.make_user() for _ in range(3)]
    with django_assert_num_queries(1):
        notify(readers, kind="test", text="Журнал жабылды", now=NOW)


def test_text_is_in_the_readers_language() -> None:
    kyrgyz, russian = make.make_user(), make.make_user()
    russian.language = "ru"
    notify([kyrgyz, russian], kind="test", text=lambda: translation.get_language() or "", now=NOW)
    notify([kyrgyz, russian], kind="test", text=gettext_lazy("English"), now=NOW + timedelta(minutes=1))
    told = Notification.objects.order_by("made_at", "user_id").values_list("text", flat=True)
    assert list(told)[:2] == ["ky", "ru"]


def test_long_text_is_cut_visibly() -> None:
    reader = make.make_user()
    notify([reader], kind="test", text="ң" * 400, now=NOW)
    text = Notification.objects.get().text
    assert (len(text), text[-1]) == (300, "…")


@pytest.mark.parametrize("url", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_url_of_another_site_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="this site"):
        notify([make.make_user()], kind="test", text="Караңыз", url=url, now=NOW)


def test_reading_all_leaves_others_unread() -> None:
    reader, other = make.make_user(), make.make_user()
    notify([reader, other], kind="test", text="Журнал жабылды", now=NOW)
    assert mark_read(reader, now=NOW) == 1
    assert [unread_count(reader), unread_count(other)] == [0, 1]


class TestPage:
    def test_reader_sees_his_own(self, client: Client) -> None:
        reader, other = make.make_user(), make.make_user()
        notify([reader], kind="test", text="Меники", url="/cabinet/", now=NOW)
        notify([other], kind="test", text="Башканыкы", now=NOW)
        client.force_login(reader)
        page = client.get(reverse("notifications")).content.decode()
        assert "Меники" in page
        assert 'href="/cabinet/"' in page
        assert "Башканыкы" not in page

    def test_anonymous_is_sent_to_login(self, client: Client) -> None:
        assert client.get(reverse("notifications")).status_code == 302

    def test_reading_needs_a_post(self, client: Client) -> None:
        client.force_login(make.make_user())
        assert client.get(reverse("notifications_read")).status_code == 405

    def test_all_are_marked_and_the_page_comes_back(self, client: Client) -> None:
        reader = make.make_user()
        notify([reader], kind="test", text="Меники", now=NOW)
        client.force_login(reader)
        response = client.post(reverse("notifications_read"))
        assert (response.status_code, response["Location"]) == (302, reverse("notifications"))
        assert unread_count(reader) == 0

    def test_anothers_id_in_the_body_changes_nothing(self, client: Client) -> None:
        reader, other = make.make_user(), make.make_user()
        notify([reader, other], kind="test", text="Меники", now=NOW)
        client.force_login(reader)
        foreign = Notification.objects.get(user=other)
        client.post(reverse("notifications_read"), {"notification": foreign.pk})
        assert [unread_count(reader), unread_count(other)] == [1, 1]

    @pytest.mark.parametrize("bad", ["-1", "1.5", "٣", "x", "9" * 30])
    def test_bad_id_is_422(self, client: Client, bad: str) -> None:
        client.force_login(make.make_user())
        assert client.post(reverse("notifications_read"), {"notification": bad}).status_code == 422

    def test_count_for_htmx(self, client: Client) -> None:
        reader = make.make_user()
        client.force_login(reader)
        assert client.get(reverse("notifications_count")).content.decode().strip() == ""
        notify([reader], kind="test", text="Меники", now=NOW)
        assert 'class="bell-count"' in client.get(reverse("notifications_count")).content.decode()

    @pytest.mark.parametrize("rows", [1, 3])
    def test_list_costs_the_same_for_one_and_three(self, client: Client, rows: int) -> None:
        reader = make.make_user()
        for number in range(rows):
            notify([reader], kind="test", text=f"№ {number}", now=NOW)
        client.force_login(reader)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("notifications"))
        # The page's own: how many, how many unread, one window of them. The frame's figure at the bell is not its.
        listing = [query for query in queries if 'SELECT "messaging_notification"."id"' in query["sql"]]
        assert len(listing) == 1
        assert 'FROM "accounts_user"' not in listing[0]["sql"]
