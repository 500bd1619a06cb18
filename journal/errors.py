"""Sentences of the journal's refusals, by code. Codes are part of the marks API."""

from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _


def sentence(code: str, **facts: Any) -> str:
    """What the user is told, in his language: what is wrong and what to do."""
    if code == "malformed":
        return _("This entry cannot be read (%(detail)s). Load the page again.") % {"detail": facts.get("detail", "")}
    if code == "module_closed" and facts["closed_at"] is None:
        return _(
            "The days for closing the module ended on %(day)s: its cells are locked. Ask to have the lesson reopened."
        ) % {"day": date_format(facts["deadline"], "SHORT_DATE_FORMAT")}
    if code == "module_closed":
        return _(
            "The module was closed on %(when)s by %(who)s: nothing under it changes. "
            "Ask the head of the department to have it reopened."
        ) % {"when": moment(facts["closed_at"]), "who": facts["closed_by"]}
    if code == "window_over":
        return _("This lesson could be filled until %(day)s. Ask the dean's office to have it reopened.") % {
            "day": date_format(facts["window_ends_on"], "SHORT_DATE_FORMAT")
        }
    if code == "not_started":
        return _("The lesson begins at %(when)s: it cannot be filled before.") % {"when": moment(facts["starts_at"])}
    if code == "stale":
        return _("%(who)s changed this cell at %(when)s. Look at the mark that is there now.") % {
            "who": facts["who"],
            "when": moment(facts["at"]),
        }
    return _SENTENCES[code]()


def moment(value: datetime) -> str:
    """Day and time in Bishkek, as the reader's language writes them."""
    return date_format(localtime(value), "SHORT_DATETIME_FORMAT")


_SENTENCES = {
    "both_forms": lambda: _("Give either the sign of the cell or its parts, not both."),
    "grade_not_allowed": lambda: _("A cell takes «кж» or a grade of the scale in force."),
    "not_in_journal": lambda: _("This lesson or student does not belong to a journal of yours."),
    "not_your_lesson": lambda: _("You may fill only the lessons in which you are the substitute."),
    "not_enrolled": lambda: _("The student is not on the list of this lesson on that day."),
    "lesson_cancelled": lambda: _("The lesson did not take place: it cannot be filled."),
    "makeup_day": lambda: _("A make-up lies between the day of the lesson and today."),
    "reason_missing": lambda: _("After the day of the lesson a mark is changed only with a reason. Write it."),
    "change_by_appeal": lambda: _(
        "After the day of the lesson a mark is changed only by an appeal or a reopening: turn to the dean's office."
    ),
    "nonce_reused": lambda: _("This request was sent before with other contents. Load the page again."),
    "duplicate": lambda: _("The same cell stands twice in one request."),
}
