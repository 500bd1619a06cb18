"""Which codes prove presence at lessons, as pages show it. A scan reads the same settings in its own statement
(`selectors.scans`); the rule is one (`rules.proof`)."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from attendance.enums import QrMode
from attendance.models import QrSetting
from attendance.rules.proof import way_of_proof
from teaching.models import LessonWorkload
from university.selectors import policy_by_unit


def modes_of(lesson_ids: Iterable[int], *, on: date) -> dict[int, QrMode]:
    """Which codes prove presence at lessons: the lesson's own setting, the room's, the unit's, the university's.

    Of a stream of several units the strictest is taken. Three queries.
    """
    ids = list(lesson_ids)
    usual, of_units = policy_by_unit("qr_mode", on=on)
    places = list(
        LessonWorkload.objects.filter(lesson__in=ids).values_list(
            "lesson_id", "lesson__room_id", "workload__course__group__unit_id"
        )
    )
    rooms = {room_id for _, room_id, _ in places if room_id is not None}
    own: dict[tuple[str, int], str] = {}
    for room_id, lesson_id, mode in QrSetting.objects.filter(Q(lesson__in=ids) | Q(room__in=rooms)).values_list(
        "room_id", "lesson_id", "mode"
    ):
        if room_id is not None:
            own["room", room_id] = mode
        if lesson_id is not None:
            own["lesson", lesson_id] = mode
    units: dict[int, set[int]] = {}
    for lesson_id, _room, unit_id in places:
        units.setdefault(lesson_id, set()).add(unit_id)
    return {
        lesson_id: way_of_proof(
            lesson=own.get(("lesson", lesson_id)),
            room=None if room_id is None else own.get(("room", room_id)),
            units=(of_units.get(unit_id, usual) for unit_id in units[lesson_id]),
        )
        for lesson_id, room_id, _unit in places
    }
