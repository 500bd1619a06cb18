"""Two answers at once, and two taps at once: one of each stands."""

from collections.abc import Callable
from typing import Any

import pytest

from ejournal.lib.errors import Refusal
from journal.enums import AppealState
from journal.models import Appeal, ChangeEvent, Mark
from journal.services.appeals import refuse_appeal
from tests.journal.test_appeals_services import NEXT, Stage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

AtOnce = Callable[..., list[Any]]


def codes(results: list[Any]) -> list[str]:
    """Of each, the code of its refusal, or what it was without one."""
    return sorted(result.code if isinstance(result, Refusal) else type(result).__name__ for result in results)


@pytest.mark.parametrize("_again", range(5))
def test_yes_and_no_at_once_leave_one_answer(at_once: AtOnce, _again: int) -> None:
    stage = Stage()
    made = stage.appeal()
    results = at_once(
        lambda: stage.grant(made),
        lambda: refuse_appeal(appeal_id=made.pk, answer="Жок", by=stage.teacher, now=NEXT),
        lambda: stage.grant(made, grade=5),
    )
    assert codes(results) == ["Appeal", "appeal_answered", "appeal_answered"]
    made.refresh_from_db()
    # The mark went with the answer that stands: changed once by a yes, never by a no.
    changed = 2 if made.state == AppealState.GRANTED else 1
    assert Mark.objects.get(student=stage.student).version == changed
    assert ChangeEvent.objects.filter(entity="journal_appeal", entity_id=made.pk).count() == 1


@pytest.mark.parametrize("_again", range(3))
def test_two_taps_make_one_appeal(at_once: AtOnce, _again: int) -> None:
    stage = Stage()
    results = at_once(stage.appeal, stage.appeal)
    assert codes(results) == ["Appeal", "appealed_already"]
    assert Appeal.objects.count() == 1


def test_answer_and_a_save_in_the_grid_leave_one_of_them(at_once: AtOnce) -> None:
    stage = Stage()
    made = stage.appeal()
    granted, saved = at_once(lambda: stage.grant(made, grade=5), lambda: stage.put("2", version=1, at=NEXT))
    mark = Mark.objects.get(student=stage.student)
    assert mark.version == 2
    if isinstance(granted, Refusal):
        assert (granted.code, saved["status"], mark.grade) == ("stale", 200, 2)
    else:
        assert (saved["code"], mark.grade) == ("stale", 5)
