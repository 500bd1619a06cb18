"""Courses and workload to be looked up; they come by the load (§3.3). Lessons and marks have no page here."""

from django.contrib import admin

from ejournal.lib.admin import JournalInline, ReadOnlyAdmin
from teaching.models import Course, Workload, WorkloadTeacher


@admin.register(Course)
class CourseAdmin(ReadOnlyAdmin):
    list_display = ["discipline", "group", "semester", "department", "control_form", "credits", "lead"]
    list_filter = ["semester", "control_form"]
    list_select_related = ["discipline", "group", "semester__year", "department", "lead__user"]
    search_fields = ["discipline__name", "group__name"]
    ordering = ["discipline__sort_key", "group__sort_key", "id"]


class WorkloadTeacherInline(JournalInline):
    model = WorkloadTeacher
    can_add = can_change = can_delete = False


@admin.register(Workload)
class WorkloadAdmin(ReadOnlyAdmin):
    list_display = ["number", "course", "kind", "subgroup", "hours", "department", "stream"]
    list_filter = ["kind", "course__semester"]
    list_select_related = [
        "course__discipline",
        "course__group",
        "subgroup__group",
        "department",
    ]
    search_fields = ["number", "course__discipline__name", "course__group__name", "teachers__teacher__user__last_name"]
    ordering = ["number"]
    inlines = [WorkloadTeacherInline]
