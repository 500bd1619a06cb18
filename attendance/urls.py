"""Addresses of attendance."""

from django.urls import path

from attendance.views import rolls, rooms, scans, screens, today, watch

urlpatterns = [
    path("r/<str:code>", scans.scan_link, name="scan_link"),
    path("attendance/today/", today.attendance_today, name="attendance_today"),
    path("attendance/flags/", watch.scan_flags, name="scan_flags"),
    path("attendance/excused/", watch.excused_scanned, name="excused_scanned"),
    path("lessons/<int:lesson_id>/roll/", rolls.lesson_roll, name="lesson_roll"),
    path("lessons/<int:lesson_id>/roll/now/", rolls.lesson_roll_now, name="lesson_roll_now"),
    path("journals/<int:journal_id>/scans/", watch.journal_scans, name="journal_scans"),
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/proof/", rooms.proof, name="proof"),
    path("lessons/<int:lesson_id>/proof/", rooms.lesson_proof, name="lesson_proof"),
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
