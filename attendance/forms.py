"""What is chosen and typed on the pages of attendance."""

from collections.abc import Iterable

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from attendance.models import MODE_LABELS
from attendance.selectors.today import Line
from university.models import Room, Unit

# More of one kind than a reader scrolls through: the unit is chosen first, which leaves fewer.
MANY = 300


class TodayFilter(forms.Form):
    """Choices are those of the reader's own lines: nothing of another scope can be asked for or learnt."""

    day = forms.DateField(required=False, widget=forms.HiddenInput)
    unit = forms.TypedChoiceField(label=_("Unit"), required=False, coerce=int, empty_value=None)
    department = forms.TypedChoiceField(label=_("Department"), required=False, coerce=int, empty_value=None)
    group = forms.TypedChoiceField(label=_("Group"), required=False, coerce=int, empty_value=None)
    unfilled = forms.BooleanField(label=_("Only not filled"), required=False)

    def __init__(self, chosen: QueryDict, *, lines: Iterable[Line]) -> None:
        super().__init__(chosen)
        units: dict[int, str] = {}
        departments: dict[int, str] = {}
        groups: dict[int, str] = {}
        unit = chosen.get("unit", "")
        for line in lines:
            units[line.unit_id] = line.unit
            if unit not in ("", str(line.unit_id)):
                continue
            departments[line.department_id] = line.department
            groups[line.group_id] = line.group
        for name, found in (("unit", units), ("department", departments), ("group", groups)):
            if len(found) < 2 or (len(found) > MANY and not self.data.get(name)):
                del self.fields[name]
                continue
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices = [("", _("all")), *found.items()]

    def keeps(self, line: Line) -> bool:
        """Whether a line is of what was chosen; a choice that is no choice keeps nothing out and has its error."""
        return all(
            self.cleaned_data.get(name) in (None, value)
            for name, value in (
                ("unit", line.unit_id),
                ("department", line.department_id),
                ("group", line.group_id),
            )
        )

    @property
    def is_narrowed(self) -> bool:
        return any(value for name, value in self.cleaned_data.items() if name != "day")


class RoomFilter(forms.Form):
    """Which auditoriums are listed."""

    building = forms.ChoiceField(label=_("Building"), required=False)
    q = forms.CharField(label=_("Number"), required=False, max_length=60)

    def __init__(self, chosen: QueryDict, *, buildings: Iterable[str]) -> None:
        super().__init__(chosen)
        field = self.fields["building"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("all")), *((name, name) for name in buildings)]


class RoomModeForm(forms.Form):
    """The way of proof in one auditorium."""

    mode = forms.ChoiceField(
        label=_("Proof of presence"),
        required=False,
        choices=[
            ("", _("as the university's setting has it")),
            *((m.value, label) for m, label in MODE_LABELS.items()),
        ],
    )


class PairingForm(forms.Form):
    """A screen, by the code that it shows, and the auditorium in which it hangs."""

    code = forms.CharField(
        label=_("Code on the screen"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    room = forms.ModelChoiceField(label=_("Auditorium"), queryset=Room.objects.all())
    name = forms.CharField(label=_("Name of the screen"), required=False, max_length=80)


class LessonModeForm(forms.Form):
    """The way of proof at one lesson."""

    mode = forms.ChoiceField(
        label=_("Proof of presence at this lesson"),
        required=False,
        choices=[("", _("as the auditorium has it")), *((m.value, label) for m, label in MODE_LABELS.items())],
    )


class UnitModeForm(forms.Form):
    """The way of proof in a unit, or in the whole university where that is offered (the empty choice)."""

    unit = forms.TypedChoiceField(label=_("Unit"), coerce=int, empty_value=None)
    mode = forms.ChoiceField(
        label=_("Proof of presence"), choices=[(m.value, label) for m, label in MODE_LABELS.items()]
    )

    def __init__(self, sent: QueryDict | None = None, *, units: Iterable[Unit], with_university: bool) -> None:
        super().__init__(sent)
        field = self.fields["unit"]
        assert isinstance(field, forms.TypedChoiceField)
        own = [(str(unit.pk), unit.name) for unit in units]
        field.choices = [("", _("the whole university")), *own] if with_university else own
        field.required = not with_university


class TypedForm(forms.Form):
    """Six characters of a screen, as a person types them."""

    typed = forms.CharField(
        label=_("Code from the screen"),
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "autocorrect": "off",
                "spellcheck": "false",
                "class": "scan-typed",
            }
        ),
    )
