"""§4.3 and §3.5e–f over a module's closing: after the total is set the journal is not changed, and points keep to their
maxima. One test a clause."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client

from ejournal.lib import clock
from journal.models import Mark, ModuleTotal
from journal.services import close_module, record_marks
from tests import factories as make
from university.enums import ControlForm

pytestmark = pytest.mark.django_db


def always_there(control_form: ControlForm) -> list[ModuleTotal]:
    """The totals of a student who was in each lesson of both modules and has only fives."""
    course = make.make_course(control_form=control_form)
    workload = make.make_workload(course=course)
    teacher = workload.teachers.get().teacher.user
    student = make.make_student(group=course.group)
    make.enrol(student, course)
    for module in course.semester.modules.order_by("number"):
        monday = module.starts_on + timedelta(days=-module.starts_on.weekday() % 7)
        for week in range(3):
            lesson = make.make_lesson(workload, day=monday + timedelta(days=7 * week))
            cell = {"lesson": lesson.id, "student": student.id, "version": 0, "value": "5"}
            saved = record_marks(journal_id=workload.id, raw_marks=[cell], by=teacher, now=lesson.ends_at)
            assert saved.status == 200
        close_module(course=course, module=module, by=teacher, now=lesson.ends_at)
    return list(ModuleTotal.objects.filter(student=student).order_by("edition__sheet__module__number"))


def sums(totals: list[ModuleTotal]) -> tuple[Decimal, Decimal]:
    return (
        sum((total.attendance or Decimal(0) for total in totals), Decimal(0)),
        sum((total.achievement or Decimal(0) for total in totals), Decimal(0)),
    )


def test_3_5e_exam_discipline_gives_at_most_8_and_10() -> None:
    assert sums(always_there(ControlForm.EXAM)) == (8, 10)


def test_3_5f_credit_test_discipline_gives_at_most_16_and_20() -> None:
    assert sums(always_there(ControlForm.CREDIT)) == (16, 20)


def test_4_3_teacher_does_not_change_the_journal_after_the_total_is_set(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lead closes on the page; from then on his own entry is refused, and the cell says who, when, and the way."""
    workload = make.make_workload()
    course, teacher = workload.course, workload.teachers.get().teacher
    course.lead = teacher
    course.save(update_fields=["lead"])
    student = make.make_student(group=course.group)
    make.enrol(student, course)
    lesson = make.make_lesson(workload)
    monkeypatch.setattr(clock, "now", lambda: lesson.ends_at)
    client.force_login(teacher.user)
    url = f"/journals/{workload.id}/marks/"

    def save(value: str, version: int) -> tuple[int, dict[str, str]]:
        cell = {"lesson": lesson.id, "student": student.id, "version": version, "value": value}
        answer = client.post(url, {"nonce": str(uuid4()), "marks": [cell]}, content_type="application/json")
        return answer.status_code, answer.json()["marks"][0]

    assert save("4", 0)[0] == 200
    assert client.post(f"/courses/{course.id}/modules/1/", {"act": "close"}).status_code == 302
    status, refused = save("5", 1)
    assert (status, refused["code"], refused["closed_by"]) == (423, "module_closed", teacher.user.get_full_name())
    assert refused["ask"].startswith(f"/journals/{workload.id}/reopen/")
    assert (Mark.objects.get().grade, ModuleTotal.objects.get().achievement) == (4, Decimal(4))
