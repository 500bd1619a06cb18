"""Courses and workload to be looked up; they come by the load (§3.3). Lessons and marks have no page here."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy, ngettext

from ejournal.lib import clock
from ejournal.lib.admin import JournalInline, ReadOnlyAdmin
from teaching.models import CalendarKey, Course, Workload, WorkloadTeacher
from teaching.services.calendars import revoke_calendar


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


@admin.register(CalendarKey)
class CalendarKeyAdmin(ReadOnlyAdmin):
    """Whose keys there are, and revoking them for their owners; the secrets are the owners' alone."""

    list_display = ["owner", "what", "group", "room", "made_at", "last_used_at", "revoked_at"]
    list_filter = ["what", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["owner", "group", "room"]
    search_fields = ["owner__last_name", "owner__username", "group__name", "room__code"]
    ordering = ["-made_at", "-id"]
    exclude = ["secret"]
    actions = ["revoke"]

    @admin.action(description=gettext_lazy("Revoke the keys: their addresses open nothing any more"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[CalendarKey]) -> None:
        keys = list(queryset.filter(revoked_at__isnull=True))
        for key in keys:
            revoke_calendar(key, now=clock.now())
        messages.success(
            request,
            ngettext("%(count)s key is revoked.", "%(count)s keys are revoked.", len(keys)) % {"count": len(keys)},
        )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
