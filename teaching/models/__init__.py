"""Who teaches what to whom, when. A workload is "a journal"; a lesson is one meeting of one or several of them.

One module an aggregate; everything is imported from here.
"""

from teaching.models.changes import REQUEST_LABELS, REQUEST_STATE_LABELS, ChangeRequest
from teaching.models.courses import (
    BASIS_LABELS,
    Course,
    CourseEnrolment,
    Workload,
    WorkloadQuerySet,
    WorkloadTeacher,
    in_force,
)
from teaching.models.timetable import (
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
    "BASIS_LABELS",
    "CHANGE_LABELS",
    "PARITY_LABELS",
    "REQUEST_LABELS",
    "REQUEST_STATE_LABELS",
    "STATE_LABELS",
    "WITHOUT_ORDER",
    "ChangeRequest",
    "Course",
    "CourseEnrolment",
    "Lesson",
    "LessonChange",
    "LessonChangeQuerySet",
    "LessonQuerySet",
    "LessonWorkload",
    "Slot",
    "Substitution",
    "SubstitutionQuerySet",
    "Workload",
    "WorkloadQuerySet",
    "WorkloadTeacher",
    "in_force",
]
