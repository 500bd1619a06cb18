"""Rows of points and rating schemes."""

from typing import Any

from journal.models import RatingScheme
from tests.permissions.rows import READERS, SEES_STUDENT, Row
from university.models import Module

# Who keeps a journal of the course types its points.
TYPES = ("teacher", "colleague")
ONLY_READS = tuple(role for role in READERS if role not in TYPES)
SCHEME_READERS = (
    *("curator", "teacher", "colleague", "other", "substitute", "head", "far_head"),
    *("office", "dean", "far_dean", "study", "leadership", "admin"),
)
MAKES = ("study",)
SCHEME_ONLY_READS = tuple(role for role in SCHEME_READERS if role not in MAKES)


def points_url(cast: Any) -> str:
    return f"/courses/{cast.course.pk}/points/"


def column_url(cast: Any) -> str:
    return f"{points_url(cast)}{Module.objects.get(number=1).pk}/manual/"


def scheme_url(cast: Any) -> str:
    return f"/rating/{RatingScheme.objects.get(code='P1', control_form='exam').pk}/"


ROWS = [
    Row("journal_points", lambda c: f"/journals/{c.journal.pk}/points/", {200: READERS}),
    Row("course_points", points_url, {200: READERS}),
    Row("course_points_why", lambda c: f"{points_url(c)}students/{c.student.pk}/", {200: READERS}),
    Row("course_points_type", column_url, {200: TYPES, 403: ONLY_READS}),
    # Above the maximum: nothing is saved by it.
    Row(
        "course_points_type",
        column_url,
        {422: TYPES, 403: ONLY_READS},
        method="post",
        data=lambda c: {f"p{c.student.pk}": "99", f"v{c.student.pk}": "0:"},
    ),
    Row("cabinet_points", lambda c: f"/cabinet/{c.student.pk}/points/", {200: SEES_STUDENT}),
    Row(
        "cabinet_course_points",
        lambda c: f"/cabinet/{c.student.pk}/courses/{c.course.pk}/points/",
        {200: SEES_STUDENT},
    ),
    Row("rating", lambda c: "/rating/", {200: SCHEME_READERS}),
    Row("rating_choose", lambda c: "/rating/choose/", {422: MAKES, 403: SCHEME_ONLY_READS}, method="post"),
    Row("rating_scheme", scheme_url, {200: SCHEME_READERS}),
    # The scheme that holds is not withdrawn.
    Row("rating_scheme", scheme_url, {422: MAKES, 403: SCHEME_ONLY_READS}, method="post"),
    Row("rating_scheme_new", lambda c: f"{scheme_url(c)}new/", {200: MAKES, 403: SCHEME_ONLY_READS}),
    Row("rating_scheme_new", lambda c: f"{scheme_url(c)}new/", {422: MAKES, 403: SCHEME_ONLY_READS}, method="post"),
]
