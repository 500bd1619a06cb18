"""Addresses of plans, timetable, changes, substitutions, lists and hours."""

from django.urls import path

from teaching.views import calendars, clashes, timetable

urlpatterns = [
    path("timetable/", timetable.own, name="timetable"),
    path("timetable/find/", timetable.search, name="timetable_find"),
    path("timetable/clashes/", clashes.clashes, name="timetable_clashes"),
    path("timetable/calendars/", calendars.calendars, name="calendars"),
    path("timetable/calendars/<int:key_id>/revoke/", calendars.calendar_revoke, name="calendar_revoke"),
    path("timetable/teachers/<int:teacher_id>/", timetable.of_teacher, name="timetable_teacher"),
    path("timetable/teachers/<int:teacher_id>/week.pdf", timetable.teacher_paper, name="timetable_teacher_paper"),
    path("timetable/teachers/<int:teacher_id>/semester/", timetable.teacher_scheme, name="timetable_teacher_scheme"),
    path(
        "timetable/teachers/<int:teacher_id>/semester.pdf",
        timetable.teacher_scheme_paper,
        name="timetable_teacher_scheme_paper",
    ),
    path("timetable/students/<int:student_id>/", timetable.of_student, name="timetable_student"),
    path("timetable/students/<int:student_id>/week.pdf", timetable.student_paper, name="timetable_student_paper"),
    path("timetable/groups/<int:group_id>/", timetable.of_group, name="timetable_group"),
    path("timetable/groups/<int:group_id>/week.pdf", timetable.group_paper, name="timetable_group_paper"),
    path("timetable/groups/<int:group_id>/semester/", timetable.group_scheme, name="timetable_group_scheme"),
    path(
        "timetable/groups/<int:group_id>/semester.pdf",
        timetable.group_scheme_paper,
        name="timetable_group_scheme_paper",
    ),
    path("timetable/rooms/<int:room_id>/", timetable.of_room, name="timetable_room"),
    path("timetable/rooms/<int:room_id>/week.pdf", timetable.room_paper, name="timetable_room_paper"),
    path("timetable/buildings/<str:building>/", timetable.of_building, name="timetable_building"),
    path("calendar/<str:secret>.ics", calendars.calendar_feed, name="calendar_feed"),
]
