"""Rating schemes and scales to be looked up; they are made on their own pages, and never change. Marks have no page
here."""

from django.contrib import admin

from ejournal.lib.admin import JournalInline, ReadOnlyAdmin
from journal.models import RatingComponent, RatingScheme, Scale, ScaleStep, SchemeChoice


class RatingComponentInline(JournalInline):
    model = RatingComponent
    can_add = can_change = can_delete = False


@admin.register(RatingScheme)
class RatingSchemeAdmin(ReadOnlyAdmin):
    list_display = ["code", "name_ky", "control_form", "modules", "cap_scope", "rounding", "withdrawn_at"]
    list_filter = ["control_form"]
    search_fields = ["code", "name_ky", "name_ru", "name_en"]
    ordering = ["control_form", "id"]
    inlines = [RatingComponentInline]


@admin.register(SchemeChoice)
class SchemeChoiceAdmin(ReadOnlyAdmin):
    list_display = ["control_form", "valid_from", "scheme", "by", "at"]
    list_filter = ["control_form"]
    list_select_related = ["scheme", "by"]
    ordering = ["control_form", "-valid_from"]


class ScaleStepInline(JournalInline):
    model = ScaleStep
    can_add = can_change = can_delete = False


@admin.register(Scale)
class ScaleAdmin(ReadOnlyAdmin):
    list_display = ["code", "name_ky"]
    search_fields = ["code", "name_ky"]
    ordering = ["id"]
    inlines = [ScaleStepInline]
