"""Rows of substitution and permanent replacement (trials.md, "substitute: name")."""

from datetime import timedelta

from teaching.enums import AbsenceKind
from teaching.models import Substitution
from teaching.services.substitutions import record_absence
from tests import factories as make
from tests.permissions.conftest import NOW, Cast
from tests.permissions.rows import Row

READ_ALL = ("study", "leadership")
READ_UNIT = ("office", "dean", *READ_ALL)


def extend(cast: Cast) -> None:
    """`teacher` is away from the tests' Monday on: `substitute` stands in for him."""
    head = cast.people["head"]
    assert head is not None
    cast.absence = record_absence(
        teacher=cast.lesson.teacher,
        starts_on=make.MONDAY,
        ends_on=make.MONDAY + timedelta(days=4),
        kind=AbsenceKind.ILLNESS,
        details="",
        document_number="",
        by=head,
        now=NOW,
    )
    cast.substitution = Substitution.objects.get()
    cast.substitution.absence = cast.absence
    cast.substitution.save()


def absence(cast: Cast) -> str:
    return f"/absences/{cast.absence.id}/"


def substitution(cast: Cast) -> str:
    return f"/substitutions/{cast.substitution.id}/"


ROWS = [
    Row("absences", lambda c: "/absences/", {200: ("head", "far_head", "far_dean", *READ_UNIT)}),
    Row(
        "absences",
        lambda c: "/absences/",
        {422: ("head", "far_head"), 403: ("far_dean", *READ_UNIT)},
        method="post",
    ),
    Row("absence", absence, {200: ("head", "teacher", *READ_UNIT)}),
    Row("absence", absence, {422: ("head",), 403: ("teacher", *READ_UNIT)}, method="post"),
    Row("absence_end", lambda c: f"{absence(c)}end/", {302: ("head",), 403: ("teacher", *READ_UNIT)}, method="post"),
    Row(
        "absence_withdraw",
        lambda c: f"{absence(c)}withdraw/",
        {302: ("head",), 403: ("teacher", *READ_UNIT)},
        method="post",
    ),
    Row("substitutions", lambda c: "/substitutions/", {200: ("teacher", "colleague", "other", "substitute")}),
    Row(
        "substitution_answer",
        lambda c: f"{substitution(c)}answer/",
        {302: ("teacher", "substitute"), 403: ("head", *READ_UNIT)},
        method="post",
        data=lambda c: {"answer": "confirmed"},
    ),
    Row(
        "substitution_withdraw",
        lambda c: f"{substitution(c)}withdraw/",
        {302: ("head",), 403: ("teacher", "substitute", *READ_UNIT)},
        method="post",
    ),
    # A workload is its department's (§3.2): only its head passes a journal on.
    Row("replacements", lambda c: "/replacements/", {200: ("head", "far_head")}),
    Row("replacements", lambda c: "/replacements/", {422: ("head", "far_head")}, method="post"),
]
