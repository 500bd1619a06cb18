"""Forms of the journal: the filter of the list, a lesson's topic, and the roll."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from journal.enums import Presence
from journal.rules import MAX_KIND_LENGTH, MAX_LATE_MINUTES
from journal.selectors.lessons import LessonPage, RollRow
from teaching.models import Lesson
from university.models import Semester

_SEEN = re.compile(r"(\d{1,10})\.(|present|late|absent)\.(\d{0,3})\.(\d?)")
_PRESENCES = {"", *Presence}


class JournalFilter(forms.Form):
    """Search and semester of the list of journals. A semester that is none shows the current one."""

    q = forms.CharField(label=gettext_lazy("Discipline, group or teacher"), required=False, max_length=100)
    semester = forms.TypedChoiceField(label=gettext_lazy("Semester"), required=False, coerce=int, empty_value=None)

    def __init__(self, data: Mapping[str, Any], *, semesters: Sequence[Semester], current: Semester) -> None:
        super().__init__({"q": data.get("q", ""), "semester": data.get("semester") or str(current.id)})
        field = self.fields["semester"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(semester.id, str(semester)) for semester in semesters]
        self._semesters = {semester.id: semester for semester in semesters}
        self._current = current
        self.is_valid()

    @property
    def search(self) -> str:
        return str(self.cleaned_data.get("q", ""))

    @property
    def chosen_semester(self) -> Semester:
        """The semester whose journals are shown."""
        return self._semesters.get(self.cleaned_data.get("semester") or 0, self._current)


class LessonForm(forms.Form):
    """Topic, kinds of work and note of a lesson (§3.5a). `version` is the lesson's that the page showed."""

    topic = forms.CharField(
        label=gettext_lazy("Topic of the lesson"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    work_kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of work"), required=False, widget=forms.CheckboxSelectMultiple
    )
    added_kind = forms.CharField(
        label=gettext_lazy("Another kind of work"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": MAX_KIND_LENGTH}),
        help_text=gettext_lazy("It stays with the lesson and is offered in this journal from now on."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, lesson: Lesson, work_kinds: Sequence[str]) -> None:
        super().__init__(
            data,
            initial={
                "topic": lesson.topic,
                "work_kinds": lesson.work_kinds,
                "note": lesson.note,
                "version": lesson.version,
            },
        )
        field = self.fields["work_kinds"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(kind, kind) for kind in work_kinds]

    @property
    def says_something_new(self) -> bool:
        """Whether topic, kinds or note differ from what the lesson has now."""
        return bool(set(self.changed_data) - {"version"})


def taken_by_plan(page: LessonPage, sent: QueryDict) -> list[tuple[int, int]] | None:
    """What the buttons of the plan ask for, as (item, hours): the next, the chosen one, none; None: no button.

    A choice that is none of the offered ones is None, too: the topic stays as it was typed.
    """
    wish = sent.get("use_plan", "")
    if page.offer is None or not wish:
        return None
    if wish == "next":
        return list(page.offer.next) or None
    if wish == "none":
        return []
    chosen = sent.get("plan_item", "")
    return page.offer.one(int(chosen)) or None if re.fullmatch(r"[0-9]{1,15}", chosen) else None


@dataclass(frozen=True, slots=True)
class TypedRoll:
    """The roll as a form sent it: entries for the marks service, and typed texts by student.

    `problems` are sentences on what never reached the service.
    """

    entries: list[dict[str, Any]]
    typed: dict[int, tuple[str, str, str]]
    problems: dict[int, str]


def read_roll(page: LessonPage, sent: Mapping[str, str], *, today: date) -> TypedRoll:
    """Compare what was typed with what the page had shown: only changed cells go to the service.

    Fields of a student: `p7` presence, `m7` minutes, `g7` grade, `v7` what the page had shown. A page that asks for no
    grades has no `g7`: grades stay, but with an absence. "All present" (field `all_present`) fills those alone at whom
    nobody has looked.
    """
    roll = TypedRoll([], {}, {})
    reason = sent.get("reason", "").strip()
    fill = "all_present" in sent
    for section in page.sections:
        if section.lock is not None and not section.takes_makeups:
            continue
        for row in section.rows:
            _read_row(row, page.lesson.id, sent, roll, reason=reason, fill=fill, today=today)
    return roll


def _read_row(
    row: RollRow, lesson_id: int, sent: Mapping[str, str], roll: TypedRoll, *, reason: str, fill: bool, today: date
) -> None:
    key = row.student_id
    seen = _SEEN.fullmatch(sent.get(f"v{key}", ""))
    if seen is None:
        # The student was not on the page (he joined meanwhile), or its hidden field was tampered with.
        return
    version, *shown = seen.groups()
    presence, minutes = (sent.get(f"{name}{key}", "").strip() for name in "pm")
    becomes_absent = presence == Presence.ABSENT and shown[0] != Presence.ABSENT
    grade = sent.get(f"g{key}", "" if becomes_absent else shown[2]).strip()
    if presence == "" and grade != "" and grade != shown[2]:
        presence = Presence.PRESENT.value
    if fill and presence == "" and shown[0] == "":
        presence = Presence.PRESENT.value
    typed = (presence, minutes if presence == Presence.LATE or minutes != shown[1] else "", grade)
    if presence == "" and shown[0] != "":
        typed = ("", "", "")
    if typed == tuple(shown):
        return
    roll.typed[key] = typed
    problem = _problem(*typed)
    if problem:
        roll.problems[key] = problem
        return
    entry: dict[str, Any] = {"lesson": lesson_id, "student": key, "version": int(version)}
    if reason:
        entry["reason"] = reason
    if presence == "":
        roll.entries.append({**entry, "value": ""})
        return
    entry["presence"] = presence
    if presence == Presence.LATE and minutes:
        entry["late_minutes"] = int(minutes)
    if grade:
        entry["grade"] = int(grade)
        if presence == Presence.ABSENT:
            # A grade of an absence is a make-up (§3.5c); its day stays unless the grade changed.
            kept = row.makeup_on if row.makeup_on is not None and grade == shown[2] else today
            entry["makeup_on"] = kept.isoformat()
    roll.entries.append(entry)


def _problem(presence: str, minutes: str, grade: str) -> str:
    """What is wrong with a row whatever the service would say of it."""
    if presence not in _PRESENCES:
        return _("Choose present, late or absent.")
    if minutes and presence != Presence.LATE:
        return _("Minutes belong to a student who was late.")
    if minutes and not (re.fullmatch(r"[0-9]{1,3}", minutes) and 1 <= int(minutes) <= MAX_LATE_MINUTES):
        return _("Minutes late: a whole number from 1 to %(most)s.") % {"most": MAX_LATE_MINUTES}
    if grade and not re.fullmatch(r"[0-9]", grade):
        return _("A cell takes «кж» or a grade of the scale in force.")
    return ""
