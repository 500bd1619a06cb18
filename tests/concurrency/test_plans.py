"""Two clicks on "make a plan", and two pages of one plan."""

import threading
from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from teaching.models import Plan, PlanWorkload, Workload
from teaching.rules import PlanLine
from teaching.services.plans import begin_plan, save_plan
from tests import factories as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

NOW = clock.moment_of(make.MONDAY, time(9, 0))
AtOnce = Callable[..., list[Any]]


@pytest.fixture
def journals(transactional_db: None) -> list[Workload]:
    """Two parallel journals of one teacher."""
    first = make.make_workload()
    teacher = first.teachers.get().teacher
    second = make.make_workload(course=make.make_course(department=first.department), teacher=teacher)
    return [first, second]


def outcome(deed: Callable[[], Any]) -> str:
    try:
        deed()
    except Refusal as refusal:
        return refusal.code
    return "done"


def test_naive_look_then_make_gives_a_journal_two_plans_or_an_error(journals: list[Workload], at_once: AtOnce) -> None:
    """Both look, both find none, both make one: the race is real, and the constraint alone answers with a 500."""
    looked = threading.Barrier(2, timeout=5)

    def naive() -> str:
        try:
            with transaction.atomic():
                if PlanWorkload.objects.filter(workload=journals[0]).exists():
                    return "has_plan"
                looked.wait()
                teacher = journals[0].teachers.get().teacher
                plan = Plan.objects.create(
                    department_id=journals[0].department_id,
                    semester_id=journals[0].course.semester_id,
                    discipline_id=journals[0].course.discipline_id,
                    kind=journals[0].kind,
                    author=teacher,
                    changed_by=teacher.user,
                    changed_at=NOW,
                )
                PlanWorkload.objects.create(plan=plan, workload=journals[0])
        except IntegrityError:
            return "error"
        return "done"

    assert sorted(at_once(naive, naive)) == ["done", "error"]


@pytest.mark.parametrize("turn", range(5))
def test_two_clicks_make_one_plan_whichever_journal_they_are_on(
    journals: list[Workload], at_once: AtOnce, turn: int
) -> None:
    user = journals[0].teachers.get().teacher.user
    answers = at_once(
        *[lambda one=one: outcome(lambda: begin_plan(workload=one, by=user, now=NOW)) for one in journals]
    )
    assert sorted(answers) == ["done", "has_plan"]
    assert Plan.objects.count() == 1


@pytest.mark.parametrize("turn", range(5))
def test_of_two_pages_one_saves_and_the_other_is_told(journals: list[Workload], at_once: AtOnce, turn: int) -> None:
    user = journals[0].teachers.get().teacher.user
    plan = begin_plan(workload=journals[0], by=user, now=NOW)

    def save(topic: str) -> str:
        lines = [PlanLine(None, None, f"{topic}{number}", 2, (), "", "") for number in range(10)]
        return outcome(lambda: save_plan(plan_id=plan.pk, lines=lines, version=plan.version, by=user, now=NOW))

    assert sorted(at_once(lambda: save("А"), lambda: save("Б"))) == ["done", "stale"]
    assert len({topic[0] for topic in plan.items.values_list("topic", flat=True)}) == 1
