"""Words with a fixed set of values. Labels stand in the models."""

from enum import StrEnum


class UnitKind(StrEnum):
    FACULTY = "faculty"
    INSTITUTE = "institute"
    COLLEGE = "college"


class DepartmentKind(StrEnum):
    DEPARTMENT = "department"  # кафедра
    COMMISSION = "commission"  # ПЦК of a college


class LessonKind(StrEnum):
    LECTURE = "lecture"
    PRACTICAL = "practical"
    LABORATORY = "laboratory"


class ControlForm(StrEnum):
    EXAM = "exam"
    CREDIT = "credit"  # зачёт
