"""The grid's table, built in Python: two thousand cells by template tags would cost more than all the rest."""

from datetime import date
from html import escape
from itertools import groupby

from django import template
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from journal.enums import Presence
from journal.rules import ABSENT_SIGN, MarkState
from journal.selectors.grid import CellRow, Column, Grid, Section
from journal.selectors.roster import Pupil
from journal.selectors.states import LessonFace, Lock
from university.enums import LessonKind
from university.models import LESSON_KIND_LABELS

register = template.Library()

EMPTY_CELL: CellRow = (None, None, None, None, 0, False, None, None, False)


@register.simple_tag
def grid_head(grid: Grid) -> SafeString:
    """The rows of months and of lessons. A heading says its state and why it is locked in words, too."""
    lesson_url = reverse("lesson", args=[0]).removesuffix("0/")
    month_names = [
        f'<th scope="colgroup" colspan="{len(list(columns))}" data-month-head="{first:%Y-%m}">'
        f'<button type="button" class="jgrid-fold" aria-expanded="true" tabindex="-1">'
        f"{escape(date_format(first, 'F Y'))}</button></th>"
        for first, columns in groupby(grid.columns, key=lambda column: column.day.replace(day=1))
    ]
    faces = _face_words()
    locks = lock_words(grid)
    mark_all = escape(_("All present"))
    pair_word = _("pair %(number)s")
    taught_word = _("taught by %(teacher)s")
    overdue_word = _("past its time")
    short_kinds = _short_kinds()
    weekdays: dict[int, str] = {}
    cells = []
    for column in grid.columns:
        weekday = column.day.weekday()
        if weekday not in weekdays:
            weekdays[weekday] = date_format(column.day, "l")
        words = [f"{column.day:%d.%m.%Y}, {weekdays[weekday]}"]
        if column.pair:
            words.append(pair_word % {"number": column.pair})
        if column.topic:
            words.append(column.topic)
        face = faces[column.face]
        # Said only where it is so: a grid has fifty heads.
        if column.days_late:
            face = late_word(column.days_late)
        elif column.is_overdue:
            face = f"{face}, {overdue_word}"
        words.append(face)
        shared = grid.shared.get(column.lesson_id)
        kind = ""
        if shared is not None and shared.kind is not None:
            whole = " ".join(filter(None, (str(LESSON_KIND_LABELS[shared.kind]), shared.part)))
            words.insert(1, whole)
            kind = (
                f'<span class="jgrid-kind" aria-hidden="true">{escape(short_kinds[shared.kind])} {shared.part}</span>'
                f'<span class="visually-hidden">{escape(whole)}</span>'
            )
        if column.taught_by:
            words.append(taught_word % {"teacher": column.taught_by})
        if column.lock in locks:
            words.append(locks[column.lock])
        classes = " ".join(_head_classes(column, is_mixed=grid.is_mixed))
        button = (
            f'<button type="button" class="jgrid-all js-only" data-all="{column.lesson_id}" tabindex="-1" '
            f'title="{mark_all}" aria-label="{mark_all}, {escape(words[0])}">✓</button>'
            if column.lock is None and column.has_gaps
            else ""
        )
        pair = f'<span aria-hidden="true">{column.pair}</span>' if column.pair else ""
        if column.taught_by:
            pair += f'<span class="jgrid-taught">{escape(_initials(column.taught_by))}</span>'
        cells.append(
            f'<th scope="col" id="l{column.lesson_id}" data-column="{column.lesson_id}" '
            + (f'data-journal="{shared.journal_id}" ' if shared is not None else "")
            + f'data-lock="{column.lock or ""}" data-month="{column.day:%Y-%m}" data-module="{column.module or ""}" '
            f'class="{classes}" title="{escape(". ".join(words))}">'
            f'<a href="{lesson_url}{column.lesson_id}/" tabindex="-1">'
            f'{kind}<span class="jgrid-date">{column.day:%d.%m}</span>{pair}'
            f'<span class="visually-hidden">{escape(face)}</span></a>{button}</th>'
        )
    # The numbers of the table's columns are in English, then translated: a grid read aloud has no other heads.
    return mark_safe(  # noqa: S308 -- every text above is escaped or a number
        f'<thead><tr class="jgrid-months"><th class="jgrid-name" scope="col" rowspan="2">{escape(_("Student"))}</th>'
        + "".join(month_names)
        + f'<th class="jgrid-sum" scope="col" rowspan="2" title="{escape(_("Absences"))}">{ABSENT_SIGN}</th>'
        + f'<th class="jgrid-sum" scope="col" rowspan="2">{escape(_("Mean"))}</th>'
        + f'<th class="jgrid-sum" scope="col" rowspan="2">{escape(pgettext("of a course", "Points"))}'
        + "<small data-module-shown></small></th></tr>"
        + f"<tr>{''.join(cells)}</tr></thead>"
    )


@register.simple_tag
def grid_body(grid: Grid) -> SafeString:
    """The rows of students. A cell's attributes begin with its lesson, student and version, in this order."""
    if grid.sections:
        return _sections_body(grid)
    texts = CellTexts()
    # One cell differs from the next in lesson and student; the rest is one of a few dozen endings, kept by what the
    # column and the cell are.
    endings: dict[tuple[str, ...], dict[CellRow, str]] = {}
    columns = []
    for column in grid.columns:
        classes = _cell_classes(column, lock=column.lock)
        known = endings.setdefault(classes, {})
        columns.append(
            (column.lesson_id, column.day, f'<td data-lesson="{column.lesson_id}" data-student="', classes, known)
        )
    parts: list[str] = ["<tbody>"]
    for number, pupil in enumerate(grid.pupils, start=1):
        student_id = pupil.student_id
        mark = grid.marks.get(student_id, {}).get
        always = pupil.is_enrolled_throughout(grid.first_day, grid.last_day)
        parts.append(_name_of(pupil, number))
        for lesson_id, day, prefix, classes, known in columns:
            cell = mark(lesson_id, EMPTY_CELL)
            if always or pupil.is_enrolled_on(day):
                ending = known.get(cell)
                if ending is None:
                    ending = known[cell] = texts.ending(cell, classes, is_out=False)
            else:
                ending = texts.ending(cell, classes, is_out=True)
            parts.append(f"{prefix}{student_id}{ending}")
        parts.append(_totals_of(grid, student_id, grid.course_id))
    if grid.pupils and grid.focus is not None:
        # One cell of the grid is in the order of Tab; the arrows move from there.
        place = 2 + next(index for index, column in enumerate(grid.columns) if column.lesson_id == grid.focus)
        opening, _bracket, rest = parts[place].partition(">")
        parts[place] = f'{opening} tabindex="0">{rest}'
    parts.append("</tbody>")
    return mark_safe("".join(parts))  # noqa: S308 -- names are escaped, the rest is numbers and own words


def _sections_body(grid: Grid) -> SafeString:
    """The rows of a page of several journals: a heading for each group that has one, and inert cells where a lesson
    is not the student's."""
    texts = CellTexts()
    locks = lock_words(grid)
    parts: list[str] = []
    opened = False
    for section in grid.sections:
        parts.append("<tbody>")
        if section.label:
            parts.append(
                f'<tr class="jgrid-group"><th scope="rowgroup" class="jgrid-name">{escape(section.label)}</th>'
                f'<td colspan="{len(grid.columns) + 3}"></td></tr>'
            )
        for number, pupil in enumerate(section.pupils, start=1):
            parts.append(_name_of(pupil, number, section.subgroups.get(pupil.student_id)))
            for column in grid.columns:
                opening, rest = _shared_cell(grid, section, column, pupil.student_id, texts, locks)
                # One cell of the grid is in the order of Tab; the arrows move from there.
                tab = "" if opened or column.lesson_id != grid.focus else ' tabindex="0"'
                opened = opened or bool(tab)
                parts.append(f"{opening}{tab}{rest}")
            parts.append(_totals_of(grid, pupil.student_id, section.course_id))
        parts.append("</tbody>")
    return mark_safe("".join(parts))  # noqa: S308 -- names are escaped, the rest is numbers and own words


def _shared_cell(
    grid: Grid, section: Section, column: Column, student_id: int, texts: "CellTexts", locks: dict[Lock, str]
) -> tuple[str, str]:
    """A cell, divided before the end of its opening tag's attributes that all cells have."""
    shared = grid.shared[column.lesson_id]
    seat = section.seat_in(shared, student_id)
    cell = grid.marks.get(student_id, {}).get(column.lesson_id, EMPTY_CELL)
    opening = f'<td data-lesson="{column.lesson_id}" data-student="{student_id}'
    if seat is None:
        # A mark of another row of his stands there, not here.
        title = escape(texts.not_his)
        return f'{opening}" data-version="0"', f' class="is-locked is-out" aria-readonly="true" title="{title}"></td>'
    journal_id, place = seat
    lock = shared.locks[journal_id]
    classes = _cell_classes(column, lock=lock, is_mixed=grid.is_mixed)
    ending = texts.ending(cell, classes, is_out=not place.is_enrolled_on(column.day))
    version = f'" data-version="{cell[4]}"'
    if lock is not None and lock != column.lock and cell == EMPTY_CELL and lock in locks and " title=" not in ending:
        # The heading speaks for the column: this cell has a reason of its own.
        ending = ending.replace("></td>", f' title="{escape(locks[lock])}"></td>')
    return f"{opening}{version}", ending.removeprefix(version)


def _name_of(pupil: Pupil, number: int, subgroup: int | None = None) -> str:
    """The beginning of a student's row."""
    name = escape(pupil.full_name)
    part = ""
    if subgroup is not None:
        words = escape(_("subgroup %(number)s") % {"number": subgroup})
        part = f' <small class="jgrid-part"><span aria-hidden="true">/{subgroup}</span>'
        part += f'<span class="visually-hidden">, {words}</span></small>'
    return (
        f'<tr data-row="{pupil.student_id}"><th scope="row" class="jgrid-name" title="{name}">'
        f'<span class="jgrid-no">{number}</span><span class="jgrid-full">{name}</span>'
        f'<span class="jgrid-short">{escape(pupil.short_name)}</span>{part}</th>'
    )


def _totals_of(grid: Grid, student_id: int, course_id: int) -> str:
    """The end of a student's row. Its points come by themselves: `grid.js` asks for them when the grid stands."""
    totals = grid.totals[student_id]
    return (
        f'<td class="jgrid-sum" data-absences>{totals.absences or ""}</td>'
        f'<td class="jgrid-sum" data-mean>{totals.mean or "—"}</td>'
        f'<td class="jgrid-sum"><a href="/courses/{course_id}/points/students/{student_id}/" tabindex="-1">—</a>'
        "</td></tr>"
    )


class CellTexts:
    """What a cell shows and says; the script `grid.js` paints the same after an answer."""

    def __init__(self) -> None:
        self.late = _("late")
        self.late_by = _("late by %(count)s min")
        self.excused = _("excused %(first)s–%(last)s")
        self.makeup = _("made up on %(day)s")
        self.appealed = escape(_("an appeal waits for an answer"))
        self.out = _("not on the list on this day")
        self.not_his = _("this lesson is not for this student")

    def ending(self, cell: CellRow, column_classes: tuple[str, ...], *, is_out: bool) -> str:
        """Everything of a `<td>` after its student."""
        presence, grade, minutes, makeup_on, version, is_corrected, excused_from, excused_to, is_appealed = cell
        classes = list(column_classes)
        if is_out and "is-locked" not in classes:
            classes.append("is-locked")
        title = self.out if is_out and presence is None else ""
        if presence is None:
            classes.append("is-empty")
            text = ""
        elif presence == Presence.ABSENT:
            classes.append("is-absent" if grade is None else "is-makeup")
            text = ABSENT_SIGN if grade is None else f"{ABSENT_SIGN}<small>{grade}</small>"
            title = self.makeup % {"day": date_format(makeup_on, "d.m.Y")} if makeup_on else ""
            if excused_from is not None and excused_to is not None:
                classes.append("is-excused")
                # The days alone: the reason and its paper are the office's.
                days = self.excused % {"first": f"{excused_from:%d.%m}", "last": f"{excused_to:%d.%m}"}
                title = f"{title}, {days}" if title else days
        elif presence == Presence.LATE:
            classes.append("is-late")
            text = "+" if grade is None else str(grade)
            if minutes is not None:
                text += f"<small>{minutes}′</small>"
            title = self.late if minutes is None else self.late_by % {"count": minutes}
        else:
            text = "+" if grade is None else str(grade)
        if is_corrected:
            classes.append("is-corrected")
        if is_appealed:
            classes.append("is-appealed")
        parts = [f'" data-version="{version}"']
        if classes:
            parts.append(f' class="{" ".join(classes)}"')
        if "is-locked" in classes:
            parts.append(' aria-readonly="true"')
        if is_appealed:
            # Beside the title, which the script writes anew with each mark.
            parts.append(f' data-appeal aria-description="{self.appealed}"')
            title = f"{title}, {self.appealed}" if title else self.appealed
        if title:
            parts.append(f' title="{escape(title)}"')
        parts.append(f">{text}</td>")
        return "".join(parts)


def _initials(name: str) -> str:
    """Surname's and given name's first letters: the whole name stands in the title and in words."""
    return "".join(part[0] for part in name.split()[:2])


def late_word(days: int) -> str:
    """How late a roll was taken (§4.3)."""
    return ngettext("filled %(days)s day late", "filled %(days)s days late", days) % {"days": days}


def _is_locked(lock: Lock | None, *, is_mixed: bool) -> bool:
    """A reader's cells are not striped one by one, but those of a colleague beside one's own are."""
    return lock is not None and (lock != Lock.READ_ONLY or is_mixed)


def _head_classes(column: Column, *, is_mixed: bool = False) -> list[str]:
    classes = []
    if column.is_today:
        classes.append("is-today")
    if _is_locked(column.lock, is_mixed=is_mixed):
        classes.append("is-locked")
    if column.face in (LessonFace.NOT_FILLED, LessonFace.PARTLY):
        classes.append(f"is-{column.face}")
    if column.is_overdue:
        classes.append("is-overdue")
    if column.face in (LessonFace.CANCELLED, LessonFace.NOT_HELD):
        classes.append("is-cancelled")
    return classes


def _cell_classes(column: Column, *, lock: Lock | None, is_mixed: bool = False) -> tuple[str, ...]:
    classes = []
    if _is_locked(lock, is_mixed=is_mixed):
        classes.append("is-locked")
    if column.is_today:
        classes.append("is-today")
    if column.face in (LessonFace.CANCELLED, LessonFace.NOT_HELD):
        classes.append("is-cancelled")
    return tuple(classes)


def _short_kinds() -> dict[LessonKind, str]:
    return {
        LessonKind.LECTURE: pgettext("kind of lesson, short", "lect."),
        LessonKind.PRACTICAL: pgettext("kind of lesson, short", "pract."),
        LessonKind.LABORATORY: pgettext("kind of lesson, short", "lab."),
    }


def _face_words() -> dict[LessonFace, str]:
    """The words of `components/lesson_state.html`."""
    return {
        LessonFace.TO_COME: pgettext("lesson", "To come"),
        LessonFace.RUNNING: pgettext("lesson", "On now"),
        LessonFace.FILLED: pgettext("lesson", "Filled"),
        LessonFace.PARTLY: pgettext("lesson", "Partly filled"),
        LessonFace.NOT_FILLED: pgettext("lesson", "Not filled"),
        LessonFace.CANCELLED: pgettext("lesson", "Cancelled"),
        LessonFace.NOT_HELD: pgettext("lesson", "Not held"),
    }


def lock_words(grid: Grid) -> dict[Lock, str]:
    """Why a column is locked; a reader's lock goes without saying, but for a colleague's beside one's own."""
    colleague = {Lock.READ_ONLY: _("A colleague keeps this journal: you may only read it.")} if grid.is_mixed else {}
    return colleague | {
        Lock.NOT_YOUR_LESSON: _("You may fill only the lessons in which you are the substitute."),
        Lock.CANCELLED: _("The lesson did not take place: it cannot be filled."),
        Lock.MODULE_CLOSED: _("The module is closed: nothing under it changes."),
        Lock.MODULE_DEADLINE: _("The days for closing the module are over: its cells are locked."),
        Lock.NOT_STARTED: _("It opens when the lesson begins."),
        Lock.WINDOW_OVER: _(
            "The days for filling (%(days)s after the lesson) are over; a make-up may still be entered."
        )
        % {"days": grid.window_days},
    }


@register.filter
def cell_text(state: MarkState | None) -> str:
    """A cell's state in words, for its history: «кж», made up on a day with a grade; late by minutes, and so on."""
    if state is None or state.presence is None:
        return _("nobody has looked")
    if state.presence == Presence.ABSENT:
        if state.grade is None:
            return ABSENT_SIGN
        day: date | None = state.makeup_on
        return _("%(sign)s, made up: %(grade)s (%(day)s)") % {
            "sign": ABSENT_SIGN,
            "grade": state.grade,
            "day": date_format(day, "d.m.Y") if day else "",
        }
    words = _("present")
    if state.presence == Presence.LATE:
        words = _("late") if state.late_minutes is None else _("late by %(count)s min") % {"count": state.late_minutes}
    return words if state.grade is None else f"{state.grade} ({words})"
