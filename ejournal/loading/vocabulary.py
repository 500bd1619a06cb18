"""Words with a fixed meaning in the loading workbook, in Kyrgyz, Russian and English.

The first word of each is the one the journal itself writes and shows in messages.
"""

from accounts.enums import Sex
from teaching.enums import WeekParity
from university.enums import ControlForm, DepartmentKind, LessonKind, UnitKind

UNIT_KINDS = {
    UnitKind.FACULTY: ("факультет", "faculty"),
    UnitKind.INSTITUTE: ("институт", "institute"),
    UnitKind.COLLEGE: ("колледж", "college"),
}
DEPARTMENT_KINDS = {
    DepartmentKind.DEPARTMENT: ("кафедра", "department", "chair"),
    DepartmentKind.COMMISSION: (
        "ПЦК",
        "ЦК",
        "предметтик циклдик комиссия",
        "предметно-цикловая комиссия",
        "цикловая комиссия",
        "subject-cycle commission",
        "commission",
    ),
}
SEXES = {
    Sex.FEMALE: ("аял", "кыз", "а", "женский", "жен", "ж", "female", "f", "woman"),
    Sex.MALE: ("эркек", "эр", "э", "мужской", "муж", "м", "male", "m", "man"),
}
LESSON_KINDS = {
    LessonKind.LECTURE: ("лекция", "лекциялык", "лекционное", "лк", "лек", "lecture"),
    LessonKind.PRACTICAL: (
        "практикалык",
        "практика",
        "практикалык сабак",
        "практическое",
        "практическое занятие",
        "практические",
        "пр",
        "practical",
        "practice",
        "practical class",
    ),
    LessonKind.LABORATORY: (
        "лабораториялык",
        "лаборатория",
        "лабораториялык сабак",
        "лабораторное",
        "лабораторное занятие",
        "лабораторная",
        "лабораторные",
        "лаб",
        "лб",
        "laboratory",
        "lab",
        "laboratory class",
    ),
}
# «Сынак» is left out on purpose: it is said of both.
CONTROL_FORMS = {
    ControlForm.EXAM: ("экзамен", "экз", "exam", "examination"),
    ControlForm.CREDIT: ("зачёт", "зач", "зачет", "credit", "credit test", "pass/fail"),
}
PARITIES = {
    WeekParity.EVERY: (
        "ар жума",
        "ар бир жума",
        "ар апта",
        "каждая неделя",
        "еженедельно",
        "каждая",
        "every week",
        "every",
        "weekly",
    ),
    WeekParity.ODD: (
        "алымы",
        "алым",
        "так",
        "так жума",
        "числитель",
        "нечётная",
        "нечетная неделя",
        "нечёт",
        "odd",
        "odd week",
        "odd weeks",
    ),
    WeekParity.EVEN: (
        "бөлүмү",
        "бөлүм",
        "жуп",
        "жуп жума",
        "знаменатель",
        "чётная",
        "четная неделя",
        "чёт",
        "even",
        "even week",
        "even weeks",
    ),
}
WEEKDAYS = {
    1: ("дүйшөмбү", "дш", "понедельник", "пн", "monday", "mon"),
    2: ("шейшемби", "шш", "вторник", "вт", "tuesday", "tue"),
    3: ("шаршемби", "шр", "среда", "ср", "wednesday", "wed"),
    4: ("бейшемби", "бш", "четверг", "чт", "thursday", "thu"),
    5: ("жума", "жм", "пятница", "пт", "friday", "fri"),
    6: ("ишемби", "иш", "суббота", "сб", "saturday", "sat"),
}
SEMESTERS = {
    1: ("1", "1-семестр", "1 семестр", "I", "биринчи", "күзгү", "первый", "осенний", "autumn", "fall"),
    2: ("2", "2-семестр", "2 семестр", "II", "экинчи", "жазгы", "второй", "весенний", "spring"),
}
