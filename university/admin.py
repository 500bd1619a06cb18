"""The university's own tables and its dated settings, for the administrator (§3.3, §4.1c)."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ejournal.lib.admin import FriendlyForm, JournalAdmin, JournalInline
from university.models import (
    AcademicYear,
    Bell,
    Department,
    Discipline,
    Group,
    GroupName,
    Holiday,
    Institution,
    Module,
    Policy,
    Programme,
    Room,
    Semester,
    Subgroup,
    Unit,
)
from university.rules import SETTINGS


@admin.register(Institution)
class InstitutionAdmin(JournalAdmin):
    can_add = can_delete = False
    list_display = ["name_ky", "name_ru", "name_en"]


@admin.register(Unit)
class UnitAdmin(JournalAdmin):
    list_display = ["name", "code", "kind"]
    list_filter = ["kind"]
    search_fields = ["name", "code"]


@admin.register(Department)
class DepartmentAdmin(JournalAdmin):
    list_display = ["name", "code", "kind", "unit"]
    list_filter = ["kind", "unit"]
    list_select_related = ["unit"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["unit"]


@admin.register(Programme)
class ProgrammeAdmin(JournalAdmin):
    list_display = ["name", "code", "unit"]
    list_filter = ["unit"]
    list_select_related = ["unit"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["unit"]


@admin.register(Discipline)
class DisciplineAdmin(JournalAdmin):
    list_display = ["name"]
    search_fields = ["name"]


class GroupNameInline(JournalInline):
    model = GroupName


class SubgroupInline(JournalInline):
    model = Subgroup


@admin.register(Group)
class GroupAdmin(JournalAdmin):
    list_display = ["name", "intake", "programme", "unit"]
    list_filter = ["unit", "intake"]
    list_select_related = ["programme", "unit"]
    search_fields = ["name", "programme__name", "programme__code"]
    autocomplete_fields = ["programme", "unit"]
    inlines = [GroupNameInline, SubgroupInline]


@admin.register(Room)
class RoomAdmin(JournalAdmin):
    list_display = ["code", "building", "number", "seats"]
    list_filter = ["building"]
    search_fields = ["code", "number"]


@admin.register(AcademicYear)
class AcademicYearAdmin(JournalAdmin):
    list_display = ["name", "starts"]


class ModuleInline(JournalInline):
    model = Module


@admin.register(Semester)
class SemesterAdmin(JournalAdmin):
    list_display = ["year", "number", "starts_on", "ends_on", "session_ends_on"]
    list_select_related = ["year"]
    inlines = [ModuleInline]


@admin.register(Module)
class ModuleAdmin(JournalAdmin):
    list_display = ["semester", "number", "starts_on", "ends_on"]
    list_select_related = ["semester__year"]
    list_filter = ["semester"]


@admin.register(Bell)
class BellAdmin(JournalAdmin):
    list_display = ["number", "starts", "ends"]


@admin.register(Holiday)
class HolidayAdmin(JournalAdmin):
    list_display = ["day", "name"]
    search_fields = ["name"]


class ValueField(forms.JSONField):
    """A value in JSON; an empty field is empty, not "null"."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class PolicyForm(FriendlyForm):
    """A setting is chosen, not typed; its value is judged by `university.rules`."""

    key = forms.ChoiceField(
        label=gettext_lazy("Setting"),
        choices=[(key, f"{setting.meaning} — {key}") for key, setting in SETTINGS.items()],
    )

    value = ValueField(
        label=gettext_lazy("Value"),
        widget=forms.Textarea(attrs={"rows": 2, "cols": 60}),
        help_text=gettext_lazy("A number such as 7, or a list such as [0, 2, 3, 4, 5]"),
    )

    class Meta:
        model = Policy
        fields = ["key", "value", "unit", "valid_from", "order_number"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        setting = SETTINGS.get(cleaned.get("key", ""))
        if setting is not None and "value" in cleaned and not setting.accepts(cleaned["value"]):
            self.add_error(
                "value",
                _("This is no value for the setting “%(meaning)s”. Its default, as an example: %(default)s")
                % {"meaning": setting.meaning, "default": setting.default},
            )
        return cleaned


@admin.register(Policy)
class PolicyAdmin(JournalAdmin):
    form = PolicyForm
    list_display = ["key", "value", "unit", "valid_from", "order_number"]
    list_filter = ["key"]
    list_select_related = ["unit"]
    autocomplete_fields = ["unit"]
