"""Schemes and typed points by SQL: what the database keeps of §1.8, §3.5e–f and §4.3, whoever writes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from ejournal.lib import clock
from journal.enums import ComponentSource, ReopeningState, Source
from journal.models import (
    ChangeEvent,
    ModulePoint,
    RatingComponent,
    RatingScheme,
    Reopening,
    ReopeningLesson,
    ReopeningStudent,
    Scale,
    ScaleStep,
    SchemeChoice,
)
from journal.services import close_module
from tests import factories as make
from university.models import Module

pytestmark = pytest.mark.django_db
NOW = clock.now()


def said(**more: Any) -> dict[str, Any]:
    return {
        "at": NOW,
        "source": Source.WEB,
        "request_id": make.REQUEST_ID,
    } | more


class Typed:
    """Points of the intermediate control of one student."""

    def __init__(self) -> None:
        self.workload = make.make_workload()
        self.course = self.workload.course
        self.teacher = self.workload.teachers.get().teacher.user
        self.student = make.make_student()
        make.enrol(self.student, self.course)
        self.module, self.second = Module.objects.order_by("number")

    def draft(self, value: str | None = "12", component: str = ComponentSource.MANUAL, **more: Any) -> ModulePoint:
        return ModulePoint.objects.create(
            **said(by=self.teacher)
            | {
                "course": self.course,
                "module": self.module,
                "student": self.student,
                "component": component,
                "value": None if value is None else Decimal(value),
                "entered_at": NOW,
            }
            | more
        )

    def close(self, module: Module | None = None) -> None:
        close_module(course=self.course, module=module or self.module, by=self.teacher, now=NOW)


@pytest.fixture
def typed() -> Typed:
    return Typed()


def run(sql: str, *params: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


@pytest.mark.parametrize(("component", "highest"), [("manual", "15"), ("self_study", "6")])
def test_points_above_the_maximum_of_the_module_are_refused(typed: Typed, component: str, highest: str) -> None:
    point = typed.draft(highest, component)
    with pytest.raises(IntegrityError, match="smaller maximum"):
        run("UPDATE journal_modulepoint SET value = value + 0.01, version = 2 WHERE id = %s", point.pk)


def test_points_follow_the_scheme_that_holds(typed: Typed) -> None:
    SchemeChoice.objects.create(
        control_form="exam", valid_from=2026, scheme=RatingScheme.objects.get(code="P4", control_form="exam"), **said()
    )
    # One module: nothing is typed in the first of the semester, all in the last.
    with pytest.raises(IntegrityError, match="smaller maximum"), transaction.atomic():
        typed.draft("1")
    assert typed.draft("30", module=typed.second).value == 30


def test_points_leave_their_history(typed: Typed) -> None:
    point = typed.draft("12")
    run("UPDATE journal_modulepoint SET value = 13, version = 2, reason = 'кайра' WHERE id = %s", point.pk)
    event = ChangeEvent.objects.get(entity="journal_modulepoint")
    assert (event.before["value"], event.after and event.after["value"], event.reason) == (12, 13, "кайра")


@pytest.mark.parametrize(
    "change",
    ["value = 13", "value = NULL", "value = 13, source = 'correction'"],
)
def test_points_under_a_closed_module_do_not_change(typed: Typed, change: str) -> None:
    point = typed.draft()
    typed.close()
    with pytest.raises(IntegrityError, match="is closed"):
        run(f"UPDATE journal_modulepoint SET {change}, version = 2 WHERE id = %s", point.pk)
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        typed.draft(component=ComponentSource.SELF_STUDY, value="1")
    typed.draft(module=typed.second)


def test_points_in_the_web_are_never_deleted(typed: Typed) -> None:
    point = typed.draft()
    with pytest.raises(DatabaseError, match="permission denied"):
        run("DELETE FROM journal_modulepoint WHERE id = %s", point.pk)


def reopen(typed: Typed) -> Reopening:
    lesson = make.make_lesson(typed.workload)
    asked = Reopening.objects.create(
        workload=typed.workload,
        why="Жаңылыш",
        asked_by=typed.teacher,
        asked_at=NOW,
        **said(by=typed.teacher),
    )
    ReopeningLesson.objects.create(reopening=asked, lesson=lesson)
    ReopeningStudent.objects.create(reopening=asked, student=typed.student)
    head, office = make.make_user(last_name="Башчы"), make.make_user(last_name="Деканат")
    asked.state, asked.head, asked.head_at, asked.version = ReopeningState.APPROVED, head, NOW, 2
    asked.save()
    asked.state, asked.office, asked.opened_at, asked.version = ReopeningState.OPEN, office, NOW, 3
    asked.until = NOW + timedelta(days=3)
    asked.save()
    return asked


def test_an_open_reopening_lets_the_named_students_points_pass_as_a_correction(typed: Typed) -> None:
    point = typed.draft()
    other = make.make_student()
    make.enrol(other, typed.course)
    foreign = typed.draft(student=other)
    lesson_made_before = reopen(typed)
    typed.close()
    run("UPDATE journal_modulepoint SET value = 13, version = 2, source = 'correction' WHERE id = %s", point.pk)
    with pytest.raises(IntegrityError, match="is closed"):
        run("UPDATE journal_modulepoint SET value = 13, version = 2, source = 'correction' WHERE id = %s", foreign.pk)
    with pytest.raises(IntegrityError, match="is closed"):
        run("UPDATE journal_modulepoint SET value = 14, version = 3, source = 'web' WHERE id = %s", point.pk)
    with pytest.raises(IntegrityError, match="is closed"):
        run(
            "UPDATE journal_modulepoint SET value = 14, version = 3, source = 'correction', at = %s WHERE id = %s",
            lesson_made_before.until,
            point.pk,
        )


def test_what_a_closed_sheet_was_computed_by_stays_chosen(typed: Typed) -> None:
    third = RatingScheme.objects.get(code="P3", control_form="exam")
    typed.close()
    with pytest.raises(IntegrityError, match="was closed under the scheme"), transaction.atomic():
        SchemeChoice.objects.create(control_form="exam", valid_from=2026, scheme=third, **said())
    with pytest.raises(IntegrityError, match="was closed under the scheme"):
        run("UPDATE journal_schemechoice SET scheme_id = %s, version = 2 WHERE control_form = 'exam'", third.pk)
    SchemeChoice.objects.create(control_form="exam", valid_from=2027, scheme=third, **said())
    credit = RatingScheme.objects.get(code="P3", control_form="credit")
    SchemeChoice.objects.create(control_form="credit", valid_from=2026, scheme=credit, **said())


def test_a_scheme_of_another_form_is_not_chosen() -> None:
    credit = RatingScheme.objects.get(code="P3", control_form="credit")
    with pytest.raises(IntegrityError, match="another form"), transaction.atomic():
        SchemeChoice.objects.create(control_form="exam", valid_from=2026, scheme=credit, **said())


@pytest.mark.parametrize(
    ("table", "assignment"),
    [
        ("journal_ratingscheme", "rounding = 'floor'"),
        ("journal_ratingcomponent", "maximum = 1"),
        ("journal_scale", "name_ky = 'Башка'"),
        ("journal_scalestep", "low = low + 1"),
    ],
)
def test_a_scheme_and_its_scale_never_change_not_even_by_the_owner(table: str, assignment: str) -> None:
    for name in ("default", "owner"):
        with pytest.raises(DatabaseError), transaction.atomic(name), connections[name].cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {assignment}")


def test_a_scheme_may_be_withdrawn() -> None:
    run("UPDATE journal_ratingscheme SET withdrawn_at = now() WHERE code = 'P3'")
    assert RatingScheme.objects.filter(withdrawn_at__isnull=False).count() == 2


def test_a_used_scale_takes_no_step_more() -> None:
    with pytest.raises(IntegrityError, match="in use"), transaction.atomic():
        ScaleStep.objects.create(
            scale=Scale.objects.get(code="letters"), low=50, traditional=3, passes=True, word="satisfactory"
        )


@pytest.mark.parametrize(
    ("form", "scope", "components", "constraint"),
    [
        ("exam", "discipline", [("auto_attendance", 8, None), ("exam", 40, None)], "not 100"),
        (
            "exam",
            "discipline",
            [("auto_attendance", "8.01", None), ("self_study", "51.99", None), ("exam", 40, None)],
            "exceeds the maxima",
        ),
        ("exam", "discipline", [("auto_average", 11, None), ("manual", 89, 1)], "does not belong"),
        ("credit", "discipline", [("auto_average", 21, None), ("manual", 79, 1)], "exceeds the maxima"),
        ("credit", "module", [("auto_attendance", 34, None), ("manual", 66, 1)], "exceeds the maxima"),
        ("credit", "discipline", [("manual", 100, 3)], "does not belong"),
        ("exam", "discipline", [("exam", 60, None), ("exam", 40, None)], "does not belong"),
        ("exam", "discipline", [], "not 100"),
    ],
)
def test_an_unlawful_scheme_is_refused(form: str, scope: str, components: list[Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make_scheme(form, scope, components)


def test_the_maxima_inside_each_module_are_lawful() -> None:
    make_scheme("credit", "module", [("auto_attendance", 32, None), ("auto_average", 40, None), ("manual", 28, 1)])


def make_scheme(form: str, scope: str, components: list[Any]) -> None:
    scheme = RatingScheme.objects.create(
        code="own",
        name_ky="Өзүбүздүкү",
        control_form=form,
        modules=2,
        cap_scope=scope,
        rounding="half_up",
        excused="exclude",
        absence_in_mean="ignore",
        late="attended",
        scale=Scale.objects.get(code="letters"),
        made_at=NOW,
    )
    for number, (source, maximum, module) in enumerate(components):
        RatingComponent.objects.create(
            scheme=scheme,
            code=f"c{number}",
            name_ky="Бөлүк",
            source=source,
            maximum=Decimal(maximum),
            module=module,
            position=number,
        )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
