"""Addresses of plans, timetable, changes, substitutions, lists and hours."""

from django.urls import URLPattern, path

from teaching.views import calendar, change_requests, changes

urlpatterns: list[URLPattern] = [
    path("changes/", changes.changes, name="changes"),
    path("changes/new/<int:lesson_id>/<slug:kind>/", changes.change_lesson, name="change_lesson"),
    path("changes/lines/<int:workload_id>/", changes.change_lines, name="change_lines"),
    path("changes/<int:change_id>/withdraw/", changes.change_withdraw, name="change_withdraw"),
    path("changes/requests/", change_requests.change_requests, name="change_requests"),
    path("changes/requests/<int:request_id>/", change_requests.change_request, name="change_request"),
    path(
        "changes/requests/<int:request_id>/withdraw/",
        change_requests.change_request_withdraw,
        name="change_request_withdraw",
    ),
    path("changes/holidays/", calendar.holidays, name="holidays"),
    path("changes/holidays/<int:holiday_id>/withdraw/", calendar.holiday_withdraw, name="holiday_withdraw"),
    path("changes/rooms/", calendar.rooms, name="free_rooms"),
    path("lessons/<int:lesson_id>/request/", change_requests.lesson_request, name="lesson_request"),
]
