"""Typing of results against the closing of their sheet (§2.6): what was acknowledged is in the total, what was not was
refused. First the race, then the cure. RACE_ROUNDS asks for more rounds: `benchmarks/results_race.py`."""

import os
import random
import threading
import time as real_time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ejournal.lib.errors import Refusal
from journal.enums import SheetState, Source
from journal.models import FinalResult, FinalSheet
from journal.rules.results import outcome_of, scheme_from_data
from journal.services.results import Entry, SavedColumn, close_sheet, enter_points
from tests import factories as make
from tests.journal.test_results_services import NOW, Session

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

ROUNDS = int(os.environ.get("RACE_ROUNDS", "25"))
AtOnce = Callable[..., list[Any]]


def type_points(session: Session, sheet: FinalSheet, text: str, shown: str) -> SavedColumn | Refusal:
    """The same new points for every student of a sheet."""
    entries = [Entry(student.pk, text, shown) for student in session.students]
    try:
        return enter_points(sheet_id=sheet.pk, entries=entries, by=session.teacher.user, now=NOW)
    except Refusal as refusal:
        return refusal


def naive_close(session: Session, sheet: FinalSheet, between: Callable[[], None] = lambda: None) -> None:
    """Reads the points, and only then writes what follows from them and closes: nothing is held between."""
    scheme = scheme_from_data(sheet.scheme)
    said = {"by": session.teacher.user, "at": NOW, "source": Source.WEB, "request_id": make.REQUEST_ID}
    results = list(FinalResult.objects.filter(sheet=sheet).order_by("id"))
    between()
    for result in results:
        found = outcome_of(scheme, semester=result.semester_points or Decimal(0), exam=result.exam_points)
        FinalResult.objects.filter(pk=result.pk).update(
            total=found.total,
            letter=found.letter,
            traditional=found.traditional,
            gpa=found.gpa,
            passes=found.passes,
            word=found.word,
            version=FinalResult.objects.get(pk=result.pk).version + 1,
            **said,
        )
    FinalSheet.objects.filter(pk=sheet.pk).update(
        state=SheetState.CLOSED, closed_by=session.teacher.user, closed_at=NOW, version=2, **said
    )


def totals_follow_from_points(sheet: FinalSheet) -> bool:
    """Whether every total of a closed sheet is what its points come to."""
    scheme = scheme_from_data(FinalSheet.objects.get(pk=sheet.pk).scheme)
    return all(
        one.total == outcome_of(scheme, semester=one.semester_points, exam=one.exam_points).total
        for one in FinalResult.objects.filter(sheet=sheet)
        if one.semester_points is not None
    )


def opened(session: Session) -> FinalSheet:
    sheet = session.open()
    session.type(sheet, "10", "10", "10")
    return sheet


def test_naive_closing_loses_points_that_were_acknowledged(at_once: AtOnce) -> None:
    session = Session()
    sheet = opened(session)
    read, typed = threading.Event(), threading.Event()

    def between() -> None:
        read.set()
        typed.wait(10)

    def writer() -> Any:
        read.wait(10)
        saved = type_points(session, sheet, "40", "10")
        typed.set()
        return saved

    _closed, saved = at_once(lambda: naive_close(session, sheet, between), writer)
    assert isinstance(saved, SavedColumn)
    assert saved.saved == 3
    # The students have 40 points and the total of 10: for ever, since the sheet is closed.
    assert set(FinalResult.objects.values_list("exam_points", "total")) == {(Decimal(40), Decimal(40))}
    assert not totals_follow_from_points(sheet)


def test_points_typed_while_a_sheet_closes_are_in_the_total_or_refused(at_once: AtOnce) -> None:
    seed = random.Random(1)
    saved_first = refused = failures = 0
    for _ in range(ROUNDS):
        session = Session()
        sheet = opened(session)
        pauses = seed.random() * 0.02, seed.random() * 0.02

        def closer(session: Session = session, sheet: FinalSheet = sheet, pause: float = pauses[0]) -> Any:
            real_time.sleep(pause)
            return close_sheet(sheet_id=sheet.pk, by=session.teacher.user, now=NOW)

        def writer(session: Session = session, sheet: FinalSheet = sheet, pause: float = pauses[1]) -> Any:
            real_time.sleep(pause)
            return type_points(session, sheet, "40", "10")

        closed, saved = at_once(closer, writer)
        assert isinstance(closed, FinalSheet), closed
        points = set(FinalResult.objects.filter(sheet=sheet).values_list("exam_points", "total"))
        if isinstance(saved, SavedColumn):
            assert (saved.saved, saved.problems) == (3, [])
            failures += points != {(Decimal(40), Decimal(70))}
            saved_first += 1
        else:
            assert (saved.code, saved.status) == ("sheet_closed", 423)
            failures += points != {(Decimal(10), Decimal(40))}
            refused += 1
        failures += not totals_follow_from_points(sheet)
    print(f"typed before the closing: {saved_first}, refused after it: {refused}, failures: {failures}")
    assert failures == 0


def test_naive_typing_after_the_closing_is_stopped_by_the_database(at_once: AtOnce) -> None:
    """Who judged before the closing and writes after it: the trigger of a closed sheet refuses."""
    session = Session()
    sheet = opened(session)
    judged, closed = threading.Event(), threading.Event()

    def naive_typer() -> Any:
        is_open = FinalSheet.objects.get(pk=sheet.pk).state == SheetState.DRAFT
        judged.set()
        closed.wait(10)
        assert is_open
        return FinalResult.objects.filter(sheet=sheet).update(exam_points=40, version=9)

    def closer() -> Any:
        judged.wait(10)
        close_sheet(sheet_id=sheet.pk, by=session.teacher.user, now=NOW)
        closed.set()

    written, _closed = at_once(naive_typer, closer)
    assert "journal_finalsheet_closed" in str(getattr(written.__cause__.diag, "constraint_name", ""))
    assert set(FinalResult.objects.values_list("exam_points", flat=True)) == {Decimal(10)}
