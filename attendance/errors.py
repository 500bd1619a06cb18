"""Sentences of what became of a scan, by code. Codes are part of the interface."""

from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from attendance.enums import ScanCode


def clock_time(moment: datetime) -> str:
    """The time of day in Bishkek."""
    return date_format(localtime(moment), "H:i")


def sentence(code: ScanCode, **facts: Any) -> str:
    """What the student is told, in his language: what became of the scan and what to do.

    `facts`, where there is a lesson: its discipline and room, and the moments `starts_at`, `opens_at`, `closes_at`.
    """
    if not facts:
        return str(_PLAIN[code]())
    if code == ScanCode.OTHER_ROOM and not facts["room"]:
        words = _("Your lesson now is %(discipline)s. It has no auditorium: scan the code on the teacher's screen.")
    else:
        words = str(_ABOUT[code]())
    return words % {
        "discipline": facts["discipline"],
        "room": facts["room"],
        "starts": clock_time(facts["starts_at"]),
        "opens": clock_time(facts["opens_at"]),
        "closes": clock_time(facts["closes_at"]),
    }


_ABOUT = {
    ScanCode.COUNTED: lambda: _("You are at %(discipline)s: your scan has been counted."),
    ScanCode.LATE: lambda: _(
        "You are at %(discipline)s, late: the lesson began at %(starts)s. Your scan has been counted."
    ),
    ScanCode.ALREADY: lambda: _("Your scan at %(discipline)s was counted before. Nothing more is needed."),
    ScanCode.TOO_EARLY: lambda: _("%(discipline)s begins here at %(starts)s. Scan again from %(opens)s on."),
    ScanCode.TOO_LATE: lambda: _("%(discipline)s could be scanned until %(closes)s. Speak to the teacher."),
    ScanCode.OTHER_ROOM: lambda: _("Your lesson now is %(discipline)s, in auditorium %(room)s. Scan the code there."),
    ScanCode.CANCELLED: lambda: _("%(discipline)s at %(starts)s does not take place."),
    ScanCode.NOT_YOUR_SUBGROUP: lambda: _(
        "%(discipline)s is taught here to another subgroup now. Look at your timetable."
    ),
}
_PLAIN = {
    ScanCode.TWO_FIT: lambda: _("Two of your lessons are here now. Choose the one at which you are."),
    ScanCode.NO_LESSON: lambda: _("You have no lesson here now. Look at your timetable."),
    ScanCode.CODE_OLD: lambda: _(
        "This code is no longer valid. Scan the one that the screen in the auditorium shows now."
    ),
    ScanCode.NOT_A_STUDENT: lambda: _("Only students scan. This account is no student's."),
    ScanCode.UNKNOWN: lambda: _("There is no such code. Scan the code of the auditorium."),
    ScanCode.TOO_OFTEN: lambda: _("Too many tries. Wait for a minute, then scan again."),
    # A repeat of a claim has its answer without the lesson.
    ScanCode.ALREADY: lambda: _("Your scan was counted before. Nothing more is needed."),
    ScanCode.COUNTED: lambda: _("Your scan has been counted."),
    ScanCode.LATE: lambda: _("Your scan has been counted as late."),
    ScanCode.TOO_EARLY: lambda: _("It is too early for this lesson. Scan again when it begins."),
    ScanCode.TOO_LATE: lambda: _("It is too late for this lesson. Speak to the teacher."),
    ScanCode.OTHER_ROOM: lambda: _("Your lesson is in another auditorium. Look at your timetable."),
    ScanCode.CANCELLED: lambda: _("This lesson does not take place."),
    ScanCode.NOT_YOUR_SUBGROUP: lambda: _("Another subgroup is taught here now. Look at your timetable."),
}
