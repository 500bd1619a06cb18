"""Who may look at one student's own page (trials.md, "own marks page" and "phones, birth dates")."""

from dataclasses import dataclass

from accounts.models import GroupEnrolment, Student


@dataclass(frozen=True, slots=True)
class StudentDoor:
    """A student's page as one person meets it on one day.

    `course_ids`: the only courses whose rows are shown (a teacher's own); None: all. `shows_contacts`: phones and
    the birth date. `enrolment`: the group he studies in today, if any.
    """

    student: Student
    enrolment: GroupEnrolment | None
    is_self: bool = False
    is_parent: bool = False
    shows_contacts: bool = False
    course_ids: frozenset[int] | None = None
