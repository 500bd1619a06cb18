"""Excuses as lists and pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import Student, User
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of
from ejournal.lib.sorting import sort_key
from journal.enums import Presence, SheetState
from journal.models import Excuse, ExcuseCover, ExcuseStudent, Mark, ModuleSheet
from journal.permissions import enters_excuses, reads_excuses
from teaching.models import in_force
from university.selectors import policies

NAMES_SHOWN = 3  # of an excuse's students, in the list


def excuses_visible_to(user: User, *, on: date) -> QuerySet[Excuse]:
    """Excuses that a dean or his office entered for their unit; the study office reads all."""
    rights = rights_of(user, on=on)
    if not reads_excuses(rights):
        return Excuse.objects.none()
    if not enters_excuses(rights):
        return Excuse.objects.all()
    return Excuse.objects.filter(unit_id__in=rights.unit_ids)


def excuse_list(excuses: QuerySet[Excuse], *, text: str) -> QuerySet[Excuse]:
    """Excuses that name a student whose name has all the words (or whose record book begins so), newest first.

    Each carries `student_count`, `overlaps` (another excuse in force names one of its students for one of its days)
    and `shown`, its first students by the alphabet.
    """
    if text.strip():
        named = Student.objects.all()
        for word in text.split():
            named = named.filter(Q(user__sort_key__contains=sort_key(word)) | Q(record_book__istartswith=word))
        excuses = excuses.filter(Exists(ExcuseStudent.objects.filter(excuse=OuterRef("pk"), student__in=named)))
    others = ExcuseStudent.objects.filter(
        # Two comparisons, not `exclude`: all of this is asked of one and the same other excuse.
        Q(student__excuses__excuse_id__lt=OuterRef("pk")) | Q(student__excuses__excuse_id__gt=OuterRef("pk")),
        excuse=OuterRef("pk"),
        student__excuses__excuse__withdrawn_at__isnull=True,
        student__excuses__excuse__starts_on__lte=OuterRef("ends_on"),
        student__excuses__excuse__ends_on__gte=OuterRef("starts_on"),
    )
    first = ExcuseStudent.objects.select_related("student__user").order_by("student__user__sort_key", "student_id")
    return (
        excuses.select_related("unit", "entered_by")
        .annotate(student_count=Count("students"), overlaps=Exists(others))
        .prefetch_related(Prefetch("students", queryset=first[:NAMES_SHOWN], to_attr="shown"))
        .order_by("-entered_at", "-id")
    )


@dataclass(frozen=True, slots=True)
class ExcuseRow:
    """An excuse in the list with what stands out: `is_late` was entered after the days for it, `overlaps` another."""

    excuse: Excuse
    names: str
    more: int
    overlaps: bool
    is_late: bool
    lacks_paper: bool


def excuse_rows(excuses: Sequence[Excuse], *, on: date) -> list[ExcuseRow]:
    """The rows of one page of `excuse_list`. One query."""
    late_days = policies("excuse_late_days", on=on)["excuse_late_days"]
    rows = []
    for excuse in excuses:
        shown: list[ExcuseStudent] = excuse.shown  # type: ignore[attr-defined]  # of the prefetch
        living = excuse.withdrawn_at is None
        rows.append(
            ExcuseRow(
                excuse=excuse,
                names=", ".join(named.student.user.get_short_name() for named in shown),
                more=excuse.student_count - len(shown),  # type: ignore[attr-defined]  # an annotation
                overlaps=living and excuse.overlaps,  # type: ignore[attr-defined]  # an annotation
                is_late=day_of(excuse.entered_at) > excuse.ends_on + timedelta(days=late_days),
                lacks_paper=not excuse.paper_path,
            )
        )
    return rows


def students_to_excuse(
    *, unit_ids: Sequence[int], group_id: int | None, ticked: Sequence[int], on: date
) -> list[Student]:
    """Students of a group of the units on a day, and those already ticked, in the order of the alphabet."""
    chosen = Q(pk__in=ticked)
    if group_id is not None:
        chosen |= Q(group_enrolments__group_id=group_id)
    return list(
        Student.objects.filter(
            in_force(on, "group_enrolments__"), chosen, group_enrolments__group__unit_id__in=unit_ids
        )
        .select_related("user")
        .distinct()
        .order_by("user__sort_key", "id")
    )


def students_of(excuse: Excuse) -> list[ExcuseStudent]:
    """Whom an excuse names, in the order of the alphabet."""
    return list(excuse.students.select_related("student__user").order_by("student__user__sort_key", "student_id"))


def covered_by(excuse: Excuse) -> QuerySet[Mark]:
    """The absences that an excuse covers, by day, then by the alphabet."""
    covers = ExcuseCover.objects.filter(excuse=excuse, lesson=OuterRef("lesson"), student=OuterRef("student"))
    return _absences(excuse).filter(Exists(covers))


def waiting_for(excuse: Excuse) -> QuerySet[Mark]:
    """Absences in the days of an excuse in force that nothing covers, since their module is closed (law 3)."""
    if excuse.withdrawn_at is not None:
        return Mark.objects.none()
    covers = ExcuseCover.objects.filter(lesson=OuterRef("lesson"), student=OuterRef("student"))
    sheets = ModuleSheet.objects.filter(
        course=OuterRef("workload__course"),
        state=SheetState.CLOSED,
        module__starts_on__lte=OuterRef("lesson__date"),
        module__ends_on__gte=OuterRef("lesson__date"),
    )
    return _absences(excuse).filter(
        ~Exists(covers), Exists(sheets), lesson__date__range=(excuse.starts_on, excuse.ends_on)
    )


def _absences(excuse: Excuse) -> QuerySet[Mark]:
    return (
        Mark.objects.filter(student__in=excuse.students.values("student_id"), presence=Presence.ABSENT)
        .select_related("lesson", "student__user", "workload__course__discipline", "workload__course__group")
        .order_by("lesson__starts_at", "student__user__sort_key", "id")
    )
