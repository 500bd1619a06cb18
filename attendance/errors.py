"""Sentences of what became of a scan, by code. Codes are part of the interface."""

from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _


def clock_time(moment: datetime) -> str:
    """The time of day in Bishkek, as all three languages write it."""
    return f"{localtime(moment):%H:%M}"


def sentence(code: str, **facts: Any) -> str:
    """What the student is told, in his language: what became of the scan and what to do.

    `facts`, where there is a lesson: its discipline and room, and the moments `starts_at`, `opens_at`, `closes_at`.
    """
    if not facts:
        return str(_PLAIN[code]())
    if code == "other_room" and not facts["room"]:
        words = _("Your lesson now is %(discipline)s. It has no auditorium: scan the code on the teacher's screen.")
    else:
        words = str(_ABOUT[code]())
    return words % _Said(facts)


class _Said(dict[str, Any]):
    """The facts as a sentence says them: a time is written where it is asked for, which most sentences do not."""

    def __missing__(self, name: str) -> str:
        return clock_time(self[f"{name}_at"])


_ABOUT = {
    "counted": lambda: _("You are at %(discipline)s: your scan has been counted."),
    "late": lambda: _("You are at %(discipline)s, late: the lesson began at %(starts)s. Your scan has been counted."),
    "already": lambda: _("Your scan at %(discipline)s was counted before. Nothing more is needed."),
    "already_unproven": lambda: _(
        "Your scan at %(discipline)s was counted before, by the printed code alone. Scan the code that the screen shows"
        " now, until %(closes)s, or tell the teacher that you are here."
    ),
    "too_early": lambda: _("%(discipline)s begins here at %(starts)s. Scan again from %(opens)s on."),
    "too_late": lambda: _("%(discipline)s could be scanned until %(closes)s. Speak to the teacher."),
    "other_room": lambda: _("Your lesson now is %(discipline)s, in auditorium %(room)s. Scan the code there."),
    "code_old": lambda: _("%(discipline)s: the printed code is not enough. Scan the one that the screen shows now."),
    "cancelled": lambda: _("%(discipline)s at %(starts)s does not take place."),
    "not_your_subgroup": lambda: _("%(discipline)s is taught here to another subgroup now. Look at your timetable."),
}
_PLAIN = {
    "two_fit": lambda: _("Two of your lessons are here now. Choose the one at which you are."),
    "no_lesson": lambda: _("You have no lesson here now. Look at your timetable."),
    "code_old": lambda: _("This code is no longer valid. Scan the one that the screen in the auditorium shows now."),
    "not_a_student": lambda: _("Only students scan. This account is no student's."),
    "unknown": lambda: _("There is no such code. Scan the code of the auditorium."),
    "too_often": lambda: _("Too many tries. Wait for a minute, then scan again."),
    "unproven": lambda: _(
        "The printed code says only where you are: scan the code that the screen shows now, too, or tell the teacher"
        " that you are here."
    ),
    # A repeat of a claim has its answer without the lesson.
    "already": lambda: _("Your scan was counted before. Nothing more is needed."),
    "counted": lambda: _("Your scan has been counted."),
    "late": lambda: _("Your scan has been counted as late."),
    "too_early": lambda: _("It is too early for this lesson. Scan again when it begins."),
    "too_late": lambda: _("It is too late for this lesson. Speak to the teacher."),
    "other_room": lambda: _("Your lesson is in another auditorium. Look at your timetable."),
    "cancelled": lambda: _("This lesson does not take place."),
    "not_your_subgroup": lambda: _("Another subgroup is taught here now. Look at your timetable."),
}
