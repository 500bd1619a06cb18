"""Who teaches what to whom, when. A workload is "a journal"; a lesson is one meeting of one or several of them.

One module an aggregate; everything is imported from here.
"""

from teaching.models.absences import ABSENCE_LABELS, Replacement, TeacherAbsence, TeacherAbsenceQuerySet
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
    ANSWER_LABELS,
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
    "ABSENCE_LABELS",
    "ANSWER_LABELS",
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
    "Replacement",
    "Slot",
    "Substitution",
    "SubstitutionQuerySet",
    "TeacherAbsence",
    "TeacherAbsenceQuerySet",
    "Workload",
    "WorkloadQuerySet",
    "WorkloadTeacher",
    "in_force",
]
