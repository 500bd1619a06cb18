"""Excuses of the demo: an illness with its paper, a sports meeting of many, one that came late without a paper."""

from datetime import datetime, timedelta

from accounts.models import Student, User
from ejournal.demo.cast import Scene
from ejournal.lib.clock import day_of
from ejournal.lib.pdf import render_pdf
from journal.enums import ExcuseKind, Presence
from journal.models import Mark
from journal.services.excuses import enter_excuse

PAPER = "<h1>Маалым кат № 114</h1><p>Студент дарыланууда болгон. Үлгү: чыныгы документ эмес.</p>"


def enter_excuses(scene: Scene, *, now: datetime) -> None:
    """Three excuses of the scene's unit, entered by `office`."""
    office = User.objects.get(username="office")
    fellow = Student.objects.get(user__username="fellow")
    unit = scene.group.unit
    today = day_of(now)
    absences = Mark.objects.filter(presence=Presence.ABSENT, lesson__date__lt=today).order_by("-lesson__date", "id")
    ill = absences.filter(student=fellow).select_related("lesson").first()
    # An illness of one absence at least, where there is one.
    until = ill.lesson.date if ill is not None else today
    enter_excuse(
        unit=unit,
        kind=ExcuseKind.ILLNESS,
        students=[fellow.pk],
        starts_on=until - timedelta(days=3),
        ends_on=until,
        document_number="114",
        issuer="Жалал-Абад шаарынын үй-бүлөлүк медицина борбору",
        issued_on=until,
        approved_by="Декан",
        paper=render_pdf(PAPER),
        by=office,
        now=now,
    )
    group = list(
        Student.objects.filter(group_enrolments__group=scene.group, group_enrolments__ends_on=None)
        .order_by("user__sort_key", "id")
        .values_list("id", flat=True)
    )
    enter_excuse(
        unit=unit,
        kind=ExcuseKind.SPORT,
        students=group[: len(group) // 2],
        starts_on=today - timedelta(days=6),
        ends_on=today - timedelta(days=5),
        document_number="27-б",
        issuer="Университеттин спорт клубу",
        approved_by="Ректордун буйругу",
        note="Студенттердин спартакиадасы",
        by=office,
        now=now,
    )
    long_ago = absences.filter(student__in=group, lesson__date__lt=today - timedelta(days=20)).select_related("lesson")
    late = long_ago.exclude(student=fellow).first()
    if late is not None:
        enter_excuse(
            unit=unit,
            kind=ExcuseKind.FAMILY,
            students=[late.student_id],
            starts_on=late.lesson.date,
            ends_on=late.lesson.date,
            approved_by="Декан",
            by=office,
            now=now,
        )
