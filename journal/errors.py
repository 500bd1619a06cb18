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
    if code == "points_above_maximum":
        return _("The scheme gives at most %(maximum)s points here.") % {"maximum": facts["maximum"]}
    if code == "scheme_in_use":
        return _(
            "In %(course)s a module was closed already under the scheme that holds in %(year)s: "
            "choose another from a later year on."
        ) % {"course": facts["course"], "year": facts["year"]}
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
    "task_title": lambda: _("Give the task a title."),
    "task_maximum": lambda: _("The maximum is more than 0 and at most 100 points, with two places after the point."),
    "task_text_too_long": lambda: _("A title has at most 200 characters, a task at most 4000."),
    "due_in_past": lambda: _("The day until which a task is done lies before the day on which it is given."),
    "due_outside_modules": lambda: _("The day until which a task is done lies in no module of the semester."),
    "maximum_below_points": lambda: _("Somebody has more points than this maximum: correct the points first."),
    "kind_is_used": lambda: _("Something was handed in or graded already: whether it is done alone or together stays."),
    "not_in_plan": lambda: _("This line does not stand in the plan of the journal."),
    "task_stale": lambda: _("The task was changed meanwhile. Load the page again."),
    "task_withdrawn": lambda: _("The task is withdrawn."),
    "withdraw_reason": lambda: _("Write why the task is withdrawn."),
    "too_many_files": lambda: _("A task has at most five files."),
    "not_collective": lambda: _("Only a collective task has teams."),
    "not_on_list": lambda: _("A student named here does not do this task."),
    "team_number": lambda: _("The number of a team is a whole number from 1 to 99."),
    "team_handed_in": lambda: _("A team that handed in keeps at least one member."),
    "no_team": lambda: _("You are in no team of this task yet: ask the teacher."),
    "nothing_handed_in": lambda: _("Write an answer or choose a file."),
    "answer_too_long": lambda: _("An answer has at most 10 000 characters: hand in a file instead."),
    "points_not_allowed": lambda: _("Points are a number from 0 to the maximum, with at most two places."),
    "points_reason_missing": lambda: _(
        "After the day on which they were entered, points are changed only with a reason."
    ),
    "reason_too_long": lambda: _("A reason has at most 300 characters."),
    "empty_file": lambda: _("The file is empty."),
    "file_too_large": lambda: _("The file is larger than 5 MB."),
    "active_file": lambda: _("The PDF has scripts or files in it: save it without them."),
    "not_a_paper": lambda: _("The file must be a PDF, JPEG or PNG; this one is none, whatever it is called."),
    "points_stale": lambda: _("These points were changed meanwhile. Load the page again."),
    "not_on_course": lambda: _("The student is not on the list of this course in that module."),
    "no_such_column": lambda: _("The scheme in force has no points to be typed there."),
    "counted_from_tasks": lambda: _("The module has self-study tasks: its points are counted from them."),
    "maximum_not_positive": lambda: _("Each component gives more than 0 points."),
    "module_unknown": lambda: _("A component names a module that the scheme does not have."),
    "sum_not_100": lambda: _("The maxima of all components are 100 points together."),
    "attendance_cap": lambda: _(
        "Attendance gives at most 8 points with an exam, 16 with a credit test (§3.5e, §3.5f)."
    ),
    "achievement_cap": lambda: _(
        "Achievement gives at most 10 points with an exam, 20 with a credit test (§3.5e, §3.5f)."
    ),
    "exam_missing": lambda: _("A scheme for an exam has exactly one component of the exam."),
    "exam_in_credit": lambda: _("A scheme for a credit test has no exam."),
    "exam_in_module": lambda: _("The exam lies in no module."),
    "component_twice": lambda: _("A module has two components of the same kind."),
    "scale_broken": lambda: _("The scale begins at 0, rises, and stays passed once it is passed."),
    "literal_reading_exceeded": lambda: _(
        "The maxima hold inside each module: together they exceed what §3.5e and §3.5f say for the discipline."
    ),
    "scheme_withdrawn": lambda: _("The scheme is withdrawn."),
    "scheme_chosen": lambda: _("The scheme is chosen for a year: it stays."),
    "no_mark": lambda: _("This cell has no mark to appeal against."),
    "appealed_already": lambda: _("An appeal about this mark waits already."),
    "answered_no": lambda: _("The teacher has answered about this mark already. Turn to the dean's office."),
    "excused_absence": lambda: _("An excused absence counts against nobody: there is nothing to correct."),
    "appeal_too_late": lambda: _("The days in which this mark could be appealed against are over."),
    "not_absent": lambda: _("This mark is no «кж»: write what is wrong."),
    "appeal_text": lambda: _("Write what is wrong, in 500 characters at most."),
    "appeal_answered": lambda: _("This appeal was answered or withdrawn meanwhile. Load the page again."),
    "not_yours_to_answer": lambda: _("Who keeps the journal answers."),
    "answer_missing": lambda: _("A refusal needs its words: write why the mark stays, in 500 characters at most."),
    "appeal_answer_long": lambda: _("An answer has at most 500 characters."),
    "nothing_changed": lambda: _("This is the mark that stands there already: choose the right one, or say no."),
    "absence_has_no_grade": lambda: _("An absence has a grade only as a make-up: enter that in the journal."),
    "not_locked": lambda: _("This cell can be corrected as it is: it needs no reopening."),
    "duplicate": lambda: _("The same cell stands twice in one request."),
}
