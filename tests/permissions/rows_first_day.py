"""Rows of the first day: load, logins, journals, cabinet."""

from typing import Any
from uuid import uuid4

from journal.models import Mark
from tests.permissions.conftest import Cast
from tests.permissions.rows import READERS, SEES_STUDENT, STAFF, WATCHERS, Row


def one_mark(cast: Cast) -> dict[str, Any]:
    """A change of the fellow's cell as it stands: those who may write it do so one after the other."""
    mark = Mark.objects.filter(lesson=cast.lesson, student=cast.fellow).first()
    version = mark.version if mark else 0
    cell = {"lesson": cast.lesson.id, "student": cast.fellow.id, "version": version, "value": str(2 + version)}
    return {"nonce": str(uuid4()), "marks": [cell]}


ROWS = [
    Row("home", lambda c: "/", others=200),
    Row("set_language", lambda c: "/language/", others=302, method="post", data=lambda c: {"language": "ru"}),
    Row("health_live", lambda c: "/health/live", others=200, anon=200),
    Row("health_ready", lambda c: "/health/ready", others=200, anon=200),
    Row("login", lambda c: "/login/", others=302, anon=200),
    Row("logout", lambda c: "/logout/", others=302, method="post"),
    Row(
        "password",
        lambda c: "/password/",
        # §4.2: students never; a parent's key is given and taken by the dean's office.
        {403: ("student", "fellow", "stranger", "parent"), 200: (*STAFF, "nobody", "past_dean", "past_admin")},
    ),
    Row("notifications", lambda c: "/notifications/", others=200),
    # A list of what is one's own: empty for those who have none.
    Row("journals", lambda c: "/journals/", others=200),
    Row("journal", lambda c: f"/journals/{c.journal.id}/", {200: READERS}),
    Row(
        "marks",
        lambda c: f"/journals/{c.journal.id}/marks/",
        {200: ("teacher", "substitute"), 403: tuple(set(READERS) - {"teacher", "substitute"})},
        anon=401,
        method="post",
        data=one_mark,
        as_json=True,
    ),
    Row("lesson", lambda c: f"/lessons/{c.lesson.id}/", {200: READERS}),
    Row(
        "cell_history",
        lambda c: f"/marks/{c.lesson.id}/{c.student.id}/history/",
        {200: (*READERS, "student", "parent", "admin")},
    ),
    Row("journal_month", lambda c: f"/journals/{c.journal.id}/month.pdf?month=2026-09", {200: READERS}),
    Row("cabinet", lambda c: "/cabinet/", {200: ("student", "fellow", "stranger"), 302: ("parent",)}),
    Row("cabinet_of", lambda c: f"/cabinet/{c.student.id}/", {200: SEES_STUDENT}),
    Row("cabinet_course", lambda c: f"/cabinet/{c.student.id}/courses/{c.course.id}/", {200: SEES_STUDENT}),
    Row("notifications_read", lambda c: "/notifications/read/", others=302, method="post"),
    Row("notifications_count", lambda c: "/notifications/count/", others=200),
    # "job state": who asked for it, and administrators; what the job made is the asker's.
    Row("job", lambda c: f"/jobs/{c.job.id}/", {200: ("study", "admin")}),
    Row("job_file", lambda c: f"/jobs/{c.job.id}/files/{c.job_file.id}/", {200: ("study",)}),
    Row(
        "guardian_credentials",
        lambda c: f"/groups/{c.group.id}/credentials/{c.student.id}/parents/",
        {200: ("office", "dean", "admin")},
    ),
    Row("attendance_today", lambda c: "/attendance/today/", {200: WATCHERS}),
    Row("groups", lambda c: "/groups/", {200: ("office", "dean", "far_dean", "admin")}),
    Row("group_credentials", lambda c: f"/groups/{c.group.id}/credentials/", {200: ("office", "dean", "admin")}),
    Row("load", lambda c: "/load/", {200: ("admin",)}),
    # A load that is not done yet leads to its job; a refused one says why.
    Row("load_shown", lambda c: f"/load/{c.load.id}/", {200: ("admin",)}),
    Row("load_again", lambda c: f"/load/{c.load.id}/again/", {302: ("admin",)}, method="post"),
]
