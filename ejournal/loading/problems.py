"""What is wrong, or odd, in a file: by sheet, row, column and reason.

A problem carries a code and its values, not a sentence: it is stored with the job and read by somebody else,
perhaps in another language.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Severity(StrEnum):
    ERROR = "error"  # nothing is loaded while one is left
    WARNING = "warning"  # is loaded, and is shown


ERROR, WARNING = Severity.ERROR, Severity.WARNING

# code → how grave, and the sentence. The code is the interface; the sentence says what to do about it.
CATALOG: dict[str, tuple[Severity, Promise]] = {
    # The file
    "not_a_workbook": (ERROR, _("This is neither an XLSX workbook nor a CSV text.")),
    "old_workbook": (ERROR, _("This is a workbook of an old Excel (.xls). Save it as .xlsx and load that file.")),
    "other_workbook": (ERROR, _("This is a document of another kind (%(found)s). Save it as .xlsx.")),
    "encrypted": (ERROR, _("The file is protected by a password. Save it without one.")),
    "macros": (ERROR, _("The workbook contains macros. Save it as .xlsx, without macros.")),
    "renamed": (ERROR, _("The file is named %(said)s, but its content is %(found)s. Save it as what it is named.")),
    "damaged": (ERROR, _("The file is damaged (%(detail)s). Open it, save it again and load the new file.")),
    "file_too_large": (ERROR, _("The file is larger than %(limit)s MB.")),
    "unpacks_too_large": (ERROR, _("Unpacked, the file is far too large (%(detail)s): nothing of it was read.")),
    "unknown_encoding": (ERROR, _("The letters of the text cannot be read. Save it as CSV UTF-8.")),
    "broken_csv": (ERROR, _("The text is not CSV: a quotation mark is left open, or stands in the wrong place.")),
    "no_known_sheet": (ERROR, _("The file has no sheet that the journal knows.")),
    # The sheet
    "unknown_sheet": (WARNING, _("The journal does not know this sheet: it is not read.")),
    "unclear_sheet": (ERROR, _("The headings fit several sheets (%(fits)s). Name the sheet.")),
    "repeated_sheet": (ERROR, _("The same sheet is there twice: also as “%(other)s”.")),
    "hidden_sheet": (ERROR, _("The sheet is hidden: nobody sees what would be loaded. Unhide or delete it.")),
    "missing_column": (ERROR, _("The column “%(heading)s” is missing.")),
    "repeated_column": (ERROR, _("The column is there twice: also as “%(other)s”.")),
    "unknown_column": (WARNING, _("The journal does not know this column: it is not read.")),
    "unnamed_column": (WARNING, _("The column %(letters)s has values but no heading: it is not read.")),
    "too_many_rows": (ERROR, _("More than %(limit)s rows.")),
    "too_many_columns": (ERROR, _("More than %(limit)s columns.")),
    "hidden_rows": (
        ERROR,
        _("Rows %(first)s–%(last)s are hidden: nobody sees what would be loaded. Clear the filter, show all rows."),
    ),
    "hidden_column": (ERROR, _("The column is hidden: nobody sees what would be loaded. Show or delete it.")),
    "merged_cells": (ERROR, _("The cells %(range)s are merged: which row has the value? Unmerge them.")),
    # The cell
    "formula": (ERROR, _("A formula stands where a value belongs. Paste the value itself.")),
    "cell_error": (ERROR, _("The cell holds an error of the spreadsheet, such as #N/A.")),
    "empty": (ERROR, _("The value is missing.")),
    "too_long": (ERROR, _("Longer than %(limit)s characters.")),
    "control_character": (ERROR, _("The text contains an invisible control character (%(character)s).")),
    "lost_letters": (ERROR, _("Letters were lost on the way (“?” in place of ң, ө or ү). Save as CSV UTF-8.")),
    "date_in_text": (ERROR, _("The spreadsheet made a date of this value. Format the column as text.")),
    "wrong_type": (ERROR, _("A value of the wrong kind.")),
    "not_whole": (ERROR, _("Not a whole number.")),
    "not_a_number": (ERROR, _("Not a number.")),
    "out_of_range": (ERROR, _("Not between %(low)s and %(high)s.")),
    "not_a_date": (ERROR, _("Not a date. Write it as 01.09.2026.")),
    "ambiguous_date": (ERROR, _("Which is the day, which the month? Write it as 01.09.2026.")),
    "not_a_time": (ERROR, _("Not a time of day. Write it as 08:00.")),
    "not_a_year": (ERROR, _("Not an academic year. Write it as 2026/2027.")),
    "not_a_name": (ERROR, _("Not a person's name.")),
    "unknown_word": (ERROR, _("Not one of: %(words)s.")),
    "mixed_letters": (WARNING, _("Latin and Cyrillic letters in one word: the search will not find it.")),
    # Rows together
    "duplicate_key": (ERROR, _("The same key stands in row %(other)s.")),
    "repeated_but_for_spaces": (
        WARNING,
        _("Repeats row %(other)s but for unseen spaces in the name: row %(other)s holds, this one is not read."),
    ),
    "lookalike_key": (ERROR, _("Looks like “%(other)s” in row %(where)s, but is written with other letters.")),
    "lookalike_in_journal": (
        ERROR,
        _("Looks like “%(other)s”, which the journal has, but is written with other letters."),
    ),
    "unknown_reference": (ERROR, _("Not in the sheet “%(sheet_meant)s” and not in the journal.")),
    "lookalike_reference": (
        ERROR,
        _("Not in the sheet “%(sheet_meant)s” and not in the journal; “%(other)s” is, in other letters."),
    ),
    "course_disagrees": (
        ERROR,
        _("Row %(other)s gives this discipline, group and semester another value (%(other_value)s)."),
    ),
    "course_disagrees_with_journal": (
        ERROR,
        _("Workload %(other)s of the same course, which is not in this file, has %(other_value)s: name it too."),
    ),
    "slot_conflict": (ERROR, _("The workload meets twice in this pair: see row %(other)s.")),
    "stream_disagrees": (ERROR, _("One stream, but another semester than in row %(other)s.")),
    "wrong_order": (ERROR, _("Must be after %(other)s.")),
    "overlaps": (ERROR, _("Overlaps with row %(other)s.")),
    "overlaps_journal": (ERROR, _("Overlaps with %(other)s in the journal.")),
    "outside_year": (ERROR, _("Not in the academic year %(year)s.")),
    "name_taken": (ERROR, _("In %(year)s this name is borne by the group of intake %(intake)s already.")),
    "workload_begun": (
        ERROR,
        _("Lessons of this workload have begun: it stays what it is (%(before)s). Give the new one a new number."),
    ),
    "no_academic_year": (
        ERROR,
        _("The file needs the sheet “%(sheet_needed)s”: the journal has no academic year yet."),
    ),
    "programme_in_two_units": (ERROR, _("The programme is in another unit in row %(other)s.")),
    "teacher_clash": (WARNING, _("The teacher has two lessons at once: see row %(other)s.")),
    "group_clash": (WARNING, _("The group has two lessons at once: see row %(other)s.")),
    "room_clash": (WARNING, _("The auditorium has two lessons at once: see row %(other)s.")),
    "clashes": (
        WARNING,
        _("Clashes in the timetable: %(teachers)s of teachers, %(groups)s of groups, %(rooms)s of auditoriums."),
    ),
    "same_person": (WARNING, _("Looks like the same person as “%(other)s” (%(where)s).")),
    "other_person": (
        ERROR,
        _("In the journal this person has the AVN id %(other)s: is it somebody else under the same number?"),
    ),
    "external_id_taken": (ERROR, _("This AVN id is borne by %(other)s, who is in the file or has another number.")),
    "similar_name": (WARNING, _("Looks like “%(other)s”; it will be another one.")),
    "letters_only": (WARNING, _("Differs from “%(other)s” in the journal only in letters or spaces: which is right?")),
    "similar_discipline": (WARNING, _("Looks like the discipline “%(other)s”; it will be another one.")),
}

# Values and headings in a problem are for reading; a file full of bad cells must not fill the database.
_CLIP = 80
KEPT = 2000


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong or odd. `row` is the row as the spreadsheet numbers it; None for a whole sheet or file."""

    code: str
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    params: dict[str, str] = field(default_factory=dict)

    @property
    def severity(self) -> Severity:
        return CATALOG[self.code][0]

    @property
    def message(self) -> str:
        """The sentence in the language that is active now."""
        return str(CATALOG[self.code][1]) % self.params

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "params": self.params,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Problem":
        return cls(**stored)


def clip(value: object) -> str:
    """A value as it can be shown: on one line, without control characters, not long."""
    text = "".join(ch if ch.isprintable() else "·" for ch in str(value)[: _CLIP + 1])
    return text if len(text) <= _CLIP else text[:_CLIP] + "…"


class Problems:
    """The list of problems of a load. Counts all of them, keeps the first of each severity."""

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.counts: Counter[Severity] = Counter()

    def add(
        self,
        code: str,
        *,
        sheet: str = "",
        row: int | None = None,
        column: str = "",
        value: object = "",
        **params: object,
    ) -> None:
        severity = CATALOG[code][0]
        self.counts[severity] += 1
        if self.counts[severity] <= KEPT:
            self.kept.append(
                Problem(code, clip(sheet), row, clip(column), clip(value), {k: clip(v) for k, v in params.items()})
            )

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.kept if problem.severity is ERROR]

    @property
    def warnings(self) -> list[Problem]:
        return [problem for problem in self.kept if problem.severity is WARNING]

    @property
    def refused(self) -> bool:
        """Whether anything is wrong: then nothing is loaded."""
        return self.counts[ERROR] > 0

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.kept)
