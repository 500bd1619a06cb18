"""§3.5a, §4.2, §4.3 of presence by the auditorium's code."""

from datetime import timedelta

import pytest

from attendance.enums import ScanMethod, ScanProof
from attendance.models import Scan
from attendance.rules.scans import Place
from attendance.selectors.codes import find_code, link_of
from attendance.services.claims import make_claim
from attendance.services.rooms import issue_code
from attendance.services.scans import record_scan
from ejournal.lib import clock
from journal.models import Mark
from journal.services import close_module
from tests import factories as make
from tests.attendance.test_rolls import NOW, START, World, browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return World()


def test_4_2_students_scan_the_code_of_the_auditorium_at_the_start_of_the_lesson(world: World) -> None:
    row = issue_code(room=world.room, by=None, now=START)
    at = START + timedelta(minutes=2)
    public, _, step = link_of(find_code(row.public, on=world.lesson.date), now=at)[3:].partition(".")  # type: ignore[arg-type]
    code = find_code(public, on=world.lesson.date)
    assert code is not None
    for student, shown in ((world.present, step), (world.unproven, "")):
        claim = make_claim(
            public=public,
            place=Place(room_id=code.room_id),
            proof=code.proof_of(shown, now=at) or ScanProof.ROOM,
            method=ScanMethod.CAMERA,
            device=f"{student.pk}",
            now=at,
        )
        assert record_scan(by=student.user, claim=claim, now=at, on_campus=None).status == 200
    assert dict(Scan.objects.values_list("student", "proof")) == {
        world.present.pk: "now",
        world.unproven.pk: "room",
    }
    # What the printed code alone says is shown, and never proposed.
    shown = {key: line.shown[0] for key, line in world.lines().items()}
    assert (shown[world.present.pk], shown[world.unproven.pk]) == ("present", "")


def test_3_5a_attendance_is_filled_by_the_teacher_in_one_tap(world: World) -> None:
    world.scan_all()
    browser(world.teacher).post(world.url, world.form(**{f"p{world.unproven.pk}": "present"}))
    assert Mark.objects.filter(lesson=world.lesson, presence__isnull=False, by=world.teacher).count() == 5


def test_4_3_a_closed_module_takes_no_roll_and_says_so(world: World) -> None:
    world.scan_all()
    form = world.form()
    module = world.course.semester.modules.get(number=1)
    close_module(course=world.course, module=module, by=world.teacher, now=NOW)
    answer = browser(world.teacher).post(world.url, form)
    assert Mark.objects.count() == 0
    assert answer.status_code == 423
    assert world.lines()[world.present.pk].proposal is None


def test_4_3_a_teacher_sees_scans_of_the_groups_that_he_teaches_alone(world: World) -> None:
    world.scan_all()
    assert browser(make.make_teacher().user).get(world.url).status_code == 404
