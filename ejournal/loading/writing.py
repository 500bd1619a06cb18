"""Writing a plan, app by app, from below upwards: university, accounts, teaching."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Min
from django.utils.translation import gettext_noop

from accounts.models import User
from accounts.services import loading as people
from ejournal.lib.clock import day_of
from ejournal.loading.difference import Plan
from ejournal.loading.rows import GroupRow, SheetKey, StudentRow, TimetableRow, WorkloadRow
from journal.models import Mark
from teaching.models import Course, Workload
from teaching.services import loading as courses
from teaching.services.timetable import Line, TimetableChange, change_timetable, drop_lines, first_free_day
from teaching.services.timetable_lessons import Generated, generate_lessons
from university.models import Semester
from university.services import structure

# Told per cents and what is being done, as a msgid.
Progress = Callable[[int, str], None]

STAGES = {
    "reading": gettext_noop("Reading the file"),
    "comparing": gettext_noop("Comparing with the journal"),
    "structure": gettext_noop("Writing the structure"),
    "people": gettext_noop("Writing teachers and students"),
    "workload": gettext_noop("Writing workloads"),
    "lessons": gettext_noop("Making lessons"),
}


class Writer:
    """Writes a plan. Only rows that are new or differ are touched."""

    def __init__(
        self,
        plan: Plan,
        *,
        by: User | None,
        now: datetime,
        basis: str,
        progress: Progress,
        ends: Collection[SheetKey] = (),
    ) -> None:
        self.ends = ends
        self.plan, self.by, self.now, self.basis, self.progress = plan, by, now, basis, progress
        self.today = day_of(now)
        self.book = plan.book
        self.group_ids: dict[str, int] = {name: found for name, found in plan.groups.items() if found is not None}
        self.moves: list[people.Move] = []
        self.first_time: set[int] = set()

    def run(self) -> Generated:
        had_courses = Course.objects.filter(semester__ends_on__gte=self.today).exists()
        self.progress(20, STAGES["structure"])
        self._structure()
        self.progress(25, STAGES["people"])
        self._teachers()
        self._groups()
        self._students()
        self._end_students()
        self.progress(45, STAGES["workload"])
        self._curriculum()
        concerned = self._workload() | self._end_workloads()
        if had_courses:
            courses.follow_groups(self.moves, today=self.today)
        lines_of, doomed = self._timetable()
        self.progress(65, STAGES["lessons"])
        done = self._lessons(concerned | lines_of, doomed)
        drop_lines(doomed)
        return done

    def _rows(self, key: SheetKey) -> list[Any]:
        return list(self.plan.sheet(key).rows())

    # --- The university ---------------------------------------------------------------------------------------

    def _structure(self) -> None:
        semesters = [
            structure.SemesterLine(
                row.year,
                row.semester,
                row.starts_on,
                row.ends_on,
                tuple(end for end in (row.module_1_ends_on, row.module_2_ends_on) if end is not None),
                row.session_ends_on,
            )
            for row in self._rows(SheetKey.SEMESTERS)
        ]
        if semesters:
            said = self.book.semesters.says("session_ends_on")
            for moved in structure.put_semesters(semesters, session_said=said):
                courses.move_semester(moved.semester, was=moved.was, today=self.today)
                was, starts_on = moved.was[0], moved.semester.starts_on
                if starts_on < was or self.today < was:
                    people.move_year_start(was=was, starts_on=starts_on)
        if rows := self._rows(SheetKey.HOLIDAYS):
            structure.put_holidays({row.day: row.name for row in rows})
        if rows := self._rows(SheetKey.BELLS):
            structure.put_bells({row.pair: (row.starts, row.ends) for row in rows})
        if rows := self._rows(SheetKey.UNITS):
            structure.put_units(structure.UnitLine(row.code, row.name, row.kind) for row in rows)
        if rows := self._rows(SheetKey.DEPARTMENTS):
            structure.put_departments(structure.DepartmentLine(row.code, row.name, row.unit, row.kind) for row in rows)
        if rows := self._rows(SheetKey.ROOMS):
            structure.put_rooms(
                (structure.RoomLine(row.code, row.building or "", row.number, row.seats) for row in rows),
                said=self.book.rooms.columns.keys(),
            )

    def _curriculum(self) -> None:
        rows = self._rows(SheetKey.CURRICULUM)
        if rows:
            structure.put_curriculum(
                [
                    structure.CurriculumLine(
                        row.programme,
                        row.intake,
                        row.year,
                        row.semester,
                        row.discipline,
                        row.lecture_hours or 0,
                        row.practical_hours or 0,
                        row.laboratory_hours or 0,
                        row.credits,
                        row.control_form,
                    )
                    for row in rows
                ]
            )

    # --- People -----------------------------------------------------------------------------------------------

    def _teachers(self) -> None:
        rows = self._rows(SheetKey.TEACHERS)
        if rows:
            people.renumber_teachers(self.plan.known.renumbered[SheetKey.TEACHERS])
            people.put_teachers(
                [
                    people.TeacherLine(
                        row.number,
                        row.last_name,
                        row.first_name,
                        row.patronymic or "",
                        row.department,
                        row.position or "",
                        row.external_id or "",
                    )
                    for row in rows
                ],
                said=self.book.teachers.columns.keys(),
                now=self.now,
            )

    def _groups(self) -> None:
        sheet = self.plan.sheet(SheetKey.GROUPS)
        rows: list[GroupRow] = list(sheet.rows())
        if not rows or self.plan.year is None:
            return
        self.group_ids |= structure.put_groups(
            [
                structure.GroupLine(self.plan.groups[row.name], row.name, row.intake, row.unit, row.programme)
                for row in rows
            ],
            year=self.plan.year,
            today=self.today,
        )
        if not self.book.groups.says("curator"):
            return
        curators = {self.group_ids[row.name]: row.curator for row in sheet.new if row.curator}
        curators |= {
            self.group_ids[change.row.name]: change.row.curator for change in sheet.changed if change.has("curator")
        }
        if curators:
            people.appoint_curators(
                curators,
                from_day=self.plan.known.from_day,
                before=self.plan.known.before,
                order_number=f"XLSX {self.basis}",
                order_date=self.today,
            )

    def _year_starts_on(self) -> date:
        """The first day of the academic year in which the file's groups bear their names."""
        first = Semester.objects.filter(year__name=self.plan.year).aggregate(first=Min("starts_on"))["first"]
        return first or self.today

    def _group_id(self, year: str, name: str) -> int:
        if year == self.plan.year and name in self.group_ids:
            return self.group_ids[name]
        found = self.plan.group_of(year, name)
        if not isinstance(found, int):
            raise LookupError(f"group {name!r} of {year} was checked and is not there")
        return found

    def _students(self) -> None:
        sheet = self.plan.sheet(SheetKey.STUDENTS)
        rows: list[StudentRow] = list(sheet.rows())
        if not rows:
            return
        people.renumber_students(self.plan.known.renumbered[SheetKey.STUDENTS])
        people.put_students(
            [
                people.StudentLine(
                    row.record_book,
                    row.last_name,
                    row.first_name,
                    row.patronymic or "",
                    row.birth_date,
                    row.sex or "",
                    row.phone or "",
                    row.guardian_name or "",
                    row.guardian_phone or "",
                    row.external_id or "",
                )
                for row in rows
            ],
            said=self.book.students.columns.keys(),
            now=self.now,
        )
        placed = [*sheet.new, *(change.row for change in sheet.changed if change.has("group", "subgroup"))]
        self._place(placed, new={row.record_book for row in sheet.new})

    def _place(self, rows: Sequence[StudentRow], *, new: set[str]) -> None:
        year = self.plan.year or ""
        starts_on = self._year_starts_on()
        running = self.plan.known.from_day
        placed = [(row, self._group_id(year, row.group)) for row in rows]
        subgroups = structure.put_subgroups((group_id, row.subgroup) for row, group_id in placed if row.subgroup)
        # Who was marked this morning belongs to the old group until tonight.
        busy: set[str] = set()
        if running == self.today:
            marked = Mark.objects.filter(
                lesson__date=self.today, student__record_book__in=[r.record_book for r in rows]
            )
            busy = set(marked.values_list("student__record_book", flat=True))
        known = self.plan.known.groups

        def from_day(row: StudentRow, group_id: int) -> date:
            # The first load of a group in mid-semester: its students were there from the beginning.
            if row.record_book in new and (group_id not in known or not known[group_id].members):
                return starts_on
            if row.record_book in busy:
                return date.fromordinal(running.toordinal() + 1)
            return running

        self.moves = people.place_students(
            [
                people.Placement(
                    row.record_book,
                    group_id,
                    subgroups[group_id, row.subgroup] if row.subgroup else None,
                    from_day(row, group_id),
                )
                for row, group_id in placed
            ],
            before=self.plan.known.before,
        )

    def _end_students(self) -> None:
        """Students whom the file does not name any more leave their groups; who was marked today, tonight."""
        if SheetKey.STUDENTS not in self.ends:
            return
        gone = self.plan.sheet(SheetKey.STUDENTS).gone
        day, before = self.plan.known.from_day, self.plan.known.before
        marked = Mark.objects.filter(lesson__date=self.today, student__record_book__in=gone)
        busy = set(marked.values_list("student__record_book", flat=True)) if day == self.today else set()
        tomorrow = date.fromordinal(day.toordinal() + 1)
        self.moves += people.end_places(
            {record_book: tomorrow if record_book in busy else day for record_book in gone}, before=before
        )

    # --- Teaching ---------------------------------------------------------------------------------------------

    def _workload(self) -> set[int]:
        sheet = self.plan.sheet(SheetKey.WORKLOAD)
        rows: list[WorkloadRow] = list(sheet.rows())
        if not rows:
            return set()
        new = {row.number for row in sheet.new}
        disciplines = structure.put_disciplines(row.discipline for row in rows)
        semesters = {(s.year.name, s.number): s for s in Semester.objects.select_related("year")}
        groups = {(row.year, row.group): self._group_id(row.year, row.group) for row in rows}
        subgroups = structure.put_subgroups((groups[row.year, row.group], row.subgroup) for row in rows if row.subgroup)
        known = set(
            Workload.objects.filter(number__in=[c.row.number for c in sheet.changed]).values_list("id", flat=True)
        )
        change_day = first_free_day(known, now=self.now)

        def key(row: WorkloadRow) -> courses.CourseKey:
            return disciplines[row.discipline], groups[row.year, row.group], semesters[row.year, row.semester].pk

        def starts_on(row: WorkloadRow) -> date:
            first = semesters[row.year, row.semester].starts_on
            if row.number in new and (row.year, row.semester) not in self.plan.known.timetabled:
                return first
            return max(first, self.today if row.number in new else change_day)

        course_ids, new_courses = courses.put_courses(
            courses.CourseLine(*key(row), row.department, row.control_form, row.credits) for row in rows
        )
        workload_ids = courses.put_workloads(
            [
                courses.WorkloadLine(
                    number=row.number,
                    course=key(row),
                    department=row.department,
                    kind=row.kind,
                    subgroup_id=subgroups[groups[row.year, row.group], row.subgroup] if row.subgroup else None,
                    hours=row.hours,
                    stream=row.stream or "",
                    teacher=row.teacher,
                    starts_on=starts_on(row),
                )
                for row in rows
            ],
            courses=course_ids,
            today=self.today,
        )
        courses.enrol_in_courses(new_courses)
        return set(workload_ids)

    def _end_workloads(self) -> set[int]:
        """Workloads that the file does not name any more lose their keeper; their lines end with the timetable."""
        if SheetKey.WORKLOAD not in self.ends:
            return set()
        gone = Workload.objects.filter(number__in=self.plan.sheet(SheetKey.WORKLOAD).gone)
        ids = set(gone.values_list("id", flat=True))
        courses.end_workloads(ids, from_day=first_free_day(ids, now=self.now), today=self.today)
        return ids

    def _timetable(self) -> tuple[set[int], set[int]]:
        sheet = self.plan.sheet(SheetKey.TIMETABLE)
        ended = {slot.id for _, slot in sheet.ended}
        if SheetKey.WORKLOAD in self.ends:
            lines = self.plan.known.slots
            ended |= {slot.id for number in self.plan.sheet(SheetKey.WORKLOAD).gone for slot in lines.get(number, ())}
        if not sheet and not ended:
            return set(), set()
        new: list[TimetableRow] = sheet.new
        slots = {
            (number, slot.weekday, slot.pair, slot.parity): slot.id
            for number, lines in self.plan.known.slots.items()
            for slot in lines
        }
        self.first_time = {
            semester.pk
            for semester in Semester.objects.filter(courses__workloads__number__in={row.workload for row in new})
            .select_related("year")
            .distinct()
            if (semester.year.name, semester.number) not in self.plan.known.timetabled
        }
        return change_timetable(
            TimetableChange(
                new=[Line(row.workload, row.weekday, row.pair, row.parity, row.room or "") for row in new],
                moved=[
                    (
                        slots[change.row.workload, change.row.weekday, change.row.pair, change.row.parity],
                        change.row.room or "",
                    )
                    for change in sheet.changed
                ],
                ended=sorted(ended),
                first_time=self.first_time,
            ),
            now=self.now,
        )

    def _lessons(self, workload_ids: set[int], doomed: set[int]) -> Generated:
        """Lessons of the journals concerned; of whole semesters, where the calendar changed or all is new."""
        done = Generated()
        calendar = any(self.plan.sheet(key) for key in (SheetKey.SEMESTERS, SheetKey.HOLIDAYS, SheetKey.BELLS))
        mine = {
            semester.pk: semester
            for semester in Semester.objects.filter(courses__workloads__in=workload_ids).distinct()
        }
        whole = (
            {semester.pk: semester for semester in Semester.objects.filter(ends_on__gte=self.today)} if calendar else {}
        )
        for semester in sorted({**mine, **whole}.values(), key=lambda semester: semester.starts_on):
            everything = semester.pk in whole or semester.pk in self.first_time
            done += generate_lessons(
                semester,
                by=self.by,
                now=self.now,
                workload_ids=None if everything else workload_ids,
                leave_out=doomed,
            )
        return done
