"""Forms of the changes of the timetable. What a change may be, its service judges."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from teaching.enums import ChangeKind, RequestKind, WeekParity
from teaching.models import CHANGE_LABELS, PARITY_LABELS, REQUEST_LABELS, Lesson, Slot
from teaching.selectors.changes import lesson_titles, weekday_words
from teaching.services.change_judging import Order, Place
from university.models import Bell, Room, Unit


def _day() -> Any:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _clock() -> Any:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class ReasonForm(forms.Form):
    """What every change has: its reason, and the lesson's version that the page had shown."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class OrderForm(ReasonForm):
    order_number = forms.CharField(label=_("Order number"), max_length=60)
    order_date = forms.DateField(label=_("Order date"), widget=_day())

    @property
    def order(self) -> Order:
        return Order(self.cleaned_data["order_number"], self.cleaned_data["order_date"])


class PlaceFields(forms.Form):
    """A day, a pair or times outside of the bells, and a room."""

    day = forms.DateField(label=_("Day"), widget=_day())
    pair = forms.TypedChoiceField(label=_("Pair"), required=False, coerce=int, empty_value=None)
    starts = forms.TimeField(label=_("or from"), required=False, widget=_clock())
    ends = forms.TimeField(label=_("until"), required=False, widget=_clock())
    room = forms.ModelChoiceField(label=_("Auditorium"), required=False, queryset=Room.objects.all())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_pairs(self.fields["pair"])

    @property
    def place(self) -> Place:
        room = self.cleaned_data["room"]
        return Place(
            self.cleaned_data["day"],
            self.cleaned_data["pair"],
            self.cleaned_data["starts"],
            self.cleaned_data["ends"],
            room.pk if room is not None else None,
        )


def offer_pairs(field: forms.Field) -> None:
    """Put the bells into a field of pairs."""
    assert isinstance(field, forms.TypedChoiceField)
    field.choices = [("", "—"), *((bell.number, str(bell)) for bell in Bell.objects.all())]


class MoveForm(PlaceFields, OrderForm):
    field_order = ["day", "pair", "starts", "ends", "room", "reason", "order_number", "order_date"]


class RoomForm(ReasonForm):
    room = forms.ModelChoiceField(label=_("Auditorium"), required=False, queryset=Room.objects.all())

    field_order = ["room", "reason"]


class LessonChoice(forms.ModelChoiceField):
    """A lesson by time, discipline, groups and room."""

    titles: dict[int, str]

    def label_from_instance(self, obj: Lesson) -> str:
        room = f", {obj.room.code}" if obj.room is not None else ""
        return f"{obj.date:%d.%m}, {obj.pair or ''} · {self.titles.get(obj.pk, '')}{room} · {obj.teacher}"


def offer_lessons(field: forms.Field, lessons: Any) -> None:
    """Put lessons into a field, with their titles by one query."""
    assert isinstance(field, LessonChoice)
    field.queryset = lessons.select_related("room", "teacher__user")
    field.titles = lesson_titles(list(lessons.order_by().values_list("pk", flat=True)))


class SwapRoomsForm(ReasonForm):
    other = LessonChoice(label=_("The other lesson"), queryset=Lesson.objects.none())

    field_order = ["other", "reason"]

    def __init__(self, *args: Any, lessons: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_lessons(self.fields["other"], lessons)


class RequestForm(forms.Form):
    """What a teacher asks for one of his lessons."""

    kind = forms.ChoiceField(
        label=_("What is asked"), choices=[(kind.value, REQUEST_LABELS[kind]) for kind in RequestKind]
    )
    day = forms.DateField(label=_("Wanted day"), required=False, widget=_day())
    pair = forms.TypedChoiceField(label=_("Wanted pair"), required=False, coerce=int, empty_value=None)
    room = forms.ModelChoiceField(label=_("Wanted auditorium"), required=False, queryset=Room.objects.all())
    other = LessonChoice(label=_("Colleague's lesson, for a swap"), required=False, queryset=Lesson.objects.none())
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, *args: Any, lessons: Any, kinds: list[RequestKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_pairs(self.fields["pair"])
        offer_lessons(self.fields["other"], lessons)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind.value, REQUEST_LABELS[kind]) for kind in kinds]
        if RequestKind.MOVE not in kinds:
            for name in ("day", "pair"):
                del self.fields[name]
        if RequestKind.ROOM not in kinds:
            del self.fields["room"]
        if RequestKind.SWAP not in kinds:
            del self.fields["other"]


class DecisionForm(forms.Form):
    """The study office's answer; the order where the change needs one."""

    answer = forms.CharField(label=_("Answer"), max_length=300, required=False)
    order_number = forms.CharField(label=_("Order number"), max_length=60, required=False)
    order_date = forms.DateField(label=_("Order date"), required=False, widget=_day())

    def __init__(self, *args: Any, needs_order: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_order:
            del self.fields["order_number"], self.fields["order_date"]

    @property
    def order(self) -> Order:
        return Order(self.cleaned_data.get("order_number", ""), self.cleaned_data.get("order_date"))


class SlotChoice(forms.ModelChoiceField):
    """A line of the timetable by weekday, pair, weeks and room."""

    def label_from_instance(self, obj: Slot) -> str:
        room = f", {obj.room.code}" if obj.room is not None else ""
        return f"{weekday_words(obj.weekday)}, {obj.pair}, {obj.get_parity_display()}{room}"


class LineForm(OrderForm):
    """A line of the timetable from a day on."""

    slot = SlotChoice(
        label=_("Line of the timetable"), required=False, queryset=Slot.objects.none(), empty_label=_("a new line")
    )
    ends_here = forms.BooleanField(label=_("The line ends, nothing takes its place"), required=False)
    from_day = forms.DateField(label=_("From"), widget=_day())
    weekday = forms.TypedChoiceField(label=_("Weekday"), coerce=int)
    pair = forms.TypedChoiceField(label=_("Pair"), required=False, coerce=int, empty_value=None)
    parity = forms.ChoiceField(label=_("Weeks"), choices=[(p.value, PARITY_LABELS[p]) for p in WeekParity])
    room = forms.ModelChoiceField(label=_("Auditorium"), required=False, queryset=Room.objects.all())

    field_order = [
        "slot",
        "ends_here",
        "from_day",
        "weekday",
        "pair",
        "parity",
        "room",
        "reason",
        "order_number",
        "order_date",
    ]

    def __init__(self, *args: Any, slots: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_pairs(self.fields["pair"])
        slot, weekday = self.fields["slot"], self.fields["weekday"]
        assert isinstance(slot, SlotChoice)
        assert isinstance(weekday, forms.TypedChoiceField)
        slot.queryset = slots
        weekday.choices = [(day, weekday_words(day)) for day in range(1, 8)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("ends_here") and cleaned.get("pair") is None and "pair" not in self.errors:
            self.add_error("pair", _("Choose the pair."))
        if cleaned.get("ends_here") and cleaned.get("slot") is None:
            self.add_error("slot", _("Choose the line that ends."))
        return cleaned


class HolidayForm(forms.Form):
    day = forms.DateField(label=_("Day"), widget=_day())
    name = forms.CharField(label=_("Name"), max_length=200)


class ChangesFilter(forms.Form):
    """Filter of the register: kind, unit, teacher, days."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("all")), *((kind.value, CHANGE_LABELS[kind]) for kind in ChangeKind)],
    )
    unit = forms.ModelChoiceField(
        label=_("Faculty or institute"), required=False, queryset=Unit.objects.order_by("name"), empty_label=_("all")
    )
    teacher = forms.CharField(label=_("Teacher"), required=False, max_length=100)
    since = forms.DateField(label=_("Since"), required=False, widget=_day())


class MomentForm(forms.Form):
    """A day and a pair whose free rooms are looked for."""

    day = forms.DateField(label=_("Day"), widget=_day())
    pair = forms.TypedChoiceField(label=_("Pair"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_pairs(self.fields["pair"])
