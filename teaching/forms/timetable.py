"""Forms of the timetable: the search, and the filter of clashes."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from teaching.enums import ClashKind, TimetableOf

CLASH_LABELS = {
    ClashKind.TEACHER: gettext_lazy("teacher"),
    ClashKind.GROUP: gettext_lazy("group"),
    ClashKind.ROOM: gettext_lazy("auditorium"),
}


class TimetableSearch(forms.Form):
    """What is looked for, and a part of its name. A kind that is none is the first one."""

    q = forms.CharField(
        label=gettext_lazy("Name, or a part of it"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    of = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any], *, kinds: Sequence[TimetableOf]) -> None:
        self.what = next((kind for kind in kinds if kind == data.get("of")), kinds[0])
        super().__init__({"q": str(data.get("q", "")).replace("\x00", ""), "of": self.what.value})
        self.is_valid()

    @property
    def search(self) -> str:
        return str(self.cleaned_data.get("q", "")).strip()


class ClashFilter(forms.Form):
    """Clashes of one kind; another word shows all."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What clashes"),
        required=False,
        choices=[("", gettext_lazy("everything")), *((kind.value, label) for kind, label in CLASH_LABELS.items())],
    )

    def __init__(self, data: Mapping[str, Any]) -> None:
        wanted = data.get("kind", "")
        super().__init__({"kind": wanted if wanted in set(ClashKind) else ""})
        self.is_valid()

    @property
    def chosen(self) -> str:
        return str(self.cleaned_data.get("kind", ""))
