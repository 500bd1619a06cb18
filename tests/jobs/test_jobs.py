"""Jobs: asked for once, run once, seen while they run, found again when their worker dies."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction
from django.test import Client
from django.urls import reverse

from ejournal.celery import app
from ejournal.jobs import registry, services
from ejournal.jobs.models import Job, JobState
from ejournal.jobs.registry import Report
from ejournal.jobs.running import claim_job
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from tests import factories as make

NOW = clock.moment_of(make.MONDAY, make.time(9, 0))
ran: list[int] = []


def count(job: Job, report: Report) -> dict[str, Any]:
    ran.append(job.pk)
    report(50, "Жарымы бүттү")
    return {"rows": job.asked["rows"]}


def refuse(job: Job, report: Report) -> None:
    raise Refusal("Бул барак бош.", code="empty_sheet", sheet="Студенттер")


def break_down(job: Job, report: Report) -> None:
    raise KeyError("secret detail")


def lose_database(job: Job, report: Report) -> None:
    raise OperationalError("server closed the connection")


@pytest.fixture(autouse=True)
def kinds() -> None:
    ran.clear()
    for name in ("count", "refuse", "break_down", "lose_database"):
        registry.register(f"test-{name}", f"tests.jobs.test_jobs.{name}", label="Сыноо")


def ask(kind: str = "test-count", *, key: str = "", by: Any = None) -> Job:
    return services.ask_for_job(
        kind=kind, asked={"rows": 3}, by=by or make.make_user(), now=NOW, key=key, language="ky"
    )


def queued() -> Job:
    """A job that is not sent yet: eager tasks would run it at once."""
    return Job.objects.create(
        kind="test-count", asked={"rows": 3}, asked_at=NOW, request_id=make.REQUEST_ID, asked_by=make.make_user()
    )


@pytest.mark.django_db
class TestAsking:
    def test_job_is_sent_after_commit(self, django_capture_on_commit_callbacks: Any) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            job = ask()
            assert ran == []
        job.refresh_from_db()
        assert (ran, job.state, job.progress, job.outcome) == ([job.pk], JobState.DONE, 100, {"rows": 3})

    def test_same_key_alive_is_one_job(self) -> None:
        first = ask(key="2026-09")
        assert ask(key="2026-09") == first
        assert ask(key="2026-10") != first

    def test_same_key_after_the_end_is_a_new_job(self) -> None:
        first = ask(key="2026-09")
        services.run_job(first.pk, now=NOW)
        assert ask(key="2026-09") != first

    def test_unknown_kind_is_a_mistake_of_ours(self) -> None:
        with pytest.raises(KeyError):
            ask("test-nobody-knows")


@pytest.mark.django_db
class TestRunning:
    def test_second_worker_finds_nothing_to_do(self) -> None:
        job = ask()
        assert [services.run_job(job.pk, now=NOW), services.run_job(job.pk, now=NOW)] == [True, False]
        assert ran == [job.pk]

    def test_refusal_is_told_with_its_sentence_and_code(self) -> None:
        job = ask("test-refuse")
        services.run_job(job.pk, now=NOW)
        job.refresh_from_db()
        assert (job.state, job.error) == (JobState.REFUSED, "Бул барак бош.")
        assert job.outcome == {"code": "empty_sheet", "sheet": "Студенттер"}

    def test_failure_is_told_without_its_detail(self) -> None:
        job = ask("test-break_down")
        services.run_job(job.pk, now=NOW)
        job.refresh_from_db()
        assert job.state == JobState.FAILED
        assert job.error != ""
        assert "secret" not in job.error

    def test_failing_database_is_tried_three_times(self) -> None:
        job = ask("test-lose_database")
        states = []
        for _attempt in range(4):
            services.run_job(job.pk, now=NOW)
            job.refresh_from_db()
            states.append((job.state, job.attempts))
        assert states == [("queued", 1), ("queued", 2), ("failed", 3), ("failed", 3)]

    def test_older_attempt_changes_nothing_any_more(self) -> None:
        job = ask()
        old = claim_job(job.pk, now=NOW)
        assert old is not None
        new = claim_job(job.pk, now=NOW + timedelta(seconds=61))
        assert new is not None
        old.end(JobState.DONE, now=NOW, outcome={"from": "old"})
        job.refresh_from_db()
        assert (job.state, job.outcome, job.attempts) == (JobState.RUNNING, {}, 2)


@pytest.mark.django_db
class TestSweeping:
    def test_job_never_sent_is_sent_after_half_a_minute(self) -> None:
        job = ask()
        assert services.sweep_jobs(now=NOW + timedelta(seconds=30)) == 0
        assert services.sweep_jobs(now=NOW + timedelta(seconds=31)) == 1
        assert ran == [job.pk]

    def test_running_job_with_signs_of_life_is_left_alone(self) -> None:
        claim_job(ask().pk, now=NOW)
        assert services.sweep_jobs(now=NOW + timedelta(seconds=60)) == 0

    def test_job_of_a_killed_worker_is_done_again(self) -> None:
        # Eager tasks run at the real moment: the sign of life must be old for it too.
        job = ask()
        claim_job(job.pk, now=NOW - timedelta(days=365))
        assert services.sweep_jobs(now=NOW) == 1
        job.refresh_from_db()
        assert (job.state, job.attempts, ran) == (JobState.DONE, 2, [job.pk])

    def test_job_that_kills_its_workers_ends(self) -> None:
        job = ask()
        Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=3, alive_at=NOW - timedelta(minutes=5))
        assert services.sweep_jobs(now=NOW) == 0
        job.refresh_from_db()
        assert (job.state, job.finished_at) == (JobState.FAILED, NOW)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
class TestOutside:
    """On real transactions."""

    def test_progress_is_seen_while_the_runners_transaction_is_open(self) -> None:
        job = queued()
        claim = claim_job(job.pk, now=clock.now())
        assert claim is not None
        try:
            with transaction.atomic():
                claim(40, "Барактар окулууда")
                with connections["owner"].cursor() as cursor:
                    cursor.execute("SELECT progress, stage FROM jobs_job WHERE id = %s", [job.pk])
                    assert cursor.fetchone() == (40, "Барактар окулууда")
        finally:
            claim.release()

    def test_claimed_job_is_not_run_again_while_its_worker_lives(self) -> None:
        job = queued()
        claim = claim_job(job.pk, now=NOW)
        assert claim is not None
        try:
            # Silent for an hour (a stopped process), yet there: its lock keeps others away.
            assert claim_job(job.pk, now=NOW + timedelta(hours=1)) is None
        finally:
            claim.release()
        again = claim_job(job.pk, now=NOW + timedelta(hours=1))
        assert again is not None
        again.release()

    def test_many_workers_run_a_job_once(self) -> None:
        job = queued()
        start = threading.Barrier(4)
        results: list[bool] = []

        def work() -> None:
            start.wait()
            results.append(services.run_job(job.pk, now=clock.now()))
            connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(results) == [False, False, False, True]
        assert ran == [job.pk]

    def test_broker_that_is_away_leaves_the_job_queued(self) -> None:
        before = app.conf.broker_url
        app.conf.update(task_always_eager=False, broker_url="redis://127.0.0.1:1/0")
        try:
            job = ask()
        finally:
            app.conf.update(task_always_eager=True, broker_url=before)
        job.refresh_from_db()
        assert (job.state, ran) == (JobState.QUEUED, [])


@pytest.mark.django_db
class TestPage:
    def test_asker_sees_it_and_others_do_not(self, client: Client) -> None:
        asker, stranger = make.make_user(), make.make_user()
        job = ask(by=asker)
        client.force_login(asker)
        assert client.get(reverse("job", args=[job.pk])).status_code == 200
        client.force_login(stranger)
        assert client.get(reverse("job", args=[job.pk])).status_code == 404

    def test_progress_is_asked_for_until_the_end(self, client: Client) -> None:
        job = ask()
        client.force_login(job.asked_by)
        headers = {"HX-Request": "true"}
        page = client.get(reverse("job", args=[job.pk]), headers=headers).content.decode()
        assert page.lstrip().startswith("<section")
        assert "hx-get" in page
        services.run_job(job.pk, now=NOW)
        assert "hx-get" not in client.get(reverse("job", args=[job.pk]), headers=headers).content.decode()

    def test_file_is_for_the_asker_alone(self, client: Client, settings: Any, tmp_path: Any) -> None:
        settings.MEDIA_ROOT = tmp_path
        job = ask()
        file = services.keep_file(
            job, name="отчёт.txt", content_type="text/plain", write=lambda f: f.write(b"42"), now=NOW
        )
        url = reverse("job_file", args=[job.pk, file.pk])
        client.force_login(job.asked_by)
        response = client.get(url)
        assert b"".join(response.streaming_content) == b"42"
        assert response["Content-Disposition"].startswith("attachment")
        client.force_login(make.make_user())
        assert client.get(url).status_code == 404
        assert client.get(reverse("job_file", args=[job.pk + 1, file.pk])).status_code == 404

    def test_overseer_sees_the_state_and_no_file(
        self, client: Client, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.MEDIA_ROOT = tmp_path
        overseer = make.make_user("overseer")
        monkeypatch.setattr(registry, "_overseers", [lambda user: user.username == "overseer"])
        job = ask("test-count")
        file = services.keep_file(job, name="a.txt", content_type="text/plain", write=lambda f: None, now=NOW)
        services.run_job(job.pk, now=NOW)
        client.force_login(overseer)
        response = client.get(reverse("job", args=[job.pk]))
        assert response.status_code == 200
        assert "a.txt" not in response.content.decode()
        assert client.get(reverse("job_file", args=[job.pk, file.pk])).status_code == 404
