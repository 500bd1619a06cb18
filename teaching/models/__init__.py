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
    keeping,
)
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
    "PARITY_LABELS",
    "STATE_LABELS",
    "Course",
    "CourseEnrolment",
    "Lesson",
    "LessonChange",
    "LessonQuerySet",
    "LessonWorkload",
    "Slot",
    "Substitution",
    "SubstitutionQuerySet",
    "Workload",
    "WorkloadQuerySet",
    "WorkloadTeacher",
    "in_force",
    "keeping",
]
