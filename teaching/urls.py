"""Addresses of plans, timetable, changes, substitutions, lists and hours."""

from django.urls import URLPattern, path

from teaching.views import calendars, clashes, plan_edit, plans, programmes, timetable

urlpatterns: list[URLPattern] = [
    path("plans/", plans.plans, name="plans"),
    path("plans/decide/", plans.plans_decide, name="plans_decide"),
    path("plans/new/<int:workload_id>/", plans.plan_new, name="plan_new"),
    path("plans/<int:plan_id>/", plans.plan, name="plan"),
    path("plans/<int:plan_id>/submit/", plans.plan_submit, name="plan_submit"),
    path("plans/<int:plan_id>/decide/", plans.plan_decide, name="plan_decide"),
    path("plans/<int:plan_id>/journals/", plans.plan_journals, name="plan_journals"),
    path("plans/<int:plan_id>/edit/", plan_edit.plan_edit, name="plan_edit"),
    path("plans/<int:plan_id>/import/", plan_edit.plan_import, name="plan_import"),
    path("plans/<int:plan_id>/copy/", plan_edit.plan_copy, name="plan_copy"),
    path("plans/<int:plan_id>/plan.xlsx", plan_edit.plan_export, name="plan_export"),
    path("programmes/new/<int:workload_id>/", programmes.programme_new, name="programme_new"),
    path("programmes/<int:programme_id>/", programmes.programme, name="programme"),
    path("programmes/<int:programme_id>/edit/", programmes.programme_edit, name="programme_edit"),
    path("programmes/<int:programme_id>/decide/", programmes.programme_decide, name="programme_decide"),
    path("programmes/<int:programme_id>/file/", programmes.programme_file, name="programme_file"),
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
