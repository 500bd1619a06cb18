"""Addresses of plans, timetable, changes, substitutions, lists and hours."""

from django.urls import URLPattern, path

from teaching.views import changes

urlpatterns: list[URLPattern] = [
    path("changes/", changes.changes, name="changes"),
    path("changes/new/<int:lesson_id>/<slug:kind>/", changes.change_lesson, name="change_lesson"),
    path("changes/lines/<int:workload_id>/", changes.change_lines, name="change_lines"),
    path("changes/<int:change_id>/withdraw/", changes.change_withdraw, name="change_withdraw"),
    path("changes/requests/", changes.change_requests, name="change_requests"),
    path("changes/requests/<int:request_id>/", changes.change_request, name="change_request"),
    path(
        "changes/requests/<int:request_id>/withdraw/", changes.change_request_withdraw, name="change_request_withdraw"
    ),
    path("changes/holidays/", changes.holidays, name="holidays"),
    path("changes/holidays/<int:holiday_id>/withdraw/", changes.holiday_withdraw, name="holiday_withdraw"),
    path("changes/rooms/", changes.rooms, name="free_rooms"),
    path("lessons/<int:lesson_id>/request/", changes.lesson_request, name="lesson_request"),
]
