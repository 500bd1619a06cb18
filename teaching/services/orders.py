"""Orders about students: judged by what is known of people, groups and courses, then written (§7.5, §3.5b).

Marks and closed modules are facts of the journal: `journal.services.orders` asks them around these two steps.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import GroupEnrolment, Student, User
from accounts.services.loading import Move, StudentLine, put_students
from accounts.services.places import Place, end_places, give_places
from ejournal.lib import locks
from ejournal.lib.clock import day_of
from ejournal.lib.errors import Refusal
from teaching.enums import EnrolmentBasis, OrderKind, StudentState
from teaching.models import STUDENT_STATE_LABELS, Course, CourseEnrolment, StudentOrder, StudentOrderLine
from teaching.rules import COURSE_KINDS, PLACING_KINDS, fits_state
from teaching.selectors.students import last_places, orders_of_places, states_of
from teaching.services.enrolments import end_enrolments, exempt, from_day_on, put_in_subgroup
from teaching.services.loading import follow_groups
from teaching.services.snapshots import differences, no_difference, take_snapshot
from university.models import Group, Semester, Subgroup
from university.selectors import semester_on

FARTHEST = timedelta(days=366)  # how far ahead an order may come into force
MOST_LINES = 500
Day = date  # a draft has a field of that name


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person who becomes a student by the order; gets a login later, from the dean's office (§3.4b)."""

    record_book: str
    last_name: str
    first_name: str
    patronymic: str = ""


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order as it was typed. `subgroups` by student (number, or None: not divided); for newcomers `subgroup`."""

    kind: OrderKind
    number: str
    date: Day
    effective_on: Day
    students: tuple[int, ...] = ()
    newcomers: tuple[Newcomer, ...] = ()
    to_group: Group | None = None
    subgroup: int | None = None
    subgroups: dict[int, int | None] = field(default_factory=dict)
    until: Day | None = None
    course: Course | None = None
    text: str = ""

    def subgroup_of(self, student_id: int) -> int | None:
        return self.subgroups.get(student_id, self.subgroup)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one student's line cannot be. `student` is "" where the order itself is meant."""

    student: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Judged:
    """An order whose every line may be: the people, where they are, where they go; the courses it may touch."""

    draft: OrderDraft
    students: dict[int, Student]
    places: dict[int, GroupEnrolment]
    targets: dict[int, Group]
    course_ids: frozenset[int]


_SENTENCES: dict[str, str | Promise] = {
    "number_missing": gettext_lazy("Write the number of the order."),
    "dated_ahead": gettext_lazy("The date of the order lies ahead."),
    "day_out_of_reason": gettext_lazy("An order comes into force on a day of this semester, or at most a year ahead."),
    "day_outside_semester": gettext_lazy("The day lies outside the semester of the course."),
    "nobody_named": gettext_lazy("Name at least one student."),
    "too_many": gettext_lazy("One order names at most 500 students here: make two."),
    "group_missing": gettext_lazy("Name the group."),
    "course_missing": gettext_lazy("Name the course."),
    "foreign_unit": gettext_lazy("This belongs to another unit: its dean's office makes the order."),
    "wrong_state": gettext_lazy("On that day: %(state)s."),
    "later_order": gettext_lazy("A later change is there already: withdraw that first, or choose a later day."),
    "same_group": gettext_lazy("Is in this group already."),
    "same_subgroup": gettext_lazy("Is in this subgroup already."),
    "no_such_subgroup": gettext_lazy("The group has no such subgroup."),
    "until_before": gettext_lazy("The leave would end before it begins."),
    "already_enrolled": gettext_lazy("Is on the list of this course already."),
    "not_enrolled": gettext_lazy("Is not on the list of this course on that day."),
    "record_book_taken": gettext_lazy("This record book number belongs to somebody."),
    "newcomer_incomplete": gettext_lazy("A new student needs a record book number, a surname and a given name."),
}


def problem(code: str, student: str = "", **facts: Any) -> Problem:
    """A problem with its sentence, in the language of whoever asks."""
    return Problem(student, code, str(_SENTENCES[code]) % facts if facts else str(_SENTENCES[code]))


def refuse(problems: Sequence[Problem], *, status: int = 422) -> None:
    """Raise what was found, if anything: the first names the refusal, all are in `extra["problems"]`."""
    if not problems:
        return
    first = problems[0]
    said = f"{first.student}: {first.message}" if first.student else first.message
    more = len(problems) - 1
    raise Refusal(
        _("%(first)s (and %(count)s more)") % {"first": said, "count": more} if more else said,
        code=first.code,
        status=status,
        problems=list(problems),
    )


def judge_order(draft: OrderDraft, *, reach: Collection[int] | None, now: datetime) -> Judged:
    """Lock, read and judge all lines of an order; nothing but newcomers is written.

    `reach`: ids of the units whose students the actor manages; None: all. Raises a Refusal that names every
    student who cannot be meant (`extra["problems"]`). Inside a transaction; the semesters are held shared, the
    students against other orders, the courses exclusively: nobody writes marks by lists that change.
    """
    refuse(_problems_of_paper(draft, today=day_of(now)))
    semesters = list(Semester.objects.filter(ends_on__gte=draft.effective_on).values_list("id", flat=True))
    locks.share_courses(semester_ids=semesters, course_ids=[])
    if draft.newcomers:
        draft = _with_newcomers(draft, now=now)
    students = {
        student.pk: student
        # Not against foreign keys: who saves a mark holds his course and asks for the student.
        for student in Student.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=draft.students)
        .select_related("user")
        .order_by("pk")
    }
    places = last_places(students, on=draft.effective_on)
    targets = _targets(draft, places)
    refuse(_problems_of_lines(draft, students, places, targets, reach=reach))
    course_ids = _courses_concerned(draft, targets, semesters)
    locks.own_courses(semester_ids=semesters, course_ids=course_ids)
    return Judged(draft, students, places, targets, course_ids)


def _problems_of_paper(draft: OrderDraft, *, today: date) -> list[Problem]:
    current = semester_on(today)
    earliest = current.starts_on if current is not None else today
    checks = [
        ("number_missing", not draft.number.strip()),
        ("dated_ahead", draft.date > today),
        ("day_out_of_reason", not earliest <= draft.effective_on <= today + FARTHEST),
        ("nobody_named", not draft.students and not draft.newcomers),
        ("too_many", len(draft.students) + len(draft.newcomers) > MOST_LINES),
        (
            "group_missing",
            draft.kind in PLACING_KINDS and draft.kind != OrderKind.RETURN and draft.to_group is None,
        ),
        ("course_missing", draft.kind in COURSE_KINDS and draft.course is None),
        ("until_before", draft.until is not None and draft.until < draft.effective_on),
    ]
    found = [problem(code) for code, is_wrong in checks if is_wrong]
    if draft.course is not None:
        semester = draft.course.semester
        if not semester.starts_on <= draft.effective_on <= semester.ends_on:
            found.append(problem("day_outside_semester"))
    if any(not (n.record_book and n.last_name and n.first_name) for n in draft.newcomers):
        found.append(problem("newcomer_incomplete"))
    return found


def _with_newcomers(draft: OrderDraft, *, now: datetime) -> OrderDraft:
    """Make the persons, without credentials (§3.4b); they are the order's students from here on."""
    books = [newcomer.record_book for newcomer in draft.newcomers]
    taken = set(Student.objects.filter(record_book__in=books).values_list("record_book", flat=True))
    taken |= {book for book in books if books.count(book) > 1}
    refuse(
        [
            problem("record_book_taken", newcomer.record_book)
            for newcomer in draft.newcomers
            if newcomer.record_book in taken
        ]
    )
    put_students(
        [
            StudentLine(n.record_book, n.last_name, n.first_name, n.patronymic, None, "", "", "", "")
            for n in draft.newcomers
        ],
        said={"patronymic"},
        now=now,
    )
    made = Student.objects.filter(record_book__in=books).values_list("pk", flat=True)
    return replace(draft, students=(*draft.students, *made))


def _targets(draft: OrderDraft, places: dict[int, GroupEnrolment]) -> dict[int, Group]:
    """Where each student goes: the order's group; back to his own after a leave, where none is named."""
    if draft.kind not in PLACING_KINDS:
        return {}
    if draft.to_group is not None:
        return dict.fromkeys(draft.students, draft.to_group)
    return {student_id: place.group for student_id, place in places.items()}


def _problems_of_lines(
    draft: OrderDraft,
    students: dict[int, Student],
    places: dict[int, GroupEnrolment],
    targets: dict[int, Group],
    *,
    reach: Collection[int] | None,
) -> list[Problem]:
    day = draft.effective_on
    states = states_of(students, on=day)
    later_places = set(
        GroupEnrolment.objects.filter(student_id__in=students, starts_on__gt=day).values_list("student_id", flat=True)
    )
    later_places |= set(
        orders_of_places()
        .filter(student_id__in=students, order__effective_on__gt=day)
        .values_list("student_id", flat=True)
    )
    enrolments: dict[int, list[CourseEnrolment]] = {}
    if draft.course is not None:
        rows = CourseEnrolment.objects.filter(from_day_on(day), course=draft.course, student_id__in=students)
        for row in rows.select_related("subgroup"):
            enrolments.setdefault(row.student_id, []).append(row)
    numbers = _subgroup_numbers(draft, places, targets)

    def judged(student_id: int) -> str | Problem | None:
        student, place, target = students[student_id], places.get(student_id), targets.get(student_id)
        name = student.user.get_full_name()
        if reach is not None and not _is_within(draft, place, target, reach):
            return "foreign_unit"
        if not fits_state(draft.kind, states[student_id]):
            return problem("wrong_state", name, state=STUDENT_STATE_LABELS[StudentState(states[student_id])])
        if draft.kind in PLACING_KINDS and target is None:
            return "group_missing"
        if draft.course is None and student_id in later_places:
            return "later_order"
        if draft.kind == OrderKind.TRANSFER and place is not None and place.group_id == targets[student_id].pk:
            return "same_group"
        number = draft.subgroup_of(student_id)
        if number is not None and number not in numbers.get(student_id, set()):
            return "no_such_subgroup"
        return _problem_in_course(draft, student_id, place, enrolments.get(student_id, []))

    found = []
    for student_id, student in sorted(students.items(), key=lambda pair: (pair[1].user.sort_key, pair[0])):
        answer = judged(student_id)
        if answer is not None:
            found.append(answer if isinstance(answer, Problem) else problem(answer, student.user.get_full_name()))
    if len(students) < len(draft.students):
        found.append(problem("nobody_named"))
    return found


def _is_within(draft: OrderDraft, place: GroupEnrolment | None, target: Group | None, reach: Collection[int]) -> bool:
    """Whether the actor's units may do it: the sending office makes a transfer, wherever it leads; who goes to a
    course of a group is that group's unit's matter, wherever he comes from."""
    if draft.course is not None:
        return draft.course.group.unit_id in reach
    if place is not None and place.group.unit_id not in reach:
        return False
    return draft.kind == OrderKind.TRANSFER or target is None or target.unit_id in reach


def _subgroup_numbers(
    draft: OrderDraft, places: dict[int, GroupEnrolment], targets: dict[int, Group]
) -> dict[int, set[int]]:
    groups: dict[int, int] = {}
    for student_id in draft.students:
        if draft.course is not None:
            groups[student_id] = draft.course.group_id
        elif student_id in targets:
            groups[student_id] = targets[student_id].pk
        elif student_id in places:
            groups[student_id] = places[student_id].group_id
    by_group: dict[int, set[int]] = {}
    for group_id, number in Subgroup.objects.filter(group_id__in=set(groups.values())).values_list(
        "group_id", "number"
    ):
        by_group.setdefault(group_id, set()).add(number)
    return {student_id: by_group.get(group_id, set()) for student_id, group_id in groups.items()}


def _problem_in_course(
    draft: OrderDraft, student_id: int, place: GroupEnrolment | None, rows: list[CourseEnrolment]
) -> str | None:
    wanted = draft.subgroup_of(student_id)
    if draft.course is None:
        if draft.kind == OrderKind.SUBGROUP and place is not None:
            return "same_subgroup" if (place.subgroup.number if place.subgroup else None) == wanted else None
        return None
    day = draft.effective_on
    now_there = next((row for row in rows if row.starts_on <= day), None)
    comes_later = any(row.starts_on > day for row in rows)
    if draft.kind in {OrderKind.ELECTIVE, OrderKind.REPEAT}:
        return "already_enrolled" if rows else None
    if now_there is None or (draft.kind != OrderKind.COURSE_END and now_there.basis == EnrolmentBasis.EXEMPT):
        return "not_enrolled"
    if comes_later:
        return "later_order"
    if draft.kind == OrderKind.SUBGROUP:
        return "same_subgroup" if (now_there.subgroup.number if now_there.subgroup else None) == wanted else None
    return None


def _courses_concerned(draft: OrderDraft, targets: dict[int, Group], semesters: Collection[int]) -> frozenset[int]:
    """Every course whose list the order may change."""
    if draft.course is not None:
        return frozenset({draft.course.pk})
    left = CourseEnrolment.objects.filter(
        from_day_on(draft.effective_on), student_id__in=draft.students, course__semester_id__in=semesters
    )
    joined = Course.objects.filter(group_id__in={group.pk for group in targets.values()}, semester_id__in=semesters)
    return frozenset(left.values_list("course_id", flat=True)) | frozenset(joined.values_list("pk", flat=True))


def write_order(judged: Judged, *, by: User, now: datetime) -> StudentOrder:
    """Write a judged order: the enrolments from its day on, and what each line changed."""
    draft = judged.draft
    before = take_snapshot(draft.students, since=draft.effective_on)
    _write_enrolments(judged)
    undo = differences(before, take_snapshot(draft.students, since=draft.effective_on))
    order = StudentOrder.objects.create(
        kind=draft.kind,
        number=draft.number.strip(),
        date=draft.date,
        effective_on=draft.effective_on,
        unit=_unit_of(judged),
        course=draft.course,
        text=draft.text,
        made_by=by,
        made_at=now,
    )
    subgroups = _subgroups(judged)
    StudentOrderLine.objects.bulk_create(
        [
            StudentOrderLine(
                order=order,
                student_id=student_id,
                from_group=judged.places[student_id].group
                if student_id in judged.places and draft.kind != OrderKind.ENROL
                else None,
                to_group=judged.targets.get(student_id),
                subgroup_id=subgroups.get(student_id),
                until=draft.until,
                undo=undo.get(student_id) or no_difference(),
            )
            for student_id in draft.students
        ]
    )
    return order


def _unit_of(judged: Judged) -> Any:
    draft = judged.draft
    if draft.course is not None:
        return draft.course.group.unit
    for student_id in draft.students:
        if student_id in judged.places:
            return judged.places[student_id].group.unit
    assert draft.to_group is not None
    return draft.to_group.unit


def _subgroups(judged: Judged) -> dict[int, int | None]:
    """The id of the subgroup into which each student comes (None: not divided)."""
    draft = judged.draft
    group_of = {
        student_id: draft.course.group_id
        if draft.course is not None
        else judged.targets[student_id].pk
        if student_id in judged.targets
        else judged.places[student_id].group_id
        for student_id in draft.students
    }
    ids = {
        (group_id, number): pk
        for pk, group_id, number in Subgroup.objects.filter(group_id__in=set(group_of.values())).values_list(
            "id", "group_id", "number"
        )
    }
    found: dict[int, int | None] = {}
    for student_id, group_id in group_of.items():
        number = draft.subgroup_of(student_id)
        place = judged.places.get(student_id)
        if number is not None:
            found[student_id] = ids[group_id, number]
        elif draft.kind == OrderKind.RETURN and place is not None and place.group_id == group_id:
            found[student_id] = place.subgroup_id
        else:
            found[student_id] = None
    return found


def _write_enrolments(judged: Judged) -> None:
    draft, day = judged.draft, judged.draft.effective_on
    enrolled = CourseEnrolment.objects.filter(from_day_on(day), student_id__in=draft.students)
    subgroups = _subgroups(judged)
    if draft.course is not None:
        _write_in_course(draft, enrolled.filter(course=draft.course), subgroups)
    elif draft.kind == OrderKind.SUBGROUP:
        places = [Place(pk, judged.places[pk].group_id, subgroups[pk]) for pk in draft.students]
        # A course in which he sits in another subgroup than his group's keeps it.
        rows = [
            row
            for row in enrolled.filter(basis=EnrolmentBasis.GROUP).select_related("course")
            if row.course.group_id == judged.places[row.student_id].group_id
            and row.subgroup_id == judged.places[row.student_id].subgroup_id
        ]
        give_places(places, from_day=day, order_number=draft.number.strip(), order_date=draft.date)
        put_in_subgroup(rows, subgroups, from_day=day)
    elif draft.kind in {OrderKind.LEAVE, OrderKind.EXPEL}:
        end_places(draft.students, from_day=day)
        end_enrolments(enrolled, from_day=day)
    else:
        if draft.kind == OrderKind.TRANSFER:
            groups = {judged.places[pk].group_id for pk in draft.students}
            end_enrolments(enrolled.filter(basis=EnrolmentBasis.EXEMPT, course__group_id__in=groups), from_day=day)
        give_places(
            [Place(pk, judged.targets[pk].pk, subgroups[pk]) for pk in draft.students],
            from_day=day,
            order_number=draft.number.strip(),
            order_date=draft.date,
        )
        follow_groups([Move(pk, day) for pk in draft.students], today=day)


def _write_in_course(draft: OrderDraft, enrolled: Any, subgroups: dict[int, int | None]) -> None:
    assert draft.course is not None
    day = draft.effective_on
    if draft.kind == OrderKind.SUBGROUP:
        put_in_subgroup(list(enrolled), subgroups, from_day=day)
    elif draft.kind == OrderKind.EXEMPT:
        exempt(list(enrolled), from_day=day)
    elif draft.kind == OrderKind.COURSE_END:
        end_enrolments(enrolled, from_day=day)
    else:
        CourseEnrolment.objects.bulk_create(
            [
                CourseEnrolment(
                    student_id=student_id,
                    course=draft.course,
                    subgroup_id=subgroups[student_id],
                    basis=draft.kind.value,
                    starts_on=day,
                )
                for student_id in draft.students
            ]
        )
