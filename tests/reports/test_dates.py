"""The dates of a journal on paper (§1.4)."""

import io
from datetime import time, timedelta

import pytest
from django.test import Client
from pypdf import PdfReader

from ejournal.lib import clock
from reports.selectors.dates import journal_dates
from teaching.enums import LessonState
from teaching.models import Lesson, Substitution
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = clock.moment_of(make.MONDAY, time(18, 0))


def test_dates_say_what_was_held_and_by_whom(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    workload = make.make_workload()
    teacher = workload.teachers.get().teacher
    held = make.make_lesson(workload, day=make.MONDAY - timedelta(days=7))
    Lesson.objects.filter(pk=held.pk).update(roll_taken_at=held.ends_at, topic="Күч")
    lost = make.make_lesson(workload)
    Lesson.objects.filter(pk=lost.pk).update(state=LessonState.CANCELLED)
    Substitution.objects.create(
        lesson=held,
        substitute=make.make_teacher(last_name="Алиев"),
        reason="ооруп",
        named_by=teacher.user,
        named_at=NOW,
    )
    rows = journal_dates(workload)
    assert [(row.hours, row.teacher.split()[0], row.is_substituted) for row in rows] == [
        (2, "Алиев", True),
        (0, "Осмонов", False),
    ]
    client.force_login(teacher.user)
    answer = client.get(f"/journals/{workload.id}/dates.pdf")
    (page,) = PdfReader(io.BytesIO(answer.content)).pages
    assert page.mediabox.width < page.mediabox.height
    text = "".join(page.extract_text().split())
    missing = [words for words in ("14.09.2026", "21.09.2026", "Күч", "Алиев", workload.number) if words not in text]
    assert missing == []
