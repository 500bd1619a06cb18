"""Rows of calendar-thematic plans and working programmes (trials.md, "plan (КТП), criteria")."""

from teaching.enums import ApprovalState
from teaching.models import Plan, PlanItem, PlanWorkload, WorkingProgramme
from tests import factories as make
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import Row

READS = ("teacher", "colleague", "substitute", "head", "office", "dean", "study", "leadership")
STUDIES = ("student", "fellow", "parent")
LISTS = (
    "teacher",
    "colleague",
    "other",
    "substitute",
    "head",
    "far_head",
    "office",
    "dean",
    "far_dean",
    "study",
    "leadership",
)


def extend(cast: Cast) -> None:
    """An approved plan and programme of the teacher's journal, a draft and a submitted one of another course of his."""
    cast.plan = _plan(cast, ApprovalState.APPROVED)
    cast.draft = _plan(cast, ApprovalState.DRAFT)
    cast.waiting = _plan(cast, ApprovalState.SUBMITTED)
    cast.unplanned = make.make_workload(course=cast.course, teacher=cast.journal.teachers.get().teacher)
    cast.programme, cast.draft_programme, cast.waiting_programme = (
        _programme(cast, name, state)
        for name, state in (
            (cast.course.discipline.name, ApprovalState.APPROVED),
            ("Оптика", ApprovalState.DRAFT),
            ("Акустика", ApprovalState.SUBMITTED),
        )
    )


def _plan(cast: Cast, state: ApprovalState) -> Plan:
    teacher = cast.journal.teachers.get().teacher
    journal = (
        cast.journal if state == ApprovalState.APPROVED else make.make_workload(course=cast.course, teacher=teacher)
    )
    plan = Plan.objects.create(
        department=cast.course.department,
        semester=cast.course.semester,
        discipline=cast.course.discipline,
        kind=journal.kind,
        author=teacher,
        state=state,
        submitted_at=None if state == ApprovalState.DRAFT else NOW,
        changed_by=teacher.user,
        changed_at=NOW,
    )
    PlanWorkload.objects.create(plan=plan, workload=journal)
    PlanItem.objects.create(plan=plan, position=1, topic="Киришүү", hours=17)
    return plan


def _programme(cast: Cast, discipline: str, state: ApprovalState) -> WorkingProgramme:
    teacher = cast.journal.teachers.get().teacher
    course = cast.course
    if discipline != course.discipline.name:
        # Of the same group, so that the same people read it.
        course = make.make_course(group=cast.group, department=course.department, discipline=discipline)
        make.make_workload(course=course, teacher=teacher)
        colleague = cast.people["colleague"]
        assert colleague is not None
        make.make_workload(course=course, teacher=colleague.teacher)
    return WorkingProgramme.objects.create(
        department=course.department,
        semester=course.semester,
        discipline=course.discipline,
        author=teacher,
        state=state,
        criteria="5 — толук жооп",
        means="Тест",
        changed_by=teacher.user,
        changed_at=NOW,
    )


def _others(*allowed: str, of: tuple[str, ...] = READS) -> tuple[str, ...]:
    return tuple(set(of) - set(allowed))


# Of a course in which the substitute has no lesson, he reads nothing.
_COURSE = tuple(set(READS) - {"substitute"})

ROWS = [
    Row("plans", lambda c: "/plans/", {200: LISTS}),
    Row("plan", lambda c: f"/plans/{c.plan.id}/", {200: (*READS, *STUDIES)}),
    # A draft is no business of students.
    Row("plan", lambda c: f"/plans/{c.draft.id}/", {200: _COURSE}),
    Row("plan_export", lambda c: f"/plans/{c.plan.id}/plan.xlsx", {200: (*READS, *STUDIES)}),
    Row("plan_edit", lambda c: f"/plans/{c.draft.id}/edit/", {200: ("teacher",), 403: _others("teacher", of=_COURSE)}),
    Row(
        "plan_edit",
        lambda c: f"/plans/{c.draft.id}/edit/",
        # Without a version it is stale for whom it is his: nothing is written, and he is told.
        {409: ("teacher",), 403: _others("teacher", of=_COURSE)},
        method="post",
        data=lambda c: {"topic": "Тема", "hours": "2"},
    ),
    Row(
        "plan_edit",
        lambda c: f"/plans/{c.plan.id}/edit/",
        # Approved: closed for its teacher, and who only reads does not even ask.
        {423: ("teacher",), 403: (*_others("teacher"), *STUDIES)},
        method="post",
        data=lambda c: {"topic": "Тема", "hours": "2", "version": "1"},
    ),
    Row(
        "plan_import",
        lambda c: f"/plans/{c.draft.id}/import/",
        {200: ("teacher",), 403: _others("teacher", of=_COURSE)},
    ),
    Row(
        "plan_copy",
        lambda c: f"/plans/{c.draft.id}/copy/",
        {409: ("teacher",), 403: _others("teacher", of=_COURSE)},
        method="post",
        data=lambda c: {"source": c.plan.id},
    ),
    Row(
        "plan_journals",
        lambda c: f"/plans/{c.draft.id}/journals/",
        {409: ("teacher",), 403: _others("teacher", of=_COURSE)},
        method="post",
        data=lambda c: {"journal": c.unplanned.id},
    ),
    Row(
        "plan_submit",
        lambda c: f"/plans/{c.draft.id}/submit/",
        {409: ("teacher",), 403: _others("teacher", of=_COURSE)},
        method="post",
    ),
    Row(
        "plan_new",
        lambda c: f"/plans/new/{c.unplanned.id}/",
        # A curator reads the journal, and plans nothing.
        {302: ("teacher",), 403: (*_others("teacher", of=_COURSE), "curator")},
        method="post",
    ),
    Row(
        "plan_decide",
        lambda c: f"/plans/{c.waiting.id}/decide/",
        # A head who returns without a word is told to say why.
        {422: ("head",), 403: _others("head", of=_COURSE)},
        method="post",
    ),
    # A list of what is chosen: who may decide on none of it changes nothing.
    Row(
        "plans_decide",
        lambda c: "/plans/decide/",
        {302: LISTS},
        method="post",
        data=lambda c: {"plan": c.waiting.id, "decision": "approve"},
    ),
    Row("programme", lambda c: f"/programmes/{c.programme.id}/", {200: (*READS, *STUDIES)}),
    Row("programme", lambda c: f"/programmes/{c.draft_programme.id}/", {200: _COURSE}),
    Row("programme_file", lambda c: f"/programmes/{c.programme.id}/file/"),
    Row(
        "programme_edit",
        lambda c: f"/programmes/{c.draft_programme.id}/edit/",
        {200: ("teacher", "colleague"), 403: _others("teacher", "colleague", of=_COURSE)},
    ),
    Row(
        "programme_edit",
        lambda c: f"/programmes/{c.programme.id}/edit/",
        {
            423: ("teacher", "colleague"),
            403: (*_others("teacher", "colleague"), *STUDIES),
        },
        method="post",
        data=lambda c: {"criteria": "жок", "version": "1"},
    ),
    Row(
        "programme_new",
        lambda c: f"/programmes/new/{c.unplanned.id}/",
        {302: ("teacher",), 403: (*_others("teacher", of=_COURSE), "curator")},
        method="post",
    ),
    Row(
        "programme_decide",
        lambda c: f"/programmes/{c.waiting_programme.id}/decide/",
        {422: ("head",), 403: _others("head", of=_COURSE)},
        method="post",
    ),
]
