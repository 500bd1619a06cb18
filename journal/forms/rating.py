"""What the forms of points and rating schemes send."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ejournal.lib.numbers import plain_number
from journal.enums import AbsencePolicy, CapScope, ComponentSource, ExcusedPolicy, LatePolicy, Rounding
from journal.models import (
    ABSENCE_LABELS,
    CAP_SCOPE_LABELS,
    COMPONENT_LABELS,
    EXCUSED_LABELS,
    LATE_LABELS,
    ROUNDING_LABELS,
    RatingScheme,
    Scale,
)
from journal.rules import points_text
from journal.selectors.rating_pages import TypingRow
from journal.services.rating_points import TypedPoint
from journal.services.rating_schemes import TypedComponent, TypedScheme
from university.models import AcademicYear


def read_points_column(sent: QueryDict, rows: Iterable[TypingRow]) -> list[TypedPoint]:
    """What changed in a column. `v<student>` is the version and the points that were shown: who left a field alone
    says nothing about it."""
    typed = []
    for row in rows:
        version, _colon, shown = sent.get(f"v{row.student_id}", "").partition(":")
        if not (version.isascii() and version.isdecimal() and len(version) < 9):
            continue
        text = plain_number(sent.get(f"p{row.student_id}", ""))
        if text != shown:
            typed.append(TypedPoint(row.student_id, text, int(version)))
    return typed


class SchemeForm(forms.Form):
    """What a scheme says beside its components."""

    name_ky = forms.CharField(label=gettext_lazy("Name in Kyrgyz"), max_length=120)
    name_ru = forms.CharField(label=gettext_lazy("Name in Russian"), max_length=120, required=False)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=120, required=False)
    modules = forms.IntegerField(label=gettext_lazy("Number of modules"), min_value=1, max_value=4)
    cap_scope = forms.ChoiceField(
        label=gettext_lazy("The maxima of §3.5e–f hold"), choices=[(c.value, CAP_SCOPE_LABELS[c]) for c in CapScope]
    )
    rounding = forms.ChoiceField(
        label=gettext_lazy("Rounding of the total"), choices=[(r.value, ROUNDING_LABELS[r]) for r in Rounding]
    )
    excused = forms.ChoiceField(
        label=gettext_lazy("Excused absences"), choices=[(p.value, EXCUSED_LABELS[p]) for p in ExcusedPolicy]
    )
    absence_in_mean = forms.ChoiceField(
        label=gettext_lazy("Absences that are neither excused nor made up"),
        choices=[(p.value, ABSENCE_LABELS[p]) for p in AbsencePolicy],
    )
    late = forms.ChoiceField(
        label=gettext_lazy("Late arrivals"), choices=[(p.value, LATE_LABELS[p]) for p in LatePolicy]
    )
    scale = forms.ModelChoiceField(label=gettext_lazy("Scale"), queryset=Scale.objects.order_by("id"), empty_label=None)


class ComponentForm(forms.Form):
    """One component; a row without a maximum is none."""

    source = forms.ChoiceField(
        label=gettext_lazy("Source of the points"), choices=[(s.value, COMPONENT_LABELS[s]) for s in ComponentSource]
    )
    maximum = forms.DecimalField(
        label=gettext_lazy("Maximum"), max_digits=5, decimal_places=2, min_value=0, required=False
    )
    module = forms.IntegerField(label=gettext_lazy("Module"), min_value=1, max_value=4, required=False)
    name_ky = forms.CharField(label=gettext_lazy("Name in Kyrgyz"), max_length=120, required=False)
    name_ru = forms.CharField(label=gettext_lazy("Name in Russian"), max_length=120, required=False)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=120, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            css = "form-select" if name == "source" else "form-control"
            field.widget.attrs |= {"class": css, "aria-label": field.label}

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("maximum") and not said.get("name_ky", "").strip():
            self.add_error("name_ky", _("Give the component a name in Kyrgyz."))
        return said


ComponentFormSet = forms.formset_factory(ComponentForm, extra=3, max_num=20, validate_max=True, absolute_max=20)


def values_of_scheme(scheme: RatingScheme) -> dict[str, Any]:
    names = (
        *("name_ky", "name_ru", "name_en", "modules", "cap_scope"),
        *("rounding", "excused", "absence_in_mean", "late", "scale"),
    )
    return {name: getattr(scheme, name) for name in names}


def values_of_components(scheme: RatingScheme) -> list[dict[str, Any]]:
    names = ("source", "maximum", "module", "name_ky", "name_ru", "name_en")
    return [
        {name: getattr(component, name) for name in names} | {"maximum": points_text(component.maximum)}
        for component in scheme.components.all()
    ]


def typed_scheme(form: SchemeForm, components: Sequence[dict[str, Any]]) -> TypedScheme:
    """What two valid forms say."""
    said = form.cleaned_data
    return TypedScheme(
        names=_names(said),
        modules=said["modules"],
        cap_scope=CapScope(said["cap_scope"]),
        rounding=Rounding(said["rounding"]),
        excused=ExcusedPolicy(said["excused"]),
        absence_in_mean=AbsencePolicy(said["absence_in_mean"]),
        late=LatePolicy(said["late"]),
        scale=said["scale"],
        components=[
            TypedComponent(ComponentSource(one["source"]), one["maximum"], one["module"], _names(one))
            for one in components
            if one.get("maximum") is not None
        ],
    )


def _names(said: dict[str, Any]) -> tuple[str, str, str]:
    return said["name_ky"].strip(), said["name_ru"].strip(), said["name_en"].strip()


class ChoiceForm(forms.Form):
    """Which scheme holds from which academic year on."""

    scheme = forms.ModelChoiceField(
        label=gettext_lazy("Scheme"), queryset=RatingScheme.objects.filter(withdrawn_at__isnull=True), empty_label=None
    )
    year = forms.ModelChoiceField(
        label=gettext_lazy("From the academic year"), queryset=AcademicYear.objects.order_by("starts"), empty_label=None
    )
    reason = forms.CharField(label=gettext_lazy("Order or reason"), max_length=300, required=False)
