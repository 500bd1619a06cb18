"""Which codes prove presence at lessons, as pages show it. What a scan is worth is judged in `selectors.scans`."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from attendance.enums import QrMode
from attendance.models import QrSetting
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
    strictness = [QrMode.ROOM, QrMode.ROOM_ROTATING, QrMode.ROTATING]
    found: dict[int, QrMode] = {}
    for lesson_id, room_id, unit_id in places:
        of_room = None if room_id is None else own.get(("room", room_id))
        mode = QrMode(own.get(("lesson", lesson_id)) or of_room or of_units.get(unit_id, usual))
        found[lesson_id] = max(found.get(lesson_id, mode), mode, key=strictness.index)
    return found
