"""Long work as the administrator sees it: state and error, nothing to change."""

from django.contrib import admin

from ejournal.jobs.models import Job
from ejournal.lib.admin import ReadOnlyAdmin


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["id", "kind", "state", "progress", "asked_by", "asked_at", "finished_at", "attempts"]
    list_filter = ["state", "kind"]
    list_select_related = ["asked_by"]
    search_fields = ["key"]
    ordering = ["-id"]
    fields = [
        "kind",
        "key",
        "state",
        "progress",
        "stage",
        "error",
        "asked_by",
        "asked_at",
        "started_at",
        "alive_at",
        "finished_at",
        "attempts",
        "request_id",
    ]
