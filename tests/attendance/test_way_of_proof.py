"""Which codes prove presence: one rule for pages and for scans, whoever asks (docs/attendance.md)."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest
from django.db import transaction

from attendance.enums import QrMode
from attendance.models import QrSetting, Scan
from attendance.rules.proof import STRICTNESS, way_of_proof
from attendance.rules.scans import Place
from attendance.selectors.proof import modes_of
from attendance.selectors.scans import facts_at
from tests import factories as make
from tests.attendance.test_scans_views import START, World, said
from university.models import Policy

MODES = [None, *QrMode]


@pytest.mark.parametrize("units", [units for count in (1, 2, 3) for units in product(QrMode, repeat=count)])
def test_the_nearest_holds_and_of_units_the_strictest(units: tuple[QrMode, ...]) -> None:
    of_units = way_of_proof(lesson=None, room=None, units=units)
    assert of_units in units
    assert all(STRICTNESS.index(of_units) >= STRICTNESS.index(mode) for mode in units)
    for lesson, room in product(MODES, MODES):
        assert way_of_proof(lesson=lesson, room=room, units=units) == (lesson or room or of_units)


@pytest.fixture
def stream(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """A lecture that a group of each of two institutes hears."""
    world = World(monkeypatch)
    other = make.make_course(group=make.make_group(make.make_unit("Экинчи институт")))
    lecture = make.make_workload(course=other, teacher=world.lesson.teacher, stream="агым")
    world.workload.stream = "агым"
    world.workload.save()
    # Whole or not at all: the lesson serves both.
    world.lesson.delete()
    world.lesson = make.make_lesson(world.workload, lecture, room=world.room)
    world.fellow = make.make_student("fellow", group=other.group)
    make.enrol(world.fellow, other)
    world.units = [world.course.group.unit, other.group.unit]
    return world


def settings() -> Iterator[tuple[QrMode | None, ...]]:
    """What stands for the lesson, the room, the two units and the university. Of the nearer ones a few suffice."""
    yield from product((None,), (None,), MODES, MODES, MODES)
    yield from product((None, QrMode.ROOM), (None, QrMode.ROTATING), (None, QrMode.ROTATING), (QrMode.ROOM,), (None,))


def test_pages_and_scans_of_both_institutes_say_the_same(stream: World) -> None:
    """All settings of a stream of two units: the teacher's page, and the own statement of a scan of each student."""
    said = set()
    for lesson, room, first, second, university in settings():
        with transaction.atomic():
            for unit, mode in zip([*stream.units, None], (first, second, university), strict=True):
                if mode is not None:
                    Policy.objects.create(key="qr_mode", value=mode, unit=unit, valid_from=make.MONDAY)
            for place, mode in (("lesson", lesson), ("room", room)):
                if mode is not None:
                    QrSetting.objects.create(mode=mode, set_at=START, **{place: getattr(stream, place)})
            shown = modes_of([stream.lesson.pk], on=make.MONDAY)[stream.lesson.pk]
            for student in (stream.student, stream.fellow):
                (meeting,) = facts_at(
                    user_id=student.user_id, place=Place(room_id=stream.room.pk), moment=START, now=START
                ).meetings
                assert meeting.mode == shown, (lesson, room, first, second, university)
            said.add(shown)
            transaction.set_rollback(True)
    assert said == set(QrMode)


def test_the_strictest_way_of_a_stream_holds_for_the_students_of_all(stream: World) -> None:
    lenient, strict = stream.units
    Policy.objects.create(key="qr_mode", value=QrMode.ROOM, unit=lenient, valid_from=make.MONDAY)
    assert said(stream.scan(0, link=stream.poster)) == (200, "counted")
    assert not Scan.objects.get().is_proven
    Policy.objects.create(key="qr_mode", value=QrMode.ROTATING, unit=strict, valid_from=make.MONDAY)
    fellow = stream.logged_in(stream.fellow.user)
    assert said(stream.scan(1, link=stream.poster, client=fellow)) == (422, "code_old")
    assert said(stream.scan(2, client=fellow)) == (200, "counted")


def test_a_setting_that_is_to_come_does_not_hold_yet(stream: World) -> None:
    tomorrow = make.MONDAY + timedelta(days=1)
    Policy.objects.create(key="qr_mode", value=QrMode.ROTATING, unit=stream.units[1], valid_from=tomorrow)
    assert said(stream.scan(0, link=stream.poster)) == (200, "counted")
