"""§4.3, law 3: nothing under a closed module changes, whoever sits at psql: the web's role or the tables' owner.

Each statement is tried three times. With the guards asleep it must do something, or its refusal would say nothing;
awake, it is refused to both roles, and the journal reads as before.
"""

import re
from datetime import date, time, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import DatabaseError, connections, transaction

from accounts.enums import Role
from ejournal.lib import clock
from journal.enums import ExcuseKind, TaskKind
from journal.models import ModulePoint
from journal.services import close_module, confirm_module, record_marks
from journal.services.excuses import enter_excuse
from journal.services.reopenings import ask_reopening
from journal.services.results import Entry, close_sheet, enter_points, open_sheet
from journal.services.selfstudy import Typed, Upload, give_task, hand_in, set_teams
from journal.services.selfstudy_marks import Grade, grade_task
from teaching.models import LessonItem, Plan, PlanItem, Substitution
from tests import factories as make
from tests.lib.test_papers import A_PDF
from university.models import AcademicYear, Discipline, Module, Semester

pytestmark = pytest.mark.django_db(transaction=True)

frame = import_module("journal.migrations.0016_frame")
corrections = import_module("journal.migrations.0017_corrections")
NOW = clock.moment_of(make.MONDAY, time(18, 0))
SESSION = clock.moment_of(date(2027, 1, 11), time(9, 0))

SAID = "now(), 'web', '00000000-0000-4000-8000-000000000001'"
# The two lessons: of the first everybody has a mark, of the second nobody.
MARKED = "(SELECT lesson_id FROM journal_mark LIMIT 1)"
UNMARKED = f"(SELECT id FROM teaching_lesson WHERE id <> {MARKED} AND date = '{make.MONDAY}')"
SPARE = "(SELECT max(id) FROM accounts_student)"
FIRST = "(SELECT id FROM university_module WHERE number = 1)"
OTHER = "(SELECT id FROM teaching_course ORDER BY id DESC LIMIT 1)"
CLOSED = f"(SELECT course_id FROM journal_modulesheet WHERE module_id = {FIRST})"
KEPT = f"(SELECT min(id) FROM teaching_workload WHERE course_id = {CLOSED})"
ASIDE = f"(SELECT max(id) FROM teaching_workload WHERE course_id = {CLOSED})"
SOMEBODY, ANYBODY = (f"(SELECT id FROM accounts_user WHERE username = '{name}')" for name in ("one", "two"))

STATEMENTS = {
    # Marks.
    "mark insert": "INSERT INTO journal_mark (lesson_id, student_id, workload_id, presence, version, by_id, reason, at,"
    f" source, request_id) SELECT {UNMARKED}, student_id, workload_id, 'present', 1, by_id, '', {SAID}"
    " FROM journal_mark LIMIT 1",
    "mark update": "UPDATE journal_mark SET grade = 2, version = version + 1 WHERE grade IS NOT NULL",
    "mark update as a correction": "UPDATE journal_mark SET grade = 2, version = version + 1, source = 'correction'"
    " WHERE grade IS NOT NULL",
    "mark update as of yesterday": "UPDATE journal_mark SET grade = 2, version = version + 1,"
    " at = at - interval '1 day' WHERE grade IS NOT NULL",
    "mark of another": f"UPDATE journal_mark SET student_id = {SPARE}, version = version + 1 WHERE presence = 'absent'",
    "mark delete": "DELETE FROM journal_mark WHERE grade IS NOT NULL",
    # Lessons, what they serve, what they gave, who held them.
    "lesson date": f"UPDATE teaching_lesson SET date = date + 7 WHERE id = {UNMARKED}",
    "lesson state": f"UPDATE teaching_lesson SET state = 'cancelled' WHERE id = {UNMARKED}",
    "lesson topic": f"UPDATE teaching_lesson SET topic = 'x' WHERE id = {MARKED}",
    "lesson hour": f"UPDATE teaching_lesson SET starts_at = starts_at - interval '5 min' WHERE id = {MARKED}",
    "lesson teacher": f"UPDATE teaching_lesson SET teacher_id = (SELECT max(id) FROM accounts_teacher)"
    f" WHERE id = {MARKED}",
    "lesson kinds of work": f"UPDATE teaching_lesson SET work_kinds = ARRAY['x'] WHERE id = {MARKED}",
    "lesson roll taken back": f"UPDATE teaching_lesson SET roll_taken_at = NULL WHERE id = {MARKED}",
    "lesson roll said to be taken": f"UPDATE teaching_lesson SET roll_taken_at = now() WHERE id = {UNMARKED}",
    "lesson semester": f"UPDATE teaching_lesson SET semester_id = (SELECT max(id) FROM university_semester)"
    f" WHERE id = {UNMARKED}",
    "lesson delete": f"DELETE FROM teaching_lesson WHERE id = {UNMARKED}",
    "lesson moved in": f"UPDATE teaching_lesson SET date = '{make.MONDAY}' WHERE date > '2026-11-01'",
    "lesson's workload insert": "INSERT INTO teaching_lessonworkload (lesson_id, workload_id, slot_id) SELECT"
    f" {UNMARKED}, {ASIDE}, slot_id FROM teaching_lessonworkload WHERE lesson_id = {MARKED}",
    "lesson's workload update": "UPDATE teaching_lessonworkload SET workload_id ="
    f" (SELECT max(id) FROM teaching_workload) WHERE lesson_id = {UNMARKED}",
    "lesson's workload delete": f"DELETE FROM teaching_lessonworkload WHERE lesson_id = {UNMARKED}",
    "lesson's item insert": "INSERT INTO teaching_lessonitem (lesson_id, item_id, hours)"
    f" SELECT {UNMARKED}, item_id, 2 FROM teaching_lessonitem",
    "lesson's item update": "UPDATE teaching_lessonitem SET hours = 1",
    "lesson's item delete": "DELETE FROM teaching_lessonitem",
    "substitution insert": "INSERT INTO teaching_substitution (lesson_id, substitute_id, reason, note, named_by_id,"
    " named_at, teacher_answer, teacher_answer_text, substitute_answer, substitute_answer_text) SELECT"
    f" {MARKED}, substitute_id, reason, note, named_by_id, named_at, teacher_answer, '', substitute_answer, ''"
    " FROM teaching_substitution",
    "substitution update": "UPDATE teaching_substitution SET withdrawn_at = now()",
    "substitution delete": "DELETE FROM teaching_substitution",
    # What the journal and its course are.
    "workload's course": f"UPDATE teaching_workload SET course_id = {OTHER} WHERE id = {KEPT}",
    "workload's kind": f"UPDATE teaching_workload SET kind = 'lecture' WHERE id = {KEPT}",
    "workload's subgroup": "UPDATE teaching_workload SET subgroup_id = (SELECT min(id) FROM university_subgroup)"
    f" WHERE id = {KEPT}",
    "course's form of control": f"UPDATE teaching_course SET control_form = 'credit' WHERE id = {CLOSED}",
    "course's semester": "UPDATE teaching_course SET semester_id = (SELECT max(id) FROM university_semester)"
    f" WHERE id = {CLOSED}",
    "course's group": "UPDATE teaching_course SET group_id = (SELECT max(id) FROM university_group)"
    f" WHERE id = {CLOSED}",
    "course's discipline": "UPDATE teaching_course SET discipline_id = (SELECT max(id) FROM university_discipline)"
    f" WHERE id = {CLOSED}",
    # Lists and days.
    "enrolment insert": "INSERT INTO teaching_courseenrolment (student_id, course_id, basis, starts_on)"
    f" VALUES ({SPARE}, {CLOSED}, 'group', '2026-09-01')",
    "enrolment ended": f"UPDATE teaching_courseenrolment SET ends_on = '2026-09-10' WHERE course_id = {CLOSED}",
    "enrolment begun later": f"UPDATE teaching_courseenrolment SET starts_on = '2026-09-25' WHERE course_id = {CLOSED}",
    "enrolment's subgroup": "UPDATE teaching_courseenrolment SET subgroup_id ="
    f" (SELECT min(id) FROM university_subgroup) WHERE course_id = {CLOSED}",
    "enrolment's basis": f"UPDATE teaching_courseenrolment SET basis = 'exempt' WHERE course_id = {CLOSED}",
    "enrolment delete": f"DELETE FROM teaching_courseenrolment WHERE course_id = {CLOSED}",
    "module's days": "UPDATE university_module SET ends_on = ends_on - 1 WHERE number = 1",
    "module's number": "UPDATE university_module SET number = 9 WHERE number = 1",
    "module beside": "INSERT INTO university_module (semester_id, number, starts_on, ends_on) SELECT semester_id, 0,"
    f" starts_on - 9, starts_on - 1 FROM university_module WHERE id = {FIRST}",
    "module gone": "DELETE FROM university_module WHERE number = 2",
    "year": "UPDATE university_academicyear SET starts = starts + 20",
    "semester's year": "UPDATE university_semester SET year_id = (SELECT max(id) FROM university_academicyear)"
    " WHERE id = (SELECT min(id) FROM university_semester)",
    # Points.
    "points insert": "INSERT INTO journal_modulepoint (course_id, module_id, student_id, component, value, entered_at,"
    f" version, by_id, reason, at, source, request_id) SELECT course_id, module_id, {SPARE}, component, 1, now(), 1,"
    f" by_id, '', {SAID} FROM journal_modulepoint WHERE component = 'manual' LIMIT 1",
    "points update": "UPDATE journal_modulepoint SET value = 1, version = version + 1",
    "points delete": "DELETE FROM journal_modulepoint",
    # Self-study.
    "task insert": "INSERT INTO journal_selfstudytask (workload_id, module_id, title, text, kind, maximum, given_on,"
    f" due_on, version, by_id, reason, at, source, request_id) SELECT workload_id, module_id, 'x', '', kind, 9,"
    f" given_on, due_on, 1, by_id, '', {SAID} FROM journal_selfstudytask LIMIT 1",
    "task update": "UPDATE journal_selfstudytask SET maximum = 100, version = version + 1",
    "task withdrawn": "UPDATE journal_selfstudytask SET withdrawn_at = now(), version = version + 1",
    "task delete": "DELETE FROM journal_selfstudytask WHERE title = 'Эч ким тапшырбаган'",
    "task's points insert": "INSERT INTO journal_selfstudymark (task_id, student_id, points, entered_at, version,"
    f" by_id, reason, at, source, request_id) SELECT task_id, {SPARE}, 1, now(), 1, by_id, '', {SAID}"
    " FROM journal_selfstudymark",
    "task's points update": "UPDATE journal_selfstudymark SET points = 9, version = version + 1",
    "task's points delete": "DELETE FROM journal_selfstudymark",
    "handed in insert": "INSERT INTO journal_submission (task_id, student_id, version, text, file_name, file_path,"
    " file_type, file_sha256, by_id, handed_in_at, request_id) SELECT task_id, student_id, 7, 'x', '', '', '', '',"
    " by_id, now(), request_id FROM journal_submission",
    "handed in update": "UPDATE journal_submission SET text = 'x'",
    "handed in delete": "DELETE FROM journal_submission",
    "task's file insert": "INSERT INTO journal_selfstudyfile (task_id, name, path, content_type, sha256, by_id, at)"
    " SELECT task_id, 'x', path, content_type, sha256, by_id, at FROM journal_selfstudyfile",
    "task's file update": "UPDATE journal_selfstudyfile SET name = 'x'",
    "task's file delete": "DELETE FROM journal_selfstudyfile",
    "team insert": "INSERT INTO journal_selfstudyteam (task_id, number) SELECT task_id, 8 FROM journal_selfstudyteam",
    "team update": "UPDATE journal_selfstudyteam SET number = 9",
    "team delete": "DELETE FROM journal_selfstudyteam",
    "member insert": "INSERT INTO journal_selfstudymember (task_id, team_id, student_id)"
    f" SELECT task_id, team_id, {SPARE} FROM journal_selfstudymember LIMIT 1",
    "member update": f"UPDATE journal_selfstudymember SET student_id = {SPARE}",
    "member delete": "DELETE FROM journal_selfstudymember",
    # What counts as excused.
    "cover insert": "INSERT INTO journal_excusecover (excuse_id, lesson_id, student_id, made_at)"
    " SELECT (SELECT id FROM journal_excuse), lesson_id, student_id, now() FROM journal_mark WHERE grade IS NOT NULL"
    " LIMIT 1",
    "cover update": "UPDATE journal_excusecover SET made_at = now() - interval '1 day'",
    "cover delete": "DELETE FROM journal_excusecover",
    # The sheet, its totals, what they were computed by.
    "sheet of another semester": "INSERT INTO journal_modulesheet (course_id, module_id, state, version, by_id, reason,"
    f" at, source, request_id) SELECT {OTHER}, id, 'draft', 1, {SOMEBODY}, '', {SAID} FROM university_module"
    " WHERE number = 4",
    "sheet opened": "UPDATE journal_modulesheet SET state = 'draft', closed_at = NULL, closed_by_id = NULL,"
    " version = version + 1",
    "sheet closed by another": f"UPDATE journal_modulesheet SET closed_by_id = {SOMEBODY}, version = version + 1",
    "sheet delete": "DELETE FROM journal_modulesheet",
    "edition insert": "INSERT INTO journal_sheetedition (sheet_id, number, scheme, students, based_on, by_id, at,"
    f" source, request_id, reopening_id) SELECT sheet_id, 2, scheme, 0, '{{}}', by_id, {SAID}, (SELECT max(id) FROM"
    " journal_reopening) FROM journal_sheetedition",
    "edition update": "UPDATE journal_sheetedition SET scheme = '{}'",
    "edition delete": "DELETE FROM journal_sheetedition",
    "total insert": "INSERT INTO journal_moduletotal (edition_id, student_id, total, carried, warnings, parts, facts)"
    f" SELECT edition_id, {SPARE}, 0, 0, '{{}}', '{{}}', '{{}}' FROM journal_moduletotal LIMIT 1",
    "total update": "UPDATE journal_moduletotal SET total = 100",
    "total delete": "DELETE FROM journal_moduletotal",
    "confirmation insert": "INSERT INTO journal_moduleconfirmation (workload_id, module_id, teacher_id, at, request_id)"
    " SELECT workload_id, module_id, (SELECT max(id) FROM accounts_teacher), at, request_id"
    " FROM journal_moduleconfirmation",
    "confirmation update": "UPDATE journal_moduleconfirmation SET at = at - interval '1 day'",
    "confirmation delete": "DELETE FROM journal_moduleconfirmation",
    "scheme chosen": "UPDATE journal_schemechoice SET version = version + 1, scheme_id = (SELECT id FROM"
    " journal_ratingscheme WHERE code = 'P3' AND control_form = 'exam') WHERE control_form = 'exam'",
    "scheme chosen for the year": "INSERT INTO journal_schemechoice (control_form, valid_from, scheme_id, version,"
    f" by_id, reason, at, source, request_id) SELECT 'exam', 2026, id, 1, {SOMEBODY}, '', {SAID}"
    " FROM journal_ratingscheme WHERE code = 'P3' AND control_form = 'exam'",
    "choice delete": "DELETE FROM journal_schemechoice WHERE control_form = 'exam'",
    "scheme update": "UPDATE journal_ratingscheme SET rounding = 'floor'",
    "scheme delete": "DELETE FROM journal_ratingscheme",
    "component update": "UPDATE journal_ratingcomponent SET maximum = maximum - 1",
    "component delete": "DELETE FROM journal_ratingcomponent",
    "scale update": "UPDATE journal_scale SET name_en = 'x'",
    "scale delete": "DELETE FROM journal_scale",
    "scale's step update": "UPDATE journal_scalestep SET traditional = 5",
    "scale's step delete": "DELETE FROM journal_scalestep",
    # A reopening that nobody approved.
    "reopening opened at once": "UPDATE journal_reopening SET state = 'open', version = version + 1,"
    f" head_id = {SOMEBODY}, head_at = now(), office_id = {ANYBODY}, opened_at = now(),"
    " until = now() + interval '3 days'",
    "reopening made open": "INSERT INTO journal_reopening (workload_id, state, why, asked_by_id, asked_at,"
    " asker_is_head, head_id, head_at, office_id, opened_at, until, version, by_id, reason, at, source,"
    " request_id, paper_path, paper_type, paper_sha256) SELECT workload_id, 'open', why, asked_by_id, asked_at, false,"
    f" {SOMEBODY}, now(), {ANYBODY}, now(), now() + interval '3 days', 1, by_id, '', {SAID},"
    " '', '', '' FROM journal_reopening",
    "reopening's students": f"UPDATE journal_reopeningstudent SET student_id = {SPARE}",
    "reopening's students delete": "DELETE FROM journal_reopeningstudent",
    "reopening's lessons": f"UPDATE journal_reopeninglesson SET lesson_id = {UNMARKED}",
    "reopening's lessons delete": "DELETE FROM journal_reopeninglesson",
    # Results of a closed sheet.
    "result insert": "INSERT INTO journal_finalresult (sheet_id, course_id, attempt, student_id, admitted, absent,"
    f" warnings, letter, word, version, by_id, reason, at, source, request_id) SELECT sheet_id, course_id, attempt,"
    f" {SPARE}, true, false, '{{}}', '', '', 1, by_id, '', {SAID} FROM journal_finalresult LIMIT 1",
    "result update": "UPDATE journal_finalresult SET total = 100, version = version + 1",
    "result delete": "DELETE FROM journal_finalresult",
    "final sheet update": "UPDATE journal_finalsheet SET state = 'draft', closed_at = NULL, closed_by_id = NULL,"
    " version = version + 1",
    "final sheet delete": "DELETE FROM journal_finalsheet",
}
# Which table of those above is emptied: nothing of rows is asked then.
STATEMENTS |= {
    f"{table} emptied": f"TRUNCATE {table} CASCADE" for table in (*frame.NOT_EMPTIED, *corrections.NOT_EMPTIED)
}

LAW = r"belongs to another semester|cannot move|§(4\.3|1\.8|2\.6)"
REFUSED = {"default": rf"{LAW}|permission denied|must be owner", "owner": LAW}


@pytest.fixture
def closed() -> None:
    """A course whose modules, with everything that can lie under one, and exam are closed; an open course beside it."""
    workload = make.make_workload()
    course, keeper = workload.course, workload.teachers.get().teacher
    teacher = keeper.user
    first, second = Module.objects.order_by("number")
    students = [make.make_student(group=course.group, last_name=name) for name in ("Абдиев", "Бакиров", "Валиев")]
    for student in students:
        make.enrol(student, course)
    marked, unmarked = make.make_lesson(workload), make.make_lesson(workload, pair=2)
    make.make_lesson(workload, day=second.starts_on + timedelta(days=-second.starts_on.weekday() % 7))
    values = dict(zip(students, ("5", "4", "кж"), strict=True))
    cells = [
        {"lesson": marked.id, "student": student.id, "version": 0, "value": value} for student, value in values.items()
    ]
    assert record_marks(journal_id=workload.id, raw_marks=cells, by=teacher, now=NOW).status == 200
    office = make.make_user()
    make.appoint(office, Role.DEANS_OFFICE, unit=course.group.unit)
    enter_excuse(
        unit=course.group.unit,
        kind=ExcuseKind.ILLNESS,
        students=[students[2].id],
        starts_on=make.MONDAY,
        ends_on=make.MONDAY,
        approved_by="Декан",
        by=office,
        now=NOW,
    )
    plan = Plan.objects.create(
        discipline=course.discipline,
        semester=course.semester,
        department=course.department,
        kind=workload.kind,
        author=keeper,
        changed_by=teacher,
        changed_at=NOW,
    )
    LessonItem.objects.create(
        lesson=marked, item=PlanItem.objects.create(plan=plan, position=1, topic="Киришүү", hours=2), hours=2
    )
    Substitution.objects.create(
        lesson=unmarked,
        substitute=make.make_teacher(department=course.department),
        reason="ооруп калды",
        named_by=office,
        named_at=NOW,
    )
    individual = Typed(title="Реферат", text="", kind=TaskKind.INDIVIDUAL, maximum=Decimal(10), due_on=make.MONDAY)
    task = give_task(workload=workload, typed=individual, by=teacher, now=NOW, file=Upload("a.pdf", A_PDF))
    idle = Typed(title="Эч ким тапшырбаган", text="", kind=TaskKind.INDIVIDUAL, maximum=Decimal(5), due_on=make.MONDAY)
    give_task(workload=workload, typed=idle, by=teacher, now=NOW)
    together = Typed(title="Долбоор", text="", kind=TaskKind.COLLECTIVE, maximum=Decimal(10), due_on=make.MONDAY)
    team = give_task(workload=workload, typed=together, by=teacher, now=NOW)
    set_teams(task_id=team.pk, teams={students[0].pk: 1}, by=teacher, now=NOW)
    hand_in(task_id=task.pk, student=students[0], by=students[0].user, now=NOW, text="Жооп")
    grade_task(task_id=task.pk, grades=[Grade(students[0].pk, "8", 0)], by=teacher, now=NOW)
    for module in (first, second):
        ModulePoint.objects.create(
            course=course,
            module=module,
            student=students[0],
            component="manual",
            value=12,
            entered_at=NOW,
            by=teacher,
            at=NOW,
            source="web",
            request_id=make.REQUEST_ID,
        )
    confirm_module(workload=workload, module=first, teacher=keeper, now=NOW)
    for module in (first, second):
        close_module(course=course, module=module, by=teacher, now=SESSION)
    sheet = open_sheet(course=course, by=office, now=SESSION)
    entries = [Entry(student.pk, "30", "") for student in students]
    enter_points(sheet_id=sheet.pk, entries=entries, by=teacher, now=SESSION)
    close_sheet(sheet_id=sheet.pk, by=teacher, now=SESSION)
    ask_reopening(
        workload=workload,
        lessons=[marked.id],
        students=[students[0].id],
        why="журналга жаңылыш киргизилген",
        by=teacher,
        now=SESSION,
    )
    make.make_workload()
    make.make_workload(course=course)
    make.make_student(last_name="Өмүров")
    make.make_group()
    for name in ("one", "two"):
        make.make_user(name)
    following = AcademicYear.objects.create(name="2027/2028", starts=2027)
    later = Semester.objects.create(year=following, number=1, starts_on=date(2027, 9, 1), ends_on=date(2027, 12, 25))
    AcademicYear.objects.create(name="2028/2029", starts=2028)
    Discipline.objects.create(name="Оптика")
    Module.objects.create(semester=later, number=4, starts_on=later.starts_on, ends_on=later.ends_on)


# What the guards of other tests stop: naming more in a reopening that was approved, sheets that
# begin closed, appeals, closed state exams, corrections.
ELSEWHERE = {
    "INSERT INTO journal_reopeninglesson",
    "INSERT INTO journal_reopeningstudent",
    "INSERT INTO journal_appeal",
    *(
        f"{verb} {table}"
        for verb in ("INSERT INTO", "UPDATE", "DELETE FROM")
        for table in ("journal_sheetcorrection", "journal_correctionline", "journal_sheetconfirmation")
    ),
    "INSERT INTO journal_finalsheet",
    "UPDATE journal_appeal",
    *(f"{verb} {table}" for verb in ("UPDATE", "DELETE FROM") for table in ("journal_stateexam", "journal_thesis")),
}


def run(cursor: Any, statement: str) -> int:
    """The rows that a statement changed; 1 for a table that is empty after it."""
    cursor.execute(statement)
    if not statement.startswith("TRUNCATE"):
        return int(cursor.rowcount)
    cursor.execute(f"SELECT (NOT EXISTS (SELECT 1 FROM {statement.split()[1]}))::int")
    (is_empty,) = cursor.fetchone()
    return int(is_empty)


def put_asleep(cursor: Any) -> None:
    """All triggers but those of foreign keys, until the transaction is rolled back."""
    cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    for (table,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def effect(role: str, statement: str, *, guarded: bool = True) -> str | int:
    """What became of a statement, which is rolled back: the refusal's words, or the rows that it changed."""
    try:
        with transaction.atomic(using=role), connections[role].cursor() as cursor:
            if not guarded:
                put_asleep(cursor)
            changed = run(cursor, statement)
            transaction.set_rollback(True, using=role)
            return changed
    except DatabaseError as error:
        return str(error).splitlines()[0]


def test_4_3_every_statement_is_one_that_the_guards_alone_stop(closed: None) -> None:
    done = {name: effect("owner", statement, guarded=False) for name, statement in STATEMENTS.items()}
    assert {name: what for name, what in done.items() if not isinstance(what, int) or what < 1} == {}


@pytest.mark.parametrize("role", ["default", "owner"])
def test_4_3_nothing_changes_under_a_closed_module_at_psql(closed: None, role: str) -> None:
    done = {name: str(effect(role, statement)) for name, statement in STATEMENTS.items()}
    assert {name: what for name, what in done.items() if not re.search(REFUSED[role], what)} == {}


@pytest.mark.parametrize("role", ["default", "owner"])
@pytest.mark.parametrize(
    "statement",
    ["SET session_replication_role = replica", "SET LOCAL session_replication_role = replica"],
)
def test_4_3_neither_role_tells_the_guards_to_sleep(role: str, statement: str) -> None:
    assert "permission denied" in str(effect(role, statement))


def test_4_3_every_guard_is_tried(closed: None, owner_cursor: Any) -> None:
    """For each table and each of its events that a trigger guards there is a statement above."""
    owner_cursor.execute(
        "SELECT t.tgrelid::regclass::text, t.tgtype FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE NOT t.tgisinternal AND (p.proname LIKE 'journal_guard%' OR p.proname LIKE 'journal%stay%')"
    )
    verbs = {4: "INSERT INTO", 8: "DELETE FROM", 16: "UPDATE", 32: "TRUNCATE"}
    guarded = {
        f"{verb} {table}" for table, events in owner_cursor.fetchall() for bit, verb in verbs.items() if events & bit
    }
    tried = [f"{statement} " for statement in STATEMENTS.values()]
    untried = {one for one in guarded if not any(statement.startswith(f"{one} ") for statement in tried)}
    assert untried - ELSEWHERE == set()
