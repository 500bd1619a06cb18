"""Roles and their kin. Labels stand in the models."""

from enum import StrEnum


class Role(StrEnum):
    """What an appointment makes of a person. Teachers teach by workload (§3.2); the role is for those without."""

    ADMINISTRATOR = "administrator"
    MODERATOR = "moderator"
    STUDY_OFFICE = "study_office"
    LEADERSHIP = "leadership"
    DEAN = "dean"
    DEANS_OFFICE = "deans_office"
    HEAD = "head"
    TEACHER = "teacher"
    CURATOR = "curator"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
