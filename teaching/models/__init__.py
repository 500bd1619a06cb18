"""Who teaches what to whom, when. A workload is "a journal"; a lesson is one meeting of one or several of them.

One module an aggregate; everything is imported from here.
"""

from accounts.selectors import in_force
from teaching.models.absences import ABSENCE_LABELS, Replacement, TeacherAbsence, TeacherAbsenceQuerySet
from teaching.models.calendars import CALENDAR_LABELS, CalendarKey
from teaching.models.changes import REQUEST_LABELS, REQUEST_STATE_LABELS, ChangeRequest
from teaching.models.courses import (
    BASIS_LABELS,
    Course,
    CourseEnrolment,
    Workload,
    WorkloadQuerySet,
    WorkloadTeacher,
    keeping,
)
from teaching.models.orders import ORDER_LABELS, STUDENT_STATE_LABELS, StudentOrder, StudentOrderLine
from teaching.models.plans import (
    APPROVAL_LABELS,
    DECISION_LABELS,
    LessonItem,
    Plan,
    PlanDecision,
    PlanItem,
    PlanQuerySet,
    PlanWorkload,
    ProgrammeDecision,
    ProgrammeQuerySet,
    WorkingProgramme,
    not_ended,
)
from teaching.models.rosters import REPORT_LABELS, RosterCheck, RosterReport
from teaching.models.timetable import (
    ANSWER_LABELS,
    CHANGE_LABELS,
    PARITY_LABELS,
    STATE_LABELS,
    WITHOUT_ORDER,
    Lesson,
    LessonChange,
    LessonChangeQuerySet,
    LessonQuerySet,
    LessonWorkload,
    Slot,
    Substitution,
    SubstitutionQuerySet,
)

__all__ = [
    "ABSENCE_LABELS",
    "ANSWER_LABELS",
    "APPROVAL_LABELS",
    "BASIS_LABELS",
    "CALENDAR_LABELS",
    "CHANGE_LABELS",
    "DECISION_LABELS",
    "ORDER_LABELS",
    "PARITY_LABELS",
    "REPORT_LABELS",
    "REQUEST_LABELS",
    "REQUEST_STATE_LABELS",
    "STATE_LABELS",
    "STUDENT_STATE_LABELS",
    "WITHOUT_ORDER",
    "CalendarKey",
    "ChangeRequest",
    "Course",
    "CourseEnrolment",
    "Lesson",
    "LessonChange",
    "LessonChangeQuerySet",
    "LessonItem",
    "LessonQuerySet",
    "LessonWorkload",
    "Plan",
    "PlanDecision",
    "PlanItem",
    "PlanQuerySet",
    "PlanWorkload",
    "ProgrammeDecision",
    "ProgrammeQuerySet",
    "Replacement",
    "RosterCheck",
    "RosterReport",
    "Slot",
    "StudentOrder",
    "StudentOrderLine",
    "Substitution",
    "SubstitutionQuerySet",
    "TeacherAbsence",
    "TeacherAbsenceQuerySet",
    "WorkingProgramme",
    "Workload",
    "WorkloadQuerySet",
    "WorkloadTeacher",
    "in_force",
    "keeping",
    "not_ended",
]
