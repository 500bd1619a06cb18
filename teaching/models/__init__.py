"""Who teaches what to whom, when. A workload is "a journal"; a lesson is one meeting of one or several of them.

One module an aggregate; everything is imported from here.
"""

from teaching.models.courses import (
    BASIS_LABELS,
    Course,
    CourseEnrolment,
    Workload,
    WorkloadQuerySet,
    WorkloadTeacher,
    in_force,
)
from teaching.models.orders import ORDER_LABELS, STUDENT_STATE_LABELS, StudentOrder, StudentOrderLine
from teaching.models.rosters import REPORT_LABELS, RosterCheck, RosterReport
from teaching.models.timetable import (
    CHANGE_LABELS,
    PARITY_LABELS,
    STATE_LABELS,
    Lesson,
    LessonChange,
    LessonQuerySet,
    LessonWorkload,
    Slot,
    Substitution,
    SubstitutionQuerySet,
)

__all__ = [
    "BASIS_LABELS",
    "CHANGE_LABELS",
    "ORDER_LABELS",
    "PARITY_LABELS",
    "REPORT_LABELS",
    "STATE_LABELS",
    "STUDENT_STATE_LABELS",
    "Course",
    "CourseEnrolment",
    "Lesson",
    "LessonChange",
    "LessonQuerySet",
    "LessonWorkload",
    "RosterCheck",
    "RosterReport",
    "Slot",
    "StudentOrder",
    "StudentOrderLine",
    "Substitution",
    "SubstitutionQuerySet",
    "Workload",
    "WorkloadQuerySet",
    "WorkloadTeacher",
    "in_force",
]
