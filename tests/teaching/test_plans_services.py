"""Plans and programmes: made, changed, submitted, decided; each refusal by its code."""

from datetime import datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from accounts.enums import Role
from accounts.models import User
from ejournal.lib.clock import moment_of
from ejournal.lib.errors import Refusal
from messaging.models import Notification
from teaching.enums import ApprovalState
from teaching.models import LessonItem, Plan, PlanDecision, PlanItem, WorkingProgramme, Workload, WorkloadTeacher
from teaching.rules import PlanLine
from teaching.selectors.plans import sources_to_copy
from teaching.services.approvals import decide_plan, decide_plans, decide_programme
from teaching.services.plan_files import plan_workbook, read_plan_file, read_plan_text
from teaching.services.plan_items import set_lesson_items
from teaching.services.plan_reminders import remind_of_plans
from teaching.services.plans import begin_plan, copy_plan, save_plan, set_plan_journals, submit_plan
from teaching.services.programmes import begin_programme, save_programme, submit_programme
from tests import factories as make
from university.enums import LessonKind

pytestmark = pytest.mark.django_db

AUGUST = moment_of(make.MONDAY - timedelta(days=31), time(10, 0))
NOW = moment_of(make.MONDAY, time(10, 0))


def line(topic: str = "Киришүү", hours: int = 2, **more: Any) -> PlanLine:
    return PlanLine(None, None, topic, hours, more.get("kinds", ()), "", "", more.get("id"))


def full(hours: int = 34) -> list[PlanLine]:
    return [line(f"{number}-тема", 2) for number in range(1, hours // 2 + 1)]


class Desk:
    """A teacher with a journal, and the head of its department."""

    def __init__(self) -> None:
        self.journal = make.make_workload()
        self.teacher = self.journal.teachers.get().teacher
        self.user = self.teacher.user
        self.head = make.make_user("head", last_name="Башчы")
        make.appoint(self.head, Role.HEAD, department=self.journal.department)
        self.dean = make.make_user("dean", last_name="Декан")
        make.appoint(self.dean, Role.DEAN, unit=self.journal.department.unit)

    def plan(self, lines: list[PlanLine] | None = None, *, now: datetime = NOW) -> Plan:
        plan = begin_plan(workload=self.journal, by=self.user, now=now)
        if lines:
            plan = save_plan(plan_id=plan.pk, lines=lines, version=plan.version, by=self.user, now=now)
        return plan

    def submitted(self) -> Plan:
        plan = self.plan(full())
        submit_plan(plan_id=plan.pk, version=plan.version, by=self.user, now=NOW)
        plan.refresh_from_db()
        return plan

    def approved(self) -> Plan:
        plan = self.submitted()
        decide_plan(plan_id=plan.pk, decision=ApprovalState.APPROVED, remarks="", by=self.head, now=NOW)
        plan.refresh_from_db()
        return plan


@pytest.fixture
def desk() -> Desk:
    return Desk()


def refused(code: str, status: int = 422) -> Any:
    class Expect:
        def __enter__(self) -> None:
            return None

        def __exit__(self, kind: Any, error: Any, _trace: Any) -> bool:
            assert isinstance(error, Refusal), f"nothing was refused; expected {code}"
            assert (error.code, error.status) == (code, status)
            return True

    return Expect()


# ---------------------------------------------------------------------------------------------------- making one
def test_plan_is_begun_before_the_semester_for_all_parallel_journals(desk: Desk) -> None:
    parallel = make.make_workload(course=make.make_course(department=desk.journal.department), teacher=desk.teacher)
    longer = make.make_workload(course=make.make_course(department=desk.journal.department), teacher=desk.teacher)
    Workload.objects.filter(pk=longer.pk).update(hours=36)
    lectures = make.make_workload(course=desk.journal.course, teacher=desk.teacher, kind=LessonKind.LECTURE)
    foreign = make.make_workload(course=make.make_course(department=desk.journal.department))
    # The keepers of a semester begin with it: in August they plan it all the same (§4.3).
    plan = desk.plan(now=AUGUST)
    assert set(plan.workloads.values_list("workload_id", flat=True)) == {desk.journal.pk, parallel.pk}
    assert {longer.pk, lectures.pk, foreign.pk} & set(plan.workloads.values_list("workload_id", flat=True)) == set()


def test_journal_has_one_plan(desk: Desk) -> None:
    desk.plan()
    with refused("has_plan", 409):
        begin_plan(workload=desk.journal, by=desk.user, now=NOW)
    assert Plan.objects.count() == 1


def test_saved_lines_keep_their_items_and_order(desk: Desk) -> None:
    plan = desk.plan([line("А"), line("Б"), line("В")])
    a, b, c = plan.items.values_list("pk", flat=True)
    plan = save_plan(
        plan_id=plan.pk,
        lines=[line("В", id=c), line("Жаңы"), line("А2", id=a), line("А2 дагы", id=a)],
        version=plan.version,
        by=desk.user,
        now=NOW,
    )
    found = list(plan.items.values_list("pk", "position", "topic"))
    assert [(position, topic) for _pk, position, topic in found] == [
        (1, "В"),
        (2, "Жаңы"),
        (3, "А2"),
        (4, "А2 дагы"),
    ]
    assert (found[0][0], found[2][0]) == (c, a)
    assert not PlanItem.objects.filter(pk=b).exists()


def test_item_of_another_plan_is_not_taken_away(desk: Desk) -> None:
    other = Desk.__new__(Desk)
    other.journal = make.make_workload()
    other.user = other.journal.teachers.get().teacher.user
    theirs = other.plan([line("Башканыкы")])
    item = theirs.items.get()
    desk.plan([line("Меники", id=item.pk)])
    item.refresh_from_db()
    assert (item.plan_id, item.topic) == (theirs.pk, "Башканыкы")


def test_stale_version_changes_nothing_and_tells_the_version(desk: Desk) -> None:
    plan = desk.plan([line("А")])
    with pytest.raises(Refusal) as caught:
        save_plan(plan_id=plan.pk, lines=[line("Б")], version=plan.version - 1, by=desk.user, now=NOW)
    assert (caught.value.code, caught.value.status, caught.value.extra) == (
        "stale",
        409,
        {"version": plan.version},
    )
    assert plan.items.get().topic == "А"


def test_item_that_a_lesson_gave_is_not_deleted(desk: Desk) -> None:
    plan = desk.approved()
    lesson = make.make_lesson(desk.journal)
    set_lesson_items(lesson_id=lesson.pk, journal_id=desk.journal.pk, items=[(plan.items.first().pk, 2)])
    decide_plan(plan_id=plan.pk, decision=ApprovalState.RETURNED, remarks="оңдоңуз", by=desk.head, now=NOW)
    plan.refresh_from_db()
    with refused("item_given"):
        save_plan(plan_id=plan.pk, lines=[line("Жаңы")], version=plan.version, by=desk.user, now=NOW)
    assert plan.items.count() == 17


@pytest.mark.parametrize("state", [ApprovalState.SUBMITTED, ApprovalState.APPROVED])
def test_closed_plan_does_not_change(desk: Desk, state: ApprovalState) -> None:
    plan = desk.submitted()
    Plan.objects.filter(pk=plan.pk).update(state=state)
    with refused("not_open", 423):
        save_plan(plan_id=plan.pk, lines=[line()], version=plan.version, by=desk.user, now=NOW)
    with refused("not_open", 423):
        submit_plan(plan_id=plan.pk, version=plan.version, by=desk.user, now=NOW)
    with refused("not_open", 423):
        set_plan_journals(plan_id=plan.pk, workload_ids=[desk.journal.pk], version=plan.version, by=desk.user, now=NOW)


def test_journals_of_a_plan_are_the_own_parallel_ones_with_equal_hours(desk: Desk) -> None:
    plan = desk.plan()
    department = desk.journal.department
    parallel = make.make_workload(course=make.make_course(department=department), teacher=desk.teacher)
    longer = make.make_workload(course=make.make_course(department=department), teacher=desk.teacher)
    Workload.objects.filter(pk=longer.pk).update(hours=36)
    foreign = make.make_workload(course=make.make_course(department=department))

    def set_journals(*ids: int) -> None:
        set_plan_journals(plan_id=plan.pk, workload_ids=ids, version=plan.version, by=desk.user, now=NOW)
        plan.refresh_from_db()

    set_journals(desk.journal.pk, parallel.pk)
    assert plan.workloads.count() == 2
    with refused("hours_differ"):
        set_journals(desk.journal.pk, longer.pk)
    with refused("unknown_journal"):
        set_journals(desk.journal.pk, foreign.pk)
    with refused("no_journal"):
        set_journals()
    set_journals(parallel.pk)
    assert [link.workload_id for link in plan.workloads.all()] == [parallel.pk]


def test_journal_with_lessons_by_the_plan_stays_with_it(desk: Desk) -> None:
    plan = desk.approved()
    parallel = make.make_workload(course=make.make_course(department=desk.journal.department), teacher=desk.teacher)
    lesson = make.make_lesson(desk.journal)
    set_lesson_items(lesson_id=lesson.pk, journal_id=desk.journal.pk, items=[(plan.items.first().pk, 2)])
    decide_plan(plan_id=plan.pk, decision=ApprovalState.RETURNED, remarks="оңдоңуз", by=desk.head, now=NOW)
    plan.refresh_from_db()
    with refused("journal_given"):
        set_plan_journals(plan_id=plan.pk, workload_ids=[parallel.pk], version=plan.version, by=desk.user, now=NOW)


# ---------------------------------------------------------------------------------------------------- approval
def test_plan_is_submitted_when_its_hours_equal_the_workload(desk: Desk) -> None:
    plan = desk.plan()
    with refused("empty_plan"):
        submit_plan(plan_id=plan.pk, version=plan.version, by=desk.user, now=NOW)
    plan = save_plan(plan_id=plan.pk, lines=full(32), version=plan.version, by=desk.user, now=NOW)
    with refused("hours_mismatch"):
        submit_plan(plan_id=plan.pk, version=plan.version, by=desk.user, now=NOW)
    plan = save_plan(plan_id=plan.pk, lines=full(), version=plan.version, by=desk.user, now=NOW)
    with refused("stale", 409):
        submit_plan(plan_id=plan.pk, version=plan.version - 1, by=desk.user, now=NOW)
    submit_plan(plan_id=plan.pk, version=plan.version, by=desk.user, now=NOW)
    plan.refresh_from_db()
    assert (plan.state, plan.submitted_at) == (ApprovalState.SUBMITTED, NOW)


def test_hours_that_a_reload_made_different_are_refused(desk: Desk) -> None:
    parallel = make.make_workload(course=make.make_course(department=desk.journal.department), teacher=desk.teacher)
    plan = desk.plan(full())
    Workload.objects.filter(pk=parallel.pk).update(hours=36)
    with refused("hours_differ"):
        submit_plan(plan_id=plan.pk, version=plan.version, by=desk.user, now=NOW)


def test_head_is_told_and_the_author_is_answered(desk: Desk, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        plan = desk.submitted()
    assert list(Notification.objects.values_list("user_id", "url")) == [(desk.head.pk, f"/plans/{plan.pk}/")]
    with django_capture_on_commit_callbacks(execute=True):
        decide_plan(plan_id=plan.pk, decision=ApprovalState.RETURNED, remarks="Адабият жок", by=desk.head, now=NOW)
    note = Notification.objects.get(user=desk.user)
    assert "Адабият жок" in note.text


def test_returned_plan_is_open_again_and_its_history_stays(desk: Desk) -> None:
    plan = desk.submitted()
    with refused("remarks_missing"):
        decide_plan(plan_id=plan.pk, decision=ApprovalState.RETURNED, remarks="  ", by=desk.head, now=NOW)
    with refused("remarks_too_long"):
        decide_plan(plan_id=plan.pk, decision=ApprovalState.RETURNED, remarks="я" * 2001, by=desk.head, now=NOW)
    decide_plan(plan_id=plan.pk, decision=ApprovalState.RETURNED, remarks="Оңдоңуз", by=desk.head, now=NOW)
    plan.refresh_from_db()
    assert plan.is_open
    submit_plan(plan_id=plan.pk, version=plan.version, by=desk.user, now=NOW)
    decide_plan(plan_id=plan.pk, decision=ApprovalState.APPROVED, remarks="", by=desk.head, now=NOW)
    assert list(plan.decisions.values_list("decision", "by_id", "remarks")) == [
        ("submitted", desk.user.pk, ""),
        ("returned", desk.head.pk, "Оңдоңуз"),
        ("submitted", desk.user.pk, ""),
        ("approved", desk.head.pk, ""),
    ]
    with refused("not_submitted", 409):
        decide_plan(plan_id=plan.pk, decision=ApprovalState.APPROVED, remarks="", by=desk.head, now=NOW)


def test_decision_cannot_be_altered_or_taken_away(desk: Desk) -> None:
    plan = desk.approved()
    for change in (
        lambda: PlanDecision.objects.filter(plan=plan).update(remarks="башка"),
        lambda: PlanDecision.objects.filter(plan=plan).delete(),
    ):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            change()


def _head_teaches(desk: Desk) -> User:
    make.appoint(desk.user, Role.HEAD, department=desk.journal.department)
    desk.head.appointments.all().delete()
    return desk.user


def test_head_does_not_approve_his_own_and_the_dean_does(desk: Desk) -> None:
    plan = desk.submitted()
    with refused("not_yours", 403):
        decide_plan(plan_id=plan.pk, decision=ApprovalState.APPROVED, remarks="", by=desk.dean, now=NOW)
    head = _head_teaches(desk)
    with refused("own_plan", 403):
        decide_plan(plan_id=plan.pk, decision=ApprovalState.APPROVED, remarks="", by=head, now=NOW)
    decide_plan(plan_id=plan.pk, decision=ApprovalState.APPROVED, remarks="", by=desk.dean, now=NOW)
    plan.refresh_from_db()
    assert plan.state == ApprovalState.APPROVED


def test_head_who_keeps_a_journal_of_a_colleagues_plan_does_not_approve_it(desk: Desk) -> None:
    plan = desk.submitted()
    # The journal passes to the head; the author is another.
    link = WorkloadTeacher.objects.get(workload=desk.journal)
    link.teacher = make.make_teacher("boss", department=desk.journal.department)
    link.save()
    make.appoint(link.teacher.user, Role.HEAD, department=desk.journal.department)
    with refused("own_plan", 403):
        decide_plan(plan_id=plan.pk, decision=ApprovalState.APPROVED, remarks="", by=link.teacher.user, now=NOW)


@pytest.mark.parametrize("role", ["office", "other_head", "study"])
def test_others_decide_nothing(desk: Desk, role: str) -> None:
    plan = desk.submitted()
    _head_teaches(desk)
    user = make.make_user("somebody")
    make.appoint(
        user,
        *{
            "office": (Role.DEANS_OFFICE,),
            "other_head": (Role.HEAD,),
            "study": (Role.STUDY_OFFICE,),
        }[role],
        **({"unit": desk.journal.department.unit} if role == "office" else {}),
        **({"department": make.make_department()} if role == "other_head" else {}),
    )
    with refused("not_yours", 403):
        decide_plan(plan_id=plan.pk, decision=ApprovalState.APPROVED, remarks="", by=user, now=NOW)


def test_many_are_decided_each_for_itself(desk: Desk) -> None:
    plan = desk.submitted()
    draft = Plan.objects.create(
        department=plan.department,
        semester=plan.semester,
        discipline=plan.discipline,
        kind=plan.kind,
        author=desk.teacher,
        changed_by=desk.user,
        changed_at=NOW,
    )
    far = make.make_workload()
    far_user = far.teachers.get().teacher.user
    foreign = begin_plan(workload=far, by=far_user, now=NOW)
    foreign = save_plan(plan_id=foreign.pk, lines=full(), version=foreign.version, by=far_user, now=NOW)
    submit_plan(plan_id=foreign.pk, version=foreign.version, by=far_user, now=NOW)
    decided = decide_plans([plan.pk, draft.pk, foreign.pk, 999_999], ApprovalState.APPROVED, "", by=desk.head, now=NOW)
    assert (decided.done, len(decided.refused)) == (1, 1)
    assert dict(Plan.objects.values_list("pk", "state")) == {
        plan.pk: "approved",
        draft.pk: "draft",
        foreign.pk: "submitted",
    }
    with refused("too_many"):
        decide_plans(range(201), ApprovalState.APPROVED, "", by=desk.head, now=NOW)


# ---------------------------------------------------------------------------------------------------- copying
def test_copy_takes_the_own_and_the_approved_of_the_discipline(desk: Desk) -> None:
    colleague = make.make_workload(course=make.make_course(department=desk.journal.department))
    theirs = begin_plan(workload=colleague, by=colleague.teachers.get().teacher.user, now=NOW)
    theirs = save_plan(plan_id=theirs.pk, lines=full(), version=theirs.version, by=theirs.author.user, now=NOW)
    plan = desk.plan([line("Эски")])
    assert list(sources_to_copy(plan, desk.user, on=make.MONDAY)) == []
    Plan.objects.filter(pk=theirs.pk).update(state=ApprovalState.APPROVED)
    assert [source.pk for source in sources_to_copy(plan, desk.user, on=make.MONDAY)] == [theirs.pk]
    count = copy_plan(plan_id=plan.pk, source=theirs, version=plan.version, by=desk.user, now=NOW)
    assert (count, plan.items.count(), theirs.items.count()) == (17, 17, 17)
    plan.refresh_from_db()
    theirs.items.all().delete()
    with refused("empty_plan"):
        copy_plan(plan_id=plan.pk, source=theirs, version=plan.version, by=desk.user, now=NOW)


# ---------------------------------------------------------------------------------------------------- lessons
def test_lesson_gives_only_items_of_its_journals_plan_in_use(desk: Desk) -> None:
    plan = desk.plan(full())
    lesson = make.make_lesson(desk.journal)
    item = plan.items.first()
    with refused("not_in_plan"):
        set_lesson_items(lesson_id=lesson.pk, journal_id=desk.journal.pk, items=[(item.pk, 2)])
    submit_plan(plan_id=plan.pk, version=plan.version, by=desk.user, now=NOW)
    set_lesson_items(lesson_id=lesson.pk, journal_id=desk.journal.pk, items=[(item.pk, 2)])
    set_lesson_items(lesson_id=lesson.pk, journal_id=desk.journal.pk, items=[(item.pk, 2)])
    assert LessonItem.objects.filter(lesson=lesson).count() == 1
    foreign = make.make_workload()
    with refused("not_in_plan"):
        set_lesson_items(lesson_id=lesson.pk, journal_id=foreign.pk, items=[(item.pk, 2)])


# ---------------------------------------------------------------------------------------------------- files
@pytest.mark.parametrize(
    ("content", "code", "status"),
    [
        (b"x" * (2 * 1024 * 1024 + 1), "file_too_large", 413),
        (b"PK\x03\x04 broken", "file_unreadable", 422),
        (b"\x7fELF\x00\x00", "file_unreadable", 422),
        (b"a\n" * 2001, "too_many", 422),
        (b"\xff\xfea\x00\x00", "file_unreadable", 422),
    ],
)
def test_file_that_is_no_table_is_refused(content: bytes, code: str, status: int) -> None:
    with refused(code, status):
        read_plan_file(content)


def archive(*names: str, filling: bytes = b"") -> bytes:
    written = BytesIO()
    with ZipFile(written, "w", compression=8) as made:
        for name in names:
            made.writestr(name, filling)
    return written.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        archive("word/document.xml"),
        archive("xl/workbook.xml", "xl/vbaProject.bin"),
        archive("xl/workbook.xml"),
        archive("xl/workbook.xml", filling=b"\x00" * (31 * 1024 * 1024)),
    ],
)
def test_archive_that_is_no_workbook_is_refused(content: bytes) -> None:
    with refused("file_unreadable"):
        read_plan_file(content)


def test_export_reads_back_and_no_cell_is_a_formula(desk: Desk) -> None:
    plan = desk.plan([line('=HYPERLINK("x")', 2, kinds=("Тест",)), line('Күч; "ылдамдык"', 4)])
    content = plan_workbook(plan, list(plan.items.all()))
    with ZipFile(BytesIO(content)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    table = read_plan_file(content)
    assert table[2] == ["№", "Жума", "Модуль", "Тема", "Саат", "Иштин түрлөрү", "Өз алдынча иш", "Адабияттар"]
    assert table[3][3:6] == ['=HYPERLINK("x")', "2", "Тест"]
    assert table[5][3:5] == ["Бардыгы", "6"]


def test_pasted_and_csv_tables_are_read_by_their_separator() -> None:
    assert read_plan_text('Тема\tСаат\r\n"А\nБ"\t2\r\n') == [["Тема", "Саат"], ["А\nБ", "2"]]
    assert read_plan_file("Тема;Саат\nА;2".encode("cp1251")) == [["Тема", "Саат"], ["А", "2"]]
    with refused("file_too_large", 413):
        read_plan_text("а" * 200_001)


# ---------------------------------------------------------------------------------------------------- programmes
PDF = b"%PDF-1.7 programme"


def save(desk: Desk, programme: WorkingProgramme, **fields: Any) -> WorkingProgramme:
    given: dict[str, Any] = {"means": "", "criteria": "", "upload": None, "drop_file": False}
    return save_programme(
        programme_id=programme.pk, version=programme.version, by=desk.user, now=NOW, **{**given, **fields}
    )


def test_programme_is_one_for_the_discipline_and_goes_the_way_of_a_plan(desk: Desk) -> None:
    programme = begin_programme(workload=desk.journal, by=desk.user, now=NOW)
    assert begin_programme(workload=desk.journal, by=desk.user, now=NOW).pk == programme.pk
    with refused("empty_programme"):
        submit_programme(programme_id=programme.pk, version=programme.version, by=desk.user, now=NOW)
    programme = save(desk, programme, criteria="5 — толук", means="Тест")
    submit_programme(programme_id=programme.pk, version=programme.version, by=desk.user, now=NOW)
    with refused("not_open", 423):
        save(desk, programme, criteria="башка")
    decide_programme(programme_id=programme.pk, decision=ApprovalState.APPROVED, remarks="", by=desk.head, now=NOW)
    programme.refresh_from_db()
    assert programme.state == ApprovalState.APPROVED
    with refused("too_long"):
        save(desk, programme, criteria="а" * 20_001)


def test_programmes_file_is_kept_by_its_content_replaced_and_taken_away(
    desk: Desk, tmp_path: Path, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    programme = begin_programme(workload=desk.journal, by=desk.user, now=NOW)
    programme = save(desk, programme, upload=SimpleUploadedFile("../../Жумушчу.exe", PDF, "text/html"))
    first = tmp_path / programme.file_path
    assert (programme.file_name, programme.file_type, first.read_bytes()) == ("Жумушчу.pdf", "application/pdf", PDF)
    with refused("file_not_taken"):
        save(desk, programme, upload=SimpleUploadedFile("a.pdf", b"<html>"))
    with refused("file_not_taken"):
        save(desk, programme, upload=SimpleUploadedFile("a.docx", archive("word/document.xml", "word/vbaProject.bin")))
    with refused("stale", 409):
        programme.version -= 1
        save(desk, programme, upload=SimpleUploadedFile("a.pdf", PDF))
    programme.version += 1
    assert [path.name for path in (tmp_path / "programmes").iterdir()] == [first.name]
    with django_capture_on_commit_callbacks(execute=True):
        programme = save(desk, programme, upload=SimpleUploadedFile("b.docx", archive("word/document.xml")))
    assert not first.exists()
    with django_capture_on_commit_callbacks(execute=True):
        programme = save(desk, programme, drop_file=True)
    assert (programme.file_path, list((tmp_path / "programmes").iterdir())) == ("", [])
    settings_limit = SimpleUploadedFile("c.pdf", PDF + b" " * (10 * 1024 * 1024))
    with refused("file_too_large", 413):
        save(desk, programme, upload=settings_limit)


# ---------------------------------------------------------------------------------------------------- reminders
def test_teacher_without_a_plan_is_reminded_once_a_week(desk: Desk) -> None:
    make.make_workload(course=desk.journal.course, teacher=desk.teacher)
    assert remind_of_plans(now=AUGUST - timedelta(days=60)) == 0
    assert remind_of_plans(now=AUGUST) == 1
    remind_of_plans(now=AUGUST + timedelta(days=1))
    assert Notification.objects.filter(user=desk.user).count() == 1
    assert "2 журналыңыздын" in Notification.objects.get(user=desk.user).text
    remind_of_plans(now=AUGUST + timedelta(days=7))
    assert Notification.objects.filter(user=desk.user).count() == 2
    desk.plan()
    assert remind_of_plans(now=NOW) == 0
