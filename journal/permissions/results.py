"""Who plans exams, opens, fills and closes sheets, and reads results (trials.md, "results, exam sheets")."""

from dataclasses import dataclass

from accounts.enums import Role
from accounts.permissions import Rights
from journal.models import FinalSheet


def plans_exams(rights: Rights) -> bool:
    """The study office keeps the timetable, the session's too."""
    return rights.has(Role.STUDY_OFFICE)


def sees_exams(rights: Rights) -> bool:
    """Whoever teaches, studies, has a child here or answers for a part of the university."""
    return rights.student_id is not None or bool(rights.child_ids) or reads_results(rights)


def reads_results(rights: Rights) -> bool:
    """Who has lists of sheets and debts: teachers, heads, curators, dean's offices, study office, leadership."""
    return (
        rights.teacher_id is not None
        or rights.sees_everything
        or rights.has(Role.HEAD, Role.DEAN, Role.DEANS_OFFICE, Role.CURATOR)
    )


def is_office_of(rights: Rights, unit_id: int) -> bool:
    """A dean or his office, of this unit: admission, slips, commissions, state exams are theirs."""
    return rights.has(Role.DEAN, Role.DEANS_OFFICE) and unit_id in rights.unit_ids


def reads_group(rights: Rights, *, group_id: int, unit_id: int) -> bool:
    """Who reads all disciplines of a group side by side: its curator, its dean's office, study office, leadership."""
    return rights.sees_everything or group_id in rights.group_ids or unit_id in rights.unit_ids


@dataclass(frozen=True, slots=True)
class FinalSheetDoor:
    """A sheet as one user meets it. The examiner types and closes; the office judges admission, and types the second
    time where points are typed twice (`types_twice`)."""

    sheet: FinalSheet
    is_examiner: bool
    is_office: bool
    types_twice: bool
    is_newest: bool = True

    @property
    def types_first(self) -> bool:
        return self.is_examiner and not self.sheet.is_closed and self.sheet.has_exam

    @property
    def types_second(self) -> bool:
        return (
            self.is_office
            and not self.is_examiner
            and self.types_twice
            and not self.sheet.is_closed
            and self.sheet.has_exam
        )

    @property
    def can_type(self) -> bool:
        return self.types_first or self.types_second

    @property
    def can_close(self) -> bool:
        return self.is_examiner and not self.sheet.is_closed

    @property
    def can_correct(self) -> bool:
        """Whether he may ask for a correction: of a closed sheet, in its newest edition."""
        return self.is_examiner and self.sheet.is_closed and self.is_newest

    @property
    def can_admit(self) -> bool:
        return self.is_office and not self.sheet.is_closed

    @property
    def can_act(self) -> bool:
        """Whether any act on this sheet could be this person's; a closed one says so itself."""
        return self.is_examiner or self.is_office
