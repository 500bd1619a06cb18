"""Auditoriums with their codes and screens, for those who keep them."""

from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from attendance.models import Display, RoomCode
from university.models import Room


def rooms_with_codes(*, building: str = "", number: str = "") -> QuerySet[Room]:
    """Auditoriums, each with `issued_at` of its living code (or None) and `screens`, the living displays."""
    living = RoomCode.objects.filter(room=OuterRef("pk"), ended_at__isnull=True)
    rooms = Room.objects.annotate(
        issued_at=Subquery(living.values("issued_at")[:1]),
        screens=Count("displays", filter=Q(displays__ended_at__isnull=True) & ~Q(displays__token_hash="")),
    )
    if building:
        rooms = rooms.filter(building=building)
    if number:
        rooms = rooms.filter(Q(number__icontains=number) | Q(code__icontains=number))
    return rooms.order_by("building", "number", "id")


def buildings() -> list[str]:
    return list(Room.objects.exclude(building="").order_by("building").values_list("building", flat=True).distinct())


def living_codes(*, building: str = "", room: Room | None = None) -> list[RoomCode]:
    """Codes to print, in the order of the doors."""
    codes = RoomCode.objects.filter(ended_at__isnull=True).select_related("room")
    codes = codes.filter(room=room) if room is not None else codes.filter(room__building=building)
    return list(codes.order_by("room__number", "id"))


def living_codes_count(building: str) -> int:
    return RoomCode.objects.filter(ended_at__isnull=True, room__building=building).count()


def living_displays(*, now: datetime) -> QuerySet[Display]:
    """Screens that show a code, and those that are awaited."""
    return (
        Display.objects.filter(ended_at__isnull=True)
        .filter(~Q(token_hash="") | Q(code_expires_at__gt=now))
        .select_related("room", "paired_by")
        .order_by("room__building", "room__number", "id")
    )
