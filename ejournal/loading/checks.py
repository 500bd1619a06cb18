"""Rows together: what refers to nothing, disagrees, overlaps or looks like somebody else. No database here."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple, cast

from ejournal.loading.known import Known
from ejournal.loading.problems import Problems
from ejournal.loading.rows import Book, SheetKey, Table, TimetableRow, WorkloadRow
from ejournal.loading.sheets import SHEETS
from ejournal.loading.words import fold_key, fold_person
from teaching.enums import ClashKind, WeekParity
from teaching.rules import Found, Held, clashes_among

# Of each kind; all of them are counted.
CLASHES_NAMED = 10


class _Keys:
    """What a reference may mean: keys of the file, broken rows included, and of the journal."""

    def __init__(self, table: Table[Any], field: str, known: Iterable[Any]) -> None:
        self.sheet = table.name or SHEETS[table.key].name
        self.keys = {getattr(row, field) for row in table.rows}
        self.keys |= {values[field] for values in table.broken if field in values}
        self.keys |= set(known)
        self._folded: dict[str, str] | None = None

    def lookalike(self, value: str) -> str | None:
        if self._folded is None:
            self._folded = {fold_key(key): key for key in self.keys if isinstance(key, str)}
        return self._folded.get(fold_key(value))


def check_book(book: Book, known: Known, problems: Problems) -> None:
    """Judge what single cells cannot say. Adds problems; changes nothing."""
    checker = _Checker(book, known, problems)
    checker.calendar()
    checker.references()
    checker.new_keys()
    checker.groups()
    checker.courses()
    checker.timetable()
    checker.people()
    checker.names()
    checker.disciplines()
    if not problems.refused:
        # Rows that are missing for an error would show clashes that are none, and hide others.
        checker.clashes()


class _CourseFacts(NamedTuple):
    control_form: str
    credits: Any
    department: str


class _Checker:
    def __init__(self, book: Book, known: Known, problems: Problems) -> None:
        self.book, self.known, self.problems = book, known, problems
        self.year = known.year

    def _say(self, code: str, table: Table[Any], row: Any, field: str, value: object = "", **params: object) -> None:
        self.problems.add(code, sheet=table.name, row=row.at, column=table.heading(field), value=value, **params)

    # --- The calendar -------------------------------------------------------------------------------------

    def calendar(self) -> None:
        table = self.book.semesters
        for row in table.rows:
            ordered = [
                ("starts_on", row.starts_on),
                ("module_1_ends_on", row.module_1_ends_on),
                ("module_2_ends_on", row.module_2_ends_on),
            ]
            for (before, early), (after, late) in pairwise(ordered):
                if early and late and late <= early:
                    self._say("wrong_order", table, row, after, late, other=table.heading(before))
            if row.ends_on <= row.starts_on:
                self._say("wrong_order", table, row, "ends_on", row.ends_on, other=table.heading("starts_on"))
            elif row.module_2_ends_on and row.ends_on < row.module_2_ends_on:
                self._say("wrong_order", table, row, "ends_on", row.ends_on, other=table.heading("module_2_ends_on"))
            if row.session_ends_on and row.session_ends_on < row.ends_on:
                self._say(
                    "wrong_order", table, row, "session_ends_on", row.session_ends_on, other=table.heading("ends_on")
                )
            first = int(row.year[:4])
            if not date(first, 7, 1) <= row.starts_on < row.ends_on <= date(first + 1, 9, 30):
                self._say("outside_year", table, row, "starts_on", row.starts_on, year=row.year)
        self._semesters_apart()
        bells = sorted(self.book.bells.rows, key=lambda row: row.starts)
        for bell in bells:
            if bell.ends <= bell.starts:
                heading = self.book.bells.heading("starts")
                self._say("wrong_order", self.book.bells, bell, "ends", f"{bell.ends:%H:%M}", other=heading)
        for early_bell, late_bell in pairwise(bells):
            if late_bell.starts < early_bell.ends:
                self._say(
                    "overlaps", self.book.bells, late_bell, "starts", f"{late_bell.starts:%H:%M}", other=early_bell.at
                )

    def _semesters_apart(self) -> None:
        table = self.book.semesters
        rows = sorted(table.rows, key=lambda row: row.starts_on)
        for early, late in pairwise(rows):
            if late.starts_on <= early.ends_on:
                self._say("overlaps", table, late, "starts_on", late.starts_on, other=early.at)
        named = {(row.year, row.semester) for row in rows}
        for (year, number), values in self.known.rows[SheetKey.SEMESTERS].items():
            if (year, number) in named:
                continue
            for row in rows:
                if row.starts_on <= values["ends_on"] and values["starts_on"] <= row.ends_on:
                    self._say("overlaps_journal", table, row, "starts_on", row.starts_on, other=f"{year}, {number}")

    # --- References ---------------------------------------------------------------------------------------

    def references(self) -> None:
        book, rows = self.book, self.known.rows
        units = _Keys(book.units, "code", rows[SheetKey.UNITS])
        departments = _Keys(book.departments, "code", rows[SheetKey.DEPARTMENTS])
        rooms = _Keys(book.rooms, "code", rows[SheetKey.ROOMS])
        teachers = _Keys(book.teachers, "number", rows[SheetKey.TEACHERS])
        workloads = _Keys(book.workload, "number", rows[SheetKey.WORKLOAD])
        bells = _Keys(book.bells, "pair", rows[SheetKey.BELLS])
        programmes = _Keys(book.groups, "programme", self.known.programmes)
        self._refer(book.departments, "unit", units)
        self._refer(book.teachers, "department", departments)
        self._refer(book.groups, "unit", units)
        self._refer(book.groups, "curator", teachers)
        self._refer(book.curriculum, "programme", programmes)
        self._refer(book.workload, "department", departments)
        self._refer(book.workload, "teacher", teachers)
        self._refer(book.timetable, "workload", workloads)
        self._refer(book.timetable, "pair", bells)
        self._refer(book.timetable, "room", rooms)
        if self.year is None and (book.groups or book.students):
            table = book.groups if book.groups else book.students
            self.problems.add("no_academic_year", sheet=table.name, sheet_needed=SHEETS[SheetKey.SEMESTERS].name)
            return
        self._semesters_exist()
        self._refer(book.students, "group", self._group_names(self.year or ""))
        by_year: dict[str, _Keys] = {}
        for row in book.workload.rows:
            names = by_year.get(row.year)
            if names is None:
                names = by_year[row.year] = self._group_names(row.year)
            self._refer_one(book.workload, row, "group", names)

    def _group_names(self, year: str) -> _Keys:
        borne = [name for of_year, name in self.known.groups_by_name if of_year == year]
        table = self.book.groups if year == self.year else Table[Any](SheetKey.GROUPS, self.book.groups.name)
        return _Keys(table, "name", borne)

    def _refer(self, table: Table[Any], field: str, keys: _Keys) -> None:
        for row in table.rows:
            value = getattr(row, field)
            if value is not None and value not in keys.keys:
                self._refer_one(table, row, field, keys)

    def _refer_one(self, table: Table[Any], row: Any, field: str, keys: _Keys) -> None:
        value = getattr(row, field)
        if value is None or value in keys.keys:
            return
        other = keys.lookalike(value) if isinstance(value, str) else None
        if other is None:
            self._say("unknown_reference", table, row, field, value, sheet_meant=keys.sheet)
        else:
            self._say("lookalike_reference", table, row, field, value, sheet_meant=keys.sheet, other=other)

    def _semesters_exist(self) -> None:
        book = self.book
        there = {(row.year, row.semester) for row in book.semesters.rows} | self.known.rows[SheetKey.SEMESTERS].keys()
        there |= {
            (values["year"], values["semester"])
            for values in book.semesters.broken
            if {"year", "semester"} <= values.keys()
        }
        sheet = book.semesters.name or SHEETS[SheetKey.SEMESTERS].name
        tables: list[Table[Any]] = [book.curriculum, book.workload]
        for table in tables:
            for row in table.rows:
                if (row.year, row.semester) not in there:
                    value = f"{row.year}, {row.semester}"
                    self._say("unknown_reference", table, row, "semester", value, sheet_meant=sheet)

    # --- New keys that look like old ones -----------------------------------------------------------------

    def new_keys(self) -> None:
        book, rows = self.book, self.known.rows
        for table, field in (
            (book.units, "code"),
            (book.departments, "code"),
            (book.rooms, "code"),
            (book.teachers, "number"),
            (book.students, "record_book"),
            (book.workload, "number"),
        ):
            known = rows[table.key]
            new = [row for row in table.rows if getattr(row, field) not in known]
            if not new or not known:
                continue
            folded = {fold_key(key): key for key in known}
            for row in new:
                other = folded.get(fold_key(getattr(row, field)))
                if other is not None:
                    self._say("lookalike_in_journal", table, row, field, getattr(row, field), other=other)

    # --- Groups -------------------------------------------------------------------------------------------

    def groups(self) -> None:
        table = self.book.groups
        names: dict[str, int] = {}
        programmes: dict[str, tuple[str, int]] = {}
        for row in table.rows:
            if row.name in names:
                self._say("duplicate_key", table, row, "name", row.name, other=names[row.name])
                continue
            names[row.name] = row.at
            bearer = self.known.group_named(self.year or "", row.name)
            if bearer is not None and bearer.intake != row.intake:
                self._say("name_taken", table, row, "intake", row.intake, year=self.year, intake=bearer.intake)
            unit, other = programmes.setdefault(row.programme, (row.unit, row.at))
            if unit != row.unit:
                self._say("programme_in_two_units", table, row, "unit", row.unit, other=other)

    # --- Courses ------------------------------------------------------------------------------------------

    def courses(self) -> None:
        """Rows of one discipline, group and semester agree on control form, credits and department."""
        table = self.book.workload
        first: dict[tuple[Any, ...], tuple[WorkloadRow, _CourseFacts]] = {}
        agreed = True
        for row in table.rows:
            key = (row.discipline, row.group, row.year, row.semester)
            facts = _CourseFacts(row.control_form, row.credits, row.department)
            other, expected = first.setdefault(key, (row, facts))
            for field, said, before in zip(_CourseFacts._fields, facts, expected, strict=True):
                if said != before:
                    agreed = False
                    self._say("course_disagrees", table, row, field, said, other=other.at, other_value=before)
        if agreed:
            self._courses_in_journal({key: row for key, (row, _) in first.items()})

    def _courses_in_journal(self, courses: Mapping[tuple[Any, ...], WorkloadRow]) -> None:
        """A file that changes a course names all of its workloads: the others would be left behind."""
        table = self.book.workload
        named = {row.number for row in table.rows}
        for number, values in self.known.rows[SheetKey.WORKLOAD].items():
            if number in named:
                continue
            group = self.known.groups[values["group"]]
            key = (values["discipline"], group.names.get(values["year"]), values["year"], values["semester"])
            row = courses.get(key)
            if row is None:
                continue
            for field in _CourseFacts._fields:
                said, before = getattr(row, field), values[field]
                if said != before:
                    self._say(
                        "course_disagrees_with_journal", table, row, field, said, other=number, other_value=before
                    )

    # --- The timetable ------------------------------------------------------------------------------------

    def timetable(self) -> None:
        table = self.book.timetable
        taken: dict[tuple[str, int, int], list[Any]] = defaultdict(list)
        for row in table.rows:
            meetings = taken[row.workload, row.weekday, row.pair]
            for other in meetings:
                if WeekParity.EVERY in (row.parity, other.parity) or row.parity == other.parity:
                    self._say("slot_conflict", table, row, "pair", row.workload, other=other.at)
                    break
            meetings.append(row)
        streams: dict[str, WorkloadRow] = {}
        for workload in self.book.workload.rows:
            if workload.stream:
                first = streams.setdefault(workload.stream, workload)
                if (first.year, first.semester) != (workload.year, workload.semester):
                    self._say(
                        "stream_disagrees", self.book.workload, workload, "stream", workload.stream, other=first.at
                    )

    def clashes(self) -> None:
        """One teacher, group or auditorium in two meetings at once (§3.3): counted by
        weekday and pair, the first of each kind named.

        Real timetables have hundreds, so they hold nothing up; the page of clashes lists them after the load.
        """
        table = self.book.timetable
        places: dict[tuple[ClashKind, Hashable, Hashable], Found] = {}
        for found in clashes_among(self._held()):
            places.setdefault((found.kind, found.subject, found.first.when), found)
        counts = Counter(kind for kind, _subject, _when in places)
        if not counts:
            return
        self.problems.add(
            "clashes",
            sheet=table.name,
            teachers=counts[ClashKind.TEACHER],
            groups=counts[ClashKind.GROUP],
            rooms=counts[ClashKind.ROOM],
        )
        named: Counter[ClashKind] = Counter()
        for found in places.values():
            named[found.kind] += 1
            if named[found.kind] <= CLASHES_NAMED:
                row, other = cast(TimetableRow, found.second.id), cast(TimetableRow, found.first.id)
                field = "room" if found.kind == ClashKind.ROOM else "workload"
                self._say(f"{found.kind}_clash", table, row, field, self._named(found), other=other.at)

    def _held(self) -> Iterator[Held]:
        """The file's lines with what their workloads, of the file or of the journal, hold."""
        of_file = {row.number: row for row in self.book.workload.rows}
        of_journal = self.known.rows[SheetKey.WORKLOAD]
        for row in self.book.timetable.rows:
            workload = of_file.get(row.workload)
            if workload is not None:
                group, subgroup, teacher, stream = (
                    workload.group,
                    workload.subgroup,
                    workload.teacher,
                    workload.stream,
                )
                term = workload.year, workload.semester
            elif row.workload in of_journal:
                values = of_journal[row.workload]
                borne = self.known.groups[values["group"]]
                group = borne.names.get(values["year"], borne.name)
                subgroup, teacher, stream = values["subgroup"], values["teacher"], values["stream"]
                term = values["year"], values["semester"]
            else:
                continue
            when = (*term, row.weekday, row.pair)
            yield Held(row, when, teacher, group, subgroup, row.room, row.parity, stream)

    def _named(self, found: Found) -> str:
        """Who or what it is: a teacher by his name, since nobody knows staff numbers by heart."""
        if found.kind != ClashKind.TEACHER:
            return str(found.subject)
        for row in self.book.teachers.rows:
            if row.number == found.subject:
                return _full_name(row.last_name, row.first_name, row.patronymic)
        values = self.known.rows[SheetKey.TEACHERS].get(found.subject)
        if values is None:
            return str(found.subject)
        return _full_name(values["last_name"], values["first_name"], values["patronymic"])

    # --- People -------------------------------------------------------------------------------------------

    def people(self) -> None:
        """Two keys for what may be one person: warned of, since namesakes born on one day exist. A name whose letters
        alone differ from the journal's is pointed out too: a file that lost its ң must not take it from us."""
        table = self.book.students
        known = self.known.rows[SheetKey.STUDENTS]
        named = {row.record_book for row in table.rows}
        # By birth date, and by group: one of both is enough.
        seen: dict[tuple[str, object], tuple[str, str, str]] = {}
        for record_book, values in known.items():
            if record_book not in named and (values["birth_date"] or values["group"]):
                name = _full_name(values["last_name"], values["first_name"], values["patronymic"])
                folded = fold_person(name)
                for mark in (values["birth_date"], values["group"]):
                    if mark is not None:
                        seen[folded, mark] = (record_book, name, "")
        for row in table.rows:
            name = _full_name(row.last_name, row.first_name, row.patronymic)
            folded = fold_person(name)
            self._letters_only(table, row, known.get(row.record_book), name, folded)
            bearer = self.known.group_named(self.year or "", row.group)
            keys: list[tuple[str, object]] = [(folded, bearer.id if bearer is not None else row.group)]
            if row.birth_date is not None:
                keys.insert(0, (folded, row.birth_date))
            double = next((seen[key] for key in keys if key in seen), None)
            if double is not None:
                other, other_name, at = double
                self._say("same_person", table, row, "last_name", name, other=other_name, where=at or other)
            for key in keys:
                seen.setdefault(key, (row.record_book, name, str(row.at)))
        self._teachers()
        self._external_ids(table, "record_book")
        self._external_ids(self.book.teachers, "number")

    def _external_ids(self, table: Table[Any], key: str) -> None:
        """An id of AVN is one person's: in the file, and between the file and the journal."""
        if not table.says("external_id"):
            return
        known, owners = self.known.rows[table.key], self.known.by_external_id[table.key]
        # One account serves who studies and teaches, unless two were made already: those are merged by hand.
        of_others = {
            external_id: owner
            for other_key, ids in self.known.by_external_id.items()
            if other_key is not table.key
            for external_id, owner in ids.items()
        }
        first: dict[str, int] = {}
        for row in table.rows:
            said = row.external_id
            if said is None:
                continue
            if said in first:
                self._say("duplicate_key", table, row, "external_id", said, other=first[said])
                continue
            first[said] = row.at
            number = getattr(row, key)
            before = known[number]["external_id"] if number in known else None
            if before is not None and before != said:
                self._say("other_person", table, row, "external_id", said, other=before)
            elif owners.get(said, number) != number:
                self._say("external_id_taken", table, row, "external_id", said, other=owners[said])
            elif number in known and before is None and said in of_others:
                self._say("external_id_taken", table, row, "external_id", said, other=of_others[said])

    def _letters_only(
        self, table: Table[Any], row: Any, before: Mapping[str, Any] | None, name: str, folded: str
    ) -> None:
        if before is None:
            return
        if (before["last_name"], before["first_name"]) == (row.last_name, row.first_name) and (
            before["patronymic"] == row.patronymic
        ):
            return
        was = _full_name(before["last_name"], before["first_name"], before["patronymic"])
        if was != name and fold_person(was) == folded:
            self._say("letters_only", table, row, "last_name", name, other=was)

    def _teachers(self) -> None:
        table = self.book.teachers
        known = self.known.rows[SheetKey.TEACHERS]
        named = {row.number for row in table.rows}
        seen: dict[tuple[str, str], tuple[str, str]] = {}
        for number, values in known.items():
            if number not in named:
                name = _full_name(values["last_name"], values["first_name"], values["patronymic"])
                seen[fold_person(name), values["department"]] = (name, number)
        for row in table.rows:
            name = _full_name(row.last_name, row.first_name, row.patronymic)
            key = (fold_person(name), row.department)
            self._letters_only(table, row, known.get(row.number), name, key[0])
            if key in seen:
                self._say("same_person", table, row, "last_name", name, other=seen[key][0], where=seen[key][1])
            else:
                seen[key] = (name, str(row.at))

    # --- Groups, rooms, units, departments ----------------------------------------------------------------

    def names(self) -> None:
        """New ones that sound like others, in the journal or in the file: a slip of the keyboard doubles them."""
        borne = {name for of_year, name in self.known.groups_by_name if of_year == self.year}
        rows = self.known.rows
        self._similar(self.book.groups, "name", {name: name for name in borne}, "name")
        self._similar(self.book.rooms, "code", {code: code for code in rows[SheetKey.ROOMS]}, "code")
        sheets: list[Table[Any]] = [self.book.units, self.book.departments]
        for table in sheets:
            self._similar(table, "code", {code: values["name"] for code, values in rows[table.key].items()}, "name")

    def _similar(self, table: Table[Any], key: str, known: Mapping[str, str], field: str) -> None:
        """`known` gives the text of `field` by the value of `key`. Rows of a known key change it, and are no double."""
        named = {getattr(row, key) for row in table.rows}
        sound = {fold_person(text): text for of_key, text in sorted(known.items()) if of_key not in named}
        for row in table.rows:
            text = getattr(row, field)
            folded = fold_person(text)
            other = sound.setdefault(folded, text)
            if getattr(row, key) in known:
                continue
            if other != text or (field != key and sum(getattr(one, field) == text for one in table.rows) > 1):
                self._say("similar_name", table, row, field, text, other=other)

    # --- Disciplines --------------------------------------------------------------------------------------

    def disciplines(self) -> None:
        """A discipline that is new and sounds like another: a slip of the keyboard would split a course."""
        sound: dict[str, str] = {}
        for name in sorted(self.known.disciplines):
            sound.setdefault(fold_person(name), name)
        warned: set[str] = set()
        tables: list[Table[Any]] = [self.book.curriculum, self.book.workload]
        for table in tables:
            for row in table.rows:
                name = row.discipline
                if name in warned or name in self.known.disciplines:
                    continue
                other = sound.setdefault(fold_person(name), name)
                if other != name:
                    warned.add(name)
                    self._say("similar_discipline", table, row, "discipline", name, other=other)


def _full_name(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)
