"""State exams and graduation papers as columns of a group's summary sheet (§2.7)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from ejournal.lib import clock
from ejournal.lib.clock import day_of
from journal.selectors.group_summary import Attested, Summary, group_summary
from journal.services.attestations import Graded, grade_attestations, plan_state_exam, plan_thesis
from teaching.models import Course
from tests.journal.test_results_services import NOW, Session

pytestmark = pytest.mark.django_db


class Graduating(Session):
    """A session whose first sheet is closed: 70 D, 40 FX, did not appear."""

    def __init__(self) -> None:
        super().__init__()
        self.failed()
        self.group = self.course.group
        self.board = self.commission()

    def exam(self, *texts: str, close: bool = True, title: str = "Сынак") -> None:
        rows = plan_state_exam(
            group=self.group, title=title, commission=self.board, held_on=NOW.date(), by=self.office, now=NOW
        )
        by_student = {row.student_id: row for row in rows}
        grades = [
            Graded(by_student[student.pk].pk, text, 1)
            for student, text in zip(self.students, texts, strict=False)
            if text
        ]
        grade_attestations(group=self.group, state_exams=grades, theses=[], by=self.office, now=NOW, close=close)

    def thesis(self, place: int, text: str) -> None:
        row = plan_thesis(
            group=self.group,
            student=self.students[place],
            title="Заманбап физика",
            supervisor=None,
            commission=self.board,
            held_on=NOW.date(),
            by=self.office,
            now=NOW,
        )
        graded = [Graded(row.pk, text, 1)]
        grade_attestations(group=self.group, state_exams=[], theses=graded, by=self.office, now=NOW, close=True)

    def summary(self) -> Summary:
        return group_summary(self.group, self.course.semester, on=day_of(NOW))


def test_exam_and_paper_are_columns_and_count_in_mean_rank_and_percentages() -> None:
    stage = Graduating()
    before = stage.summary()
    stage.exam("90", "80", "кж")
    stage.thesis(0, "95")
    after = stage.summary()
    assert list(after.attested) == [Attested("Сынак"), Attested("", is_thesis=True)]
    points = [[one.points if one is not None else None for one in line.attested] for line in after.lines]
    assert points == [[Decimal(90), Decimal(95)], [Decimal(80), None], [None, None]]
    # (70 + 90 + 95) / 3 and (40 + 80) / 2; who did not appear anywhere has none.
    assert [line.mean for line in after.lines] == [Decimal("85.00"), Decimal("60.00"), None]
    assert [line.rank for line in after.lines] == [1, 2, None]
    # Credits weigh the mean of grades: an exam without credits leaves it as it is.
    assert [line.gpa for line in after.lines] == [line.gpa for line in before.lines]
    exam, paper = after.by_attested
    assert (exam.count, exam.absolute, exam.quality) == (3, Decimal("66.7"), Decimal("66.7"))
    assert (paper.count, paper.absolute) == (1, Decimal(100))
    assert after.whole.absolute == Decimal("33.3")


def test_failed_state_exam_is_no_achievement_of_the_whole() -> None:
    stage = Graduating()
    assert stage.summary().whole.absolute == Decimal("33.3")
    stage.exam("20", "90", "90")
    assert stage.summary().whole.absolute == Decimal(0)


def test_what_is_not_closed_has_a_column_and_counts_nowhere() -> None:
    stage = Graduating()
    before = stage.summary()
    stage.exam("90", "", "", close=False)
    after = stage.summary()
    assert list(after.attested) == [Attested("Сынак")]
    assert [line.attested for line in after.lines] == [[None], [None], [None]]
    assert [line.mean for line in after.lines] == [line.mean for line in before.lines]


def test_column_stands_in_the_semester_after_whose_beginning_it_was_held() -> None:
    stage = Graduating()
    following = stage.course.semester
    following.pk, following.number = None, 2
    following.starts_on, following.ends_on = NOW.date() - timedelta(days=2), NOW.date() + timedelta(days=100)
    following.save()
    later = Course.objects.get(pk=stage.course.pk)
    later.pk, later.semester = None, following
    later.save()
    stage.exam("90", "80", "70")
    stage.course.refresh_from_db()
    assert list(stage.summary().attested) == []
    assert list(group_summary(stage.group, following, on=day_of(NOW)).attested) == [Attested("Сынак")]


def test_other_groups_exam_is_no_column() -> None:
    stage, other = Graduating(), Graduating()
    other.exam("90", "80", "70")
    assert list(stage.summary().attested) == []


@pytest.mark.parametrize("count", [1, 3])
def test_summary_asks_the_same_for_any_number_of_columns(count: int, django_assert_num_queries: Any) -> None:
    stage = Graduating()
    for number in range(count):
        stage.exam("90", "80", "кж", title=f"Сынак {number}")
        stage.thesis(number, "95")
    semester = stage.course.semester
    with django_assert_num_queries(8):
        assert len(group_summary(stage.group, semester, on=day_of(NOW)).attested) == count + 1


def test_page_shows_the_columns(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    stage = Graduating()
    stage.exam("90", "80", "кж", title="Физика боюнча сынак")
    stage.thesis(0, "95")
    client.force_login(stage.office)
    page = client.get(f"/groups/{stage.group.pk}/summary/?semester={stage.course.semester_id}").content.decode()
    assert "Физика боюнча сынак" in page
    assert "Бүтүрүүчү квалификациялык иш" in page
