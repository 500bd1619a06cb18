"""Scans of a department's journals as numbers, for its head: how many, unproven, differing from marks, odd."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef, Q

from attendance.enums import ScanDifference
from attendance.models import DIFFERENCE_LABELS, Scan
from attendance.selectors.differences import difference_counts
from attendance.selectors.flags import FLAG_LABELS, flags_for_teacher, scans_of_lessons
from ejournal.lib.names import short_name
from teaching.models import LessonWorkload
from teaching.selectors.timetable import part_label
from university.enums import LessonKind
from university.models import LESSON_KIND_LABELS


@dataclass(slots=True)
class WatchedJournal:
    """A journal at whose lessons students scanned. `odd` counts scans with a flag, each once."""

    journal_id: int
    discipline: str
    kind: str
    part: str
    teacher: str
    lessons: int = 0
    scans: int = 0
    unproven: int = 0
    odd: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    differences: Counter[ScanDifference] = field(default_factory=Counter)

    @property
    def differing(self) -> int:
        return self.differences.total()

    @property
    def words(self) -> list[tuple[str, int]]:
        """What was odd, and how marks differ, each with its number."""
        odd = [(str(FLAG_LABELS[name]), count) for name, count in self.flags.most_common()]
        return odd + [(str(DIFFERENCE_LABELS[name]), count) for name, count in self.differences.most_common()]


def watched_journals(department_ids: Sequence[int], *, since: date, until: date) -> list[WatchedJournal]:
    """Journals of departments with scans in some days, the oddest first. Three queries; of a stream, the first
    journal stands for the lesson."""
    served = (
        LessonWorkload.objects.filter(
            Q(workload__department__in=department_ids) | Q(lesson__teacher__department__in=department_ids),
            Exists(Scan.objects.filter(lesson=OuterRef("lesson_id"))),
            lesson__date__range=(since, until),
        )
        .order_by("lesson_id", "workload_id")
        .values_list(
            "lesson_id",
            "workload_id",
            "workload__course__discipline__name",
            "workload__kind",
            "workload__course__group__name",
            "workload__subgroup__number",
            "lesson__teacher__user__last_name",
            "lesson__teacher__user__first_name",
            "lesson__teacher__user__patronymic",
        )
    )
    journals: dict[int, WatchedJournal] = {}
    journal_of: dict[int, WatchedJournal] = {}
    for lesson_id, workload_id, discipline, kind, group, subgroup, *teacher in served:
        if lesson_id in journal_of:
            continue
        journal = journals.setdefault(
            workload_id,
            WatchedJournal(
                workload_id,
                discipline,
                str(LESSON_KIND_LABELS[LessonKind(kind)]),
                part_label(group, subgroup),
                short_name(*teacher),
            ),
        )
        journal.lessons += 1
        journal_of[lesson_id] = journal
    for lesson_id, scans in scans_of_lessons(journal_of).items():
        journal = journal_of[lesson_id]
        flags = flags_for_teacher(scans)
        journal.scans += len(scans)
        journal.unproven += sum(not scan.is_proven for scan in scans)
        journal.odd += len(flags)
        journal.flags.update(name for names in flags.values() for name in names)
    for workload_id, counts in difference_counts(journals, since=since, until=until).items():
        journals[workload_id].differences = counts
    return sorted(journals.values(), key=lambda one: (-one.odd - one.differing, one.discipline, one.part))
