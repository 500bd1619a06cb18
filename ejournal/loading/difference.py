"""What a load would do: the file against the journal, row by row and field by field. No database here."""

import hashlib
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

from ejournal.loading.known import Known, KnownGroup, KnownSlot
from ejournal.loading.rows import (
    Book,
    CurriculumRow,
    GroupRow,
    SheetKey,
    StudentRow,
    Table,
    TimetableRow,
    WorkloadRow,
)
from ejournal.loading.sheets import SHEETS
from ejournal.loading.showing import gone_shown, key_shown, line_shown, shown
from teaching.rules import days_of_line

# What a page or a terminal shows of each sheet; the counts are of all.
SHOWN_NEW = 20
SHOWN_CHANGED = 100
# A load that ends more than this share of the lines in force, and more than a handful, asks first.
THINNED_SHARE = 10  # per cent
THINNED_FROM = 5
# What may be ended, on request, where a complete file does not name it any more. The rest is only shown.
ENDABLE = (SheetKey.STUDENTS, SheetKey.WORKLOAD)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that a row changes, as people read it."""

    field: str
    heading: str
    before: str
    after: str


@dataclass(slots=True)
class Changed(Generic[Row]):
    """A row whose key the journal knows, with what it changes."""

    row: Row
    fields: list[FieldChange]

    def has(self, *fields: str) -> bool:
        return any(change.field in fields for change in self.fields)


@dataclass(slots=True)
class SheetPlan(Generic[Row]):
    """What one sheet does. `ended` is of the timetable alone: lines that are not in the file any more.

    `gone` are keys of rows that the journal has and the file, which speaks of their whole group, course or
    department, has not: they are shown, and nothing becomes of them unless somebody says so.
    """

    key: SheetKey
    name: str = ""
    new: list[Row] = field(default_factory=list)
    changed: list[Changed[Row]] = field(default_factory=list)
    ended: list[tuple[str, KnownSlot]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    unchanged: int = 0

    def __bool__(self) -> bool:
        """Whether the sheet changes anything."""
        return bool(self.new or self.changed or self.ended)

    def rows(self) -> Iterable[Row]:
        """Rows that are new or change something."""
        yield from self.new
        for changed in self.changed:
            yield changed.row


@dataclass(slots=True)
class Plan:
    """All that a load would do.

    `groups` says which group each name of the file means: the id of one that exists, or None for a new one.
    `year` is the academic year in which these names are borne. `emptied` are groups that would have no student
    left, `unscheduled` workloads that would have no line of the timetable left, `thinned` says that a good part of
    the timetable would end: these are asked about first.
    """

    book: Book
    known: Known
    year: str | None
    groups: dict[str, int | None] = field(default_factory=dict)
    renamed: list[tuple[str, str]] = field(default_factory=list)
    sheets: dict[SheetKey, SheetPlan[Any]] = field(default_factory=dict)
    emptied: list[str] = field(default_factory=list)
    unscheduled: list[str] = field(default_factory=list)
    thinned: bool = False
    lessons_new: int = 0
    lessons_gone: int = 0
    digest: str = ""

    @property
    def changes_nothing(self) -> bool:
        return not any(self.sheets.values())

    @property
    def shrinks(self) -> bool:
        return bool(self.emptied or self.unscheduled or self.thinned)

    @property
    def endable(self) -> dict[str, int]:
        """How many rows of each sheet could be ended because the file does not name them any more."""
        return {key.value: len(self.sheet(key).gone) for key in ENDABLE if self.sheet(key).gone}

    def sheet(self, key: SheetKey) -> SheetPlan[Any]:
        # Not `or`: a sheet that changes nothing is false, and may still have what is gone.
        return self.sheets[key] if key in self.sheets else SheetPlan(key)

    def group_of(self, year: str, name: str) -> int | str:
        """Which group a name means in a year: the id of one that exists, else the name of a new one."""
        if year == self.year and name in self.groups:
            found = self.groups[name]
            return name if found is None else found
        bearer = self.known.group_named(year, name)
        return name if bearer is None else bearer.id

    def as_json(self) -> dict[str, Any]:
        """What is stored with the job and shown: counts of everything, examples of the rows."""
        return {
            "sheets": [_sheet_json(plan, self.known) for plan in self.sheets.values()],
            "renamed": [list(pair) for pair in self.renamed],
            "emptied": self.emptied,
            "unscheduled": self.unscheduled[:SHOWN_CHANGED],
            "unscheduled_count": len(self.unscheduled),
            "thinned": self.thinned,
            "endable": self.endable,
            "lessons_new": self.lessons_new,
            "lessons_gone": self.lessons_gone,
            "changes_nothing": self.changes_nothing,
            "shrinks": self.shrinks,
            "digest": self.digest,
        }


def _sheet_json(plan: SheetPlan[Any], known: Known) -> dict[str, Any]:
    sheet = SHEETS[plan.key]
    return {
        "key": plan.key.value,
        "name": plan.name or sheet.name,
        "new": len(plan.new),
        "changed": len(plan.changed),
        "ended": len(plan.ended),
        "gone": len(plan.gone),
        "unchanged": plan.unchanged,
        "new_rows": [{"row": row.at, "key": key_shown(plan.key, row)} for row in plan.new[:SHOWN_NEW]],
        "changed_rows": [
            {
                "row": changed.row.at,
                "key": key_shown(plan.key, changed.row),
                "fields": [[change.heading, change.before, change.after] for change in changed.fields],
            }
            for changed in plan.changed[:SHOWN_CHANGED]
        ],
        "ended_rows": [line_shown(number, slot) for number, slot in plan.ended[:SHOWN_CHANGED]],
        "gone_rows": [gone_shown(plan.key, key, known) for key in plan.gone[:SHOWN_CHANGED]],
    }


def make_plan(book: Book, known: Known) -> Plan:
    """Compare a book without errors with the journal."""
    return _Planner(book, known).run()


class _Planner:
    def __init__(self, book: Book, known: Known) -> None:
        self.book, self.known = book, known
        self.plan = Plan(book, known, known.year)

    def run(self) -> Plan:
        book, plan = self.book, self.plan
        simple: list[tuple[Table[Any], Callable[[Any], Hashable]]] = [
            (book.semesters, lambda row: (row.year, row.semester)),
            (book.holidays, lambda row: row.day),
            (book.bells, lambda row: row.pair),
            (book.units, lambda row: row.code),
            (book.departments, lambda row: row.code),
            (book.rooms, lambda row: row.code),
        ]
        for table, key_of in simple:
            self._compare(table, key_of)
        self._compare(book.teachers, lambda row: row.number, self._person_values)
        self._groups()
        self._compare(book.students, lambda row: row.record_book, self._student_values)
        self._compare(book.curriculum, _curriculum_key, _curriculum_values)
        self._compare(book.workload, lambda row: row.number, self._workload_values)
        self._timetable()
        self._emptied()
        self._gone()
        plan.sheets = {key: plan.sheets[key] for key in SheetKey if key in plan.sheets}
        plan.digest = _digest(plan)
        return plan

    def _compare(
        self,
        table: Table[Row],
        key_of: Callable[[Row], Hashable],
        values_of: Callable[[Row, Mapping[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        if not table:
            return
        sheet = SHEETS[table.key]
        fields = [
            column.field
            for column in sheet.columns
            if table.says(column.field) and column.field not in sheet.key_fields
        ]
        known = self.known.rows[table.key]
        done: SheetPlan[Row] = SheetPlan(table.key, table.name)
        for row in table.rows:
            before = known.get(key_of(row))
            if before is None:
                done.new.append(row)
                continue
            after = {name: getattr(row, name) for name in fields}
            if values_of is not None:
                after |= values_of(row, after)
            differing = [name for name in fields if before[name] != after[name]]
            was = self.known.renumbered[table.key].get(str(key_of(row)))
            if differing or was:
                changes = [
                    FieldChange(
                        name, table.heading(name), self._shown(name, before[name]), self._shown(name, after[name])
                    )
                    for name in differing
                ]
                if was:
                    key = sheet.key_fields[0]
                    changes.insert(0, FieldChange(key, table.heading(key), was, str(key_of(row))))
                done.changed.append(Changed(row, changes))
            else:
                done.unchanged += 1
        self.plan.sheets[table.key] = done

    def _person_values(self, row: Any, said: Mapping[str, Any]) -> dict[str, Any]:
        """An empty cell does not take an id of AVN away."""
        if "external_id" not in said or said["external_id"] is not None:
            return {}
        if isinstance(row, StudentRow):
            return {"external_id": self.known.rows[SheetKey.STUDENTS][row.record_book]["external_id"]}
        return {"external_id": self.known.rows[SheetKey.TEACHERS][row.number]["external_id"]}

    def _student_values(self, row: StudentRow, said: Mapping[str, Any]) -> dict[str, Any]:
        return {**self._person_values(row, said), "group": self.plan.group_of(self.plan.year or "", row.group)}

    def _workload_values(self, row: WorkloadRow, said: Mapping[str, Any]) -> dict[str, Any]:
        return {"group": self.plan.group_of(row.year, row.group)}

    def _shown(self, name: str, value: object) -> str:
        if name == "group" and isinstance(value, int):
            group = self.known.groups[value]
            return group.names.get(self.plan.year or "", group.name)
        return shown(value)

    # --- Groups -------------------------------------------------------------------------------------------

    def _groups(self) -> None:
        table = self.book.groups
        if not table:
            return
        self._which_groups(table)
        done: SheetPlan[GroupRow] = SheetPlan(table.key, table.name)
        for row in table.rows:
            group_id = self.plan.groups[row.name]
            if group_id is None:
                done.new.append(row)
                continue
            changes = self._group_changes(table, row, self.known.groups[group_id])
            if changes:
                done.changed.append(Changed(row, changes))
            else:
                done.unchanged += 1
        self.plan.sheets[table.key] = done

    def _group_changes(self, table: Table[GroupRow], row: GroupRow, group: KnownGroup) -> list[FieldChange]:
        changes = []
        before_and_after: list[tuple[str, object, object]] = [
            ("name", group.names.get(self.plan.year or ""), row.name),
            ("unit", group.unit, row.unit),
            ("programme", group.programme, row.programme),
        ]
        if table.says("curator"):
            # Several may have been appointed by hand; the one whom the file names must be the only one.
            curator = row.curator if group.curators == {row.curator} else ", ".join(sorted(group.curators)) or None
            before_and_after.append(("curator", curator, row.curator))
        for name, before, after in before_and_after:
            if before != after:
                changes.append(FieldChange(name, table.heading(name), shown(before), shown(after)))
        if self.known.programmes.get(row.programme) not in {row.unit, None} and not any(
            change.field == "unit" for change in changes
        ):
            before = self.known.programmes[row.programme]
            changes.append(FieldChange("unit", table.heading("unit"), shown(before), row.unit))
        return changes

    def _which_groups(self, table: Table[GroupRow]) -> None:
        """Find the group that each row means: by the name it bears in the year; by name and intake, if it bore it
        in another year; by its students, if they come from one group of the same intake that the file does not
        name otherwise (names move on every autumn); else it is a new one."""
        found, year = self.plan.groups, self.plan.year or ""
        by_key: dict[tuple[str, int], KnownGroup] = {}
        for (_, name), group in sorted(self.known.groups_by_name.items()):
            by_key[name, group.intake] = group
        for row in table.rows:
            bearer = self.known.group_named(year, row.name)
            found[row.name] = bearer.id if bearer is not None else None
        taken = {group_id for group_id in found.values() if group_id is not None}
        for row in table.rows:
            earlier = by_key.get((row.name, row.intake))
            if found[row.name] is None and earlier and earlier.id not in taken and year not in earlier.names:
                found[row.name] = earlier.id
                taken.add(earlier.id)
        came_from: dict[str, Counter[int]] = {row.name: Counter() for row in table.rows if found[row.name] is None}
        students = self.known.rows[SheetKey.STUDENTS]
        for student in self.book.students.rows:
            if student.group in came_from and (before := students.get(student.record_book)) and before["group"]:
                came_from[student.group][before["group"]] += 1
        for row in table.rows:
            for group_id, count in came_from.get(row.name, Counter()).most_common(1):
                group = self.known.groups[group_id]
                if (
                    group.intake == row.intake
                    and group_id not in taken
                    and year not in group.names
                    and 2 * count > group.members
                ):
                    found[row.name] = group_id
                    taken.add(group_id)
                    self.plan.renamed.append((group.name, row.name))

    def _emptied(self) -> None:
        """Groups that have students and would have none."""
        if not self.book.students.rows:
            return
        members = Counter({group.id: group.members for group in self.known.groups.values()})
        students = self.known.rows[SheetKey.STUDENTS]
        touched = set()
        for row in self.book.students.rows:
            before = students.get(row.record_book)
            after = self.plan.group_of(self.plan.year or "", row.group)
            was = before["group"] if before is not None else None
            if was != after:
                if was is not None:
                    members[was] -= 1
                    touched.add(was)
                if isinstance(after, int):
                    members[after] += 1
        self.plan.emptied = sorted(self.known.groups[group_id].name for group_id in touched if members[group_id] <= 0)

    # --- What the file does not name any more -----------------------------------------------------------------

    def _gone(self) -> None:
        """Who and what the journal has although the file speaks of the whole of which it is a part: of a group for
        its students, a group's semester for its workloads, a department for its teachers, a building for its rooms.
        A file of one institute says nothing about another."""
        book, plan = self.book, self.plan
        if book.students.rows:
            groups = {plan.group_of(plan.year or "", row.group) for row in book.students.rows}
            groups |= {plan.group_of(plan.year or "", row.name) for row in book.groups.rows}
            named = {row.record_book for row in book.students.rows}
            self._note_gone(SheetKey.STUDENTS, named, lambda values: values["group"] in groups)
        if book.workload.rows:
            semesters = {(row.year, row.semester, plan.group_of(row.year, row.group)) for row in book.workload.rows}
            named = {row.number for row in book.workload.rows} | {row.workload for row in book.timetable.rows}
            self._note_gone(
                SheetKey.WORKLOAD,
                named,
                # One without a keeper has been ended already.
                lambda values: (
                    bool(values["teacher"]) and (values["year"], values["semester"], values["group"]) in semesters
                ),
            )
        if book.teachers.rows:
            departments = {row.department for row in book.teachers.rows}
            named = {row.number for row in book.teachers.rows}
            self._note_gone(
                SheetKey.TEACHERS, named, lambda values: not values["left"] and values["department"] in departments
            )
        if book.rooms.rows and book.rooms.says("building"):
            buildings = {row.building for row in book.rooms.rows}
            named = {row.code for row in book.rooms.rows}
            self._note_gone(SheetKey.ROOMS, named, lambda values: values["building"] in buildings)

    def _note_gone(self, key: SheetKey, named: set[str], belongs: Callable[[Mapping[str, Any]], bool]) -> None:
        rows = self.known.rows[key]
        self.plan.sheets[key].gone = sorted(number for number in rows.keys() - named if belongs(rows[number]))

    # --- The timetable ------------------------------------------------------------------------------------

    def _timetable(self) -> None:
        table = self.book.timetable
        if not table:
            return
        done: SheetPlan[TimetableRow] = SheetPlan(table.key, table.name)
        said: dict[str, set[tuple[int, int, str]]] = {row.number: set() for row in self.book.workload.rows}
        current = {
            number: {(slot.weekday, slot.pair, slot.parity): slot for slot in slots}
            for number, slots in self.known.slots.items()
        }
        for row in table.rows:
            line = (row.weekday, row.pair, row.parity.value)
            said.setdefault(row.workload, set()).add(line)
            slot = current.get(row.workload, {}).get(line)
            if slot is None:
                done.new.append(row)
            elif slot.room != row.room:
                change = FieldChange("room", table.heading("room"), shown(slot.room), shown(row.room))
                done.changed.append(Changed(row, [change]))
            else:
                done.unchanged += 1
        for number, lines in said.items():
            for line, slot in current.get(number, {}).items():
                if line not in lines:
                    done.ended.append((number, slot))
            if not lines and current.get(number):
                self.plan.unscheduled.append(number)
        self.plan.sheets[table.key] = done
        in_force = sum(len(self.known.slots.get(number, ())) for number in self.known.rows[SheetKey.WORKLOAD])
        self.plan.thinned = len(done.ended) > THINNED_FROM and 100 * len(done.ended) > THINNED_SHARE * in_force
        self._count_lessons(done)

    def _count_lessons(self, done: SheetPlan[TimetableRow]) -> None:
        """Roughly how many lessons of journals follow: a meeting of a stream counts once for each journal."""
        semesters: dict[tuple[str, int], tuple[date, date]] = {
            key: (values["starts_on"], values["ends_on"]) for key, values in self.known.rows[SheetKey.SEMESTERS].items()
        }
        semesters |= {(row.year, row.semester): (row.starts_on, row.ends_on) for row in self.book.semesters.rows}
        holidays = {*self.known.rows[SheetKey.HOLIDAYS], *(row.day for row in self.book.holidays.rows)}
        of_workload: dict[str, tuple[str, int]] = {
            number: (values["year"], values["semester"])
            for number, values in self.known.rows[SheetKey.WORKLOAD].items()
        }
        of_workload |= {row.number: (row.year, row.semester) for row in self.book.workload.rows}
        counted: dict[tuple[Any, ...], int] = {}

        def count(number: str, weekday: int, parity: str, *, running: bool) -> int:
            semester = of_workload.get(number)
            if semester not in semesters:
                return 0
            key = (semester, weekday, parity, running)
            if key not in counted:
                starts_on, ends_on = semesters[semester]
                counted[key] = len(
                    days_of_line(
                        weekday=weekday,
                        parity=parity,
                        starts_on=max(starts_on, self.known.today) if running else starts_on,
                        ends_on=ends_on,
                        semester_starts_on=starts_on,
                        holidays=holidays,
                    )
                )
            return counted[key]

        for row in done.new:
            running = row.workload in of_workload and of_workload[row.workload] in self.known.timetabled
            self.plan.lessons_new += count(row.workload, row.weekday, row.parity, running=running)
        for number, slot in done.ended:
            self.plan.lessons_gone += count(number, slot.weekday, slot.parity, running=True)


def _curriculum_key(row: CurriculumRow) -> Hashable:
    return (row.programme, row.intake, row.year, row.semester, row.discipline)


def _curriculum_values(row: CurriculumRow, said: Mapping[str, Any]) -> dict[str, Any]:
    hours = ("lecture_hours", "practical_hours", "laboratory_hours")
    return {name: said[name] or 0 for name in hours if name in said}


def _digest(plan: Plan) -> str:
    """A fingerprint of all that would be done: what is loaded must be what was shown."""
    made = hashlib.sha256()
    for key, sheet in plan.sheets.items():
        made.update(f"{key}\n".encode())
        for row in sheet.new:
            made.update(f"+{row!r}\n".encode())
        for changed in sheet.changed:
            made.update(f"~{changed.row!r}{changed.fields!r}\n".encode())
        for ended in sheet.ended:
            made.update(f"-{ended!r}\n".encode())
        made.update(f"{sheet.gone!r}\n".encode())
    made.update(f"{plan.renamed!r}{sorted(plan.groups.items())!r}{plan.emptied!r}{plan.unscheduled!r}".encode())
    return made.hexdigest()
