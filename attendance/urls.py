"""Addresses of attendance."""

from django.urls import path

from attendance.views import rooms, scans, screens, today

urlpatterns = [
    path("r/<str:code>", scans.scan_link, name="scan_link"),
    path("attendance/today/", today.attendance_today, name="attendance_today"),
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/posters.pdf", rooms.building_posters, name="building_posters"),
    path("rooms/<int:room_id>/", rooms.room, name="room"),
    path("rooms/<int:room_id>/poster.pdf", rooms.room_poster, name="room_poster"),
    path("rooms/displays/", rooms.displays, name="displays"),
    path("rooms/displays/<int:display_id>/end/", rooms.display_end, name="display_end"),
    path("scan/", scans.scan, name="scan"),
    path("display/", screens.display, name="display"),
    path("display/start/", screens.display_start, name="display_start"),
    path("display/code/", screens.display_code, name="display_code"),
    path("lessons/<int:lesson_id>/code/", screens.lesson_code, name="lesson_code"),
    path("lessons/<int:lesson_id>/code/now/", screens.lesson_code_now, name="lesson_code_now"),
]
