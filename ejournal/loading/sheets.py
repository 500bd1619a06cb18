"""The sheets of the loading workbook: their names and columns in Kyrgyz, Russian and English.

The first name of each is the one the journal itself writes and shows in messages.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ejournal.loading import rows
from ejournal.loading.rows import SheetKey
from ejournal.loading.values import (
    Parser,
    academic_year,
    clock,
    day,
    decimal,
    number_word,
    person_name,
    text,
    whole,
    word,
)
from ejournal.loading.vocabulary import (
    CONTROL_FORMS,
    DEPARTMENT_KINDS,
    LESSON_KINDS,
    PARITIES,
    SEMESTERS,
    SEXES,
    UNIT_KINDS,
    WEEKDAYS,
)
from ejournal.loading.words import fold_heading

_SEMESTER = number_word(SEMESTERS)
_INTAKE = whole(1990, 2099)
_HOURS = whole(0, 2000)
_CREDITS = decimal(0, 60)
_SUBGROUP = whole(1, 9)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field it fills, its names, how its cells are read.

    `required`: every row has a value. `must_exist`: the file has the column; a column that need not exist is left
    as it is in the journal where the file does not have it.
    """

    field: str
    names: tuple[str, ...]
    parse: Parser[object]
    required: bool = True
    must_exist: bool = True

    @property
    def heading(self) -> str:
        return self.names[0]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its names, its columns, the fields that are its key, and the class of its rows."""

    key: SheetKey
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    key_fields: tuple[str, ...]
    row: type

    @property
    def name(self) -> str:
        return self.names[0]

    def column(self, field: str) -> Column:
        return next(column for column in self.columns if column.field == field)


_YEAR = Column("year", ("Окуу жылы", "Учебный год", "Academic year", "Year"), academic_year)
_SEMESTER_COLUMN = Column("semester", ("Семестр", "Semester", "Term", "Жарым жылдык"), _SEMESTER)
_CODE = ("Коду", "Код", "Code")
_NAME = ("Аталышы", "Аты", "Название", "Наименование", "Name", "Title")
_KIND = ("Түрү", "Тип", "Вид", "Type", "Kind")
_UNIT = ("Түзүм", "Подразделение", "Структура", "Факультет", "Институт", "Unit", "Faculty", "Institute")
_LAST = ("Фамилиясы", "Фамилия", "Last name", "Surname", "Family name")
_FIRST = ("Аты", "Имя", "First name", "Given name")
_PATRONYMIC = ("Атасынын аты", "Отчество", "Patronymic", "Middle name")
_DEPARTMENT = ("Кафедра", "Кафедрасы", "Department", "ПЦК")
_GROUP = ("Тайпа", "Тайпасы", "Группа", "Group", "Топ")
_SUBGROUP_NAMES = ("Кичи тайпа", "Тайпача", "Кичи тайпасы", "Подгруппа", "Subgroup")
_PROGRAMME = ("Адистик", "Адистиги", "Специальность", "Направление", "Багыт", "Programme", "Program", "Speciality")
_INTAKE_NAMES = (
    "Кабыл алынган жылы",
    "Год приёма",
    "Год поступления",
    "Intake",
    "Year of intake",
    "Intake year",
    "Admission year",
)
_DISCIPLINE = ("Дисциплина", "Предмет", "Discipline", "Subject", "Сабак")
_CONTROL = ("Текшерүү түрү", "Форма контроля", "Вид контроля", "Control form", "Control", "Form of control")
_CREDIT_NAMES = ("Кредит", "Кредиттер", "Кредиты", "Credits", "Credit")
_EXTERNAL_ID = Column(
    "external_id",
    ("АВН №", "АВН коду", "АВН", "Код АВН", "ID АВН", "AVN id", "AVN №", "AVN", "AVN code"),
    text(60),
    required=False,
    must_exist=False,
)
_WORKLOAD_NUMBER = (
    "Жүктөм №",
    "Жүктөм номери",
    "Жүктөм",
    "Нагрузка №",
    "№ нагрузки",
    "Номер нагрузки",
    "Нагрузка",
    "Workload №",
    "Workload number",
    "Workload no",
    "Workload",
)
_PAIR = ("Пара", "Пара №", "№ пары", "Номер пары", "Pair", "Bell", "Period")
_STARTS = ("Башталышы", "Башы", "Начало", "Starts", "Start", "Begins", "Starts on")
_ENDS = ("Аякташы", "Аягы", "Конец", "Окончание", "Ends", "End", "Ends on")

SHEETS: dict[SheetKey, Sheet] = {
    sheet.key: sheet
    for sheet in [
        Sheet(
            SheetKey.SEMESTERS,
            ("Окуу жылы", "Окуу жылдары", "Учебный год", "Семестры", "Academic year", "Academic years", "Semesters"),
            (
                _YEAR,
                _SEMESTER_COLUMN,
                Column("starts_on", _STARTS, day),
                Column("ends_on", _ENDS, day),
                Column(
                    "module_1_ends_on",
                    (
                        "1-модулдун аягы",
                        "Конец 1-го модуля",
                        "Конец модуля 1",
                        "Окончание 1-го модуля",
                        "End of module 1",
                        "Module 1 ends",
                    ),
                    day,
                ),
                Column(
                    "module_2_ends_on",
                    (
                        "2-модулдун аягы",
                        "Конец 2-го модуля",
                        "Конец модуля 2",
                        "Окончание 2-го модуля",
                        "End of module 2",
                        "Module 2 ends",
                    ),
                    day,
                ),
                Column(
                    "session_ends_on",
                    (
                        "Сессиянын аягы",
                        "Конец сессии",
                        "Окончание сессии",
                        "End of session",
                        "Session ends",
                        "End of the session",
                    ),
                    day,
                    required=False,
                    must_exist=False,
                ),
            ),
            ("year", "semester"),
            rows.SemesterRow,
        ),
        Sheet(
            SheetKey.HOLIDAYS,
            ("Майрамдар", "Майрам күндөрү", "Праздники", "Праздничные дни", "Holidays"),
            (
                Column("day", ("Күнү", "Күн", "Дата", "День", "Date", "Day"), day),
                Column("name", _NAME, text(200)),
            ),
            ("day",),
            rows.HolidayRow,
        ),
        Sheet(
            SheetKey.BELLS,
            ("Коңгуроо", "Коңгуроолор", "Звонки", "Расписание звонков", "Bells"),
            (
                Column("pair", _PAIR, whole(1, 15)),
                Column("starts", _STARTS, clock),
                Column("ends", _ENDS, clock),
            ),
            ("pair",),
            rows.BellRow,
        ),
        Sheet(
            SheetKey.UNITS,
            ("Түзүмдөр", "Түзүмдүк бөлүмдөр", "Подразделения", "Факультеты", "Структура", "Units", "Faculties"),
            (
                Column("code", _CODE, text(20)),
                Column("name", _NAME, text(200)),
                Column("kind", _KIND, word(UNIT_KINDS)),
            ),
            ("code",),
            rows.UnitRow,
        ),
        Sheet(
            SheetKey.DEPARTMENTS,
            ("Кафедралар", "Кафедры", "Departments"),
            (
                Column("code", _CODE, text(20)),
                Column("name", _NAME, text(200)),
                Column("unit", _UNIT, text(20)),
                Column("kind", _KIND, word(DEPARTMENT_KINDS)),
            ),
            ("code",),
            rows.DepartmentRow,
        ),
        Sheet(
            SheetKey.ROOMS,
            ("Аудиториялар", "Аудитории", "Rooms", "Auditoriums"),
            (
                Column("code", _CODE, text(60)),
                Column(
                    "building", ("Корпус", "Имарат", "Здание", "Building"), text(60), required=False, must_exist=False
                ),
                Column("number", ("Номери", "Номер", "№", "Number", "No"), text(60)),
                Column(
                    "seats",
                    ("Орун саны", "Орундар", "Число мест", "Количество мест", "Вместимость", "Места", "Seats"),
                    whole(0, 5000),
                    required=False,
                    must_exist=False,
                ),
            ),
            ("code",),
            rows.RoomRow,
        ),
        Sheet(
            SheetKey.TEACHERS,
            ("Окутуучулар", "Преподаватели", "Teachers"),
            (
                Column(
                    "number",
                    (
                        "Табелдик №",
                        "Табелдик номери",
                        "Табельный №",
                        "Табельный номер",
                        "Staff number",
                        "Staff №",
                        "Personnel number",
                    ),
                    text(40),
                ),
                Column("last_name", _LAST, person_name(200)),
                Column("first_name", _FIRST, person_name(200)),
                Column("patronymic", _PATRONYMIC, person_name(200), required=False, must_exist=False),
                Column("department", _DEPARTMENT, text(20)),
                Column(
                    "position",
                    ("Кызматы", "Кызмат орду", "Должность", "Position"),
                    text(100),
                    required=False,
                    must_exist=False,
                ),
                _EXTERNAL_ID,
            ),
            ("number",),
            rows.TeacherRow,
        ),
        Sheet(
            SheetKey.GROUPS,
            ("Тайпалар", "Группы", "Groups", "Топтор"),
            (
                Column("name", _GROUP, text(60)),
                Column("unit", _UNIT, text(20)),
                Column("programme", _PROGRAMME, text(40)),
                Column("intake", _INTAKE_NAMES, _INTAKE),
                Column(
                    "curator",
                    ("Куратор", "Куратору", "Кураторы", "Curator"),
                    text(40),
                    required=False,
                    must_exist=False,
                ),
            ),
            ("name", "intake"),
            rows.GroupRow,
        ),
        Sheet(
            SheetKey.STUDENTS,
            ("Студенттер", "Студенты", "Students"),
            (
                Column(
                    "record_book",
                    (
                        "Зачёттук китепче №",
                        "Зачёттук китепче номери",
                        "Сынак китепчеси №",
                        "Зачётная книжка №",
                        "№ зачётной книжки",
                        "Номер зачётной книжки",
                        "Record book №",
                        "Record book number",
                        "Record book no",
                        "Record book",
                    ),
                    text(40),
                ),
                Column("last_name", _LAST, person_name(200)),
                Column("first_name", _FIRST, person_name(200)),
                Column("patronymic", _PATRONYMIC, person_name(200), required=False, must_exist=False),
                Column(
                    "birth_date",
                    ("Туулган күнү", "Дата рождения", "Birth date", "Date of birth", "Born"),
                    day,
                    required=False,
                    must_exist=False,
                ),
                Column("sex", ("Жынысы", "Пол", "Sex", "Gender"), word(SEXES), required=False, must_exist=False),
                Column("group", _GROUP, text(60)),
                Column("subgroup", _SUBGROUP_NAMES, _SUBGROUP, required=False, must_exist=False),
                Column(
                    "phone",
                    ("Телефону", "Телефон", "Phone", "Телефон №", "Телефон номери"),
                    text(40),
                    required=False,
                    must_exist=False,
                ),
                Column(
                    "guardian_name",
                    ("Ата-энеси", "Ата-эне", "Родитель", "Родители", "Parent", "Parents", "Guardian"),
                    person_name(200),
                    required=False,
                    must_exist=False,
                ),
                Column(
                    "guardian_phone",
                    (
                        "Ата-энесинин телефону",
                        "Телефон родителя",
                        "Телефон родителей",
                        "Parent's phone",
                        "Parents' phone",
                        "Phone of parent",
                        "Guardian's phone",
                    ),
                    text(40),
                    required=False,
                    must_exist=False,
                ),
                _EXTERNAL_ID,
            ),
            ("record_book",),
            rows.StudentRow,
        ),
        Sheet(
            SheetKey.CURRICULUM,
            ("Окуу планы", "Окуу пландары", "Учебный план", "Учебные планы", "Curriculum"),
            (
                Column("programme", _PROGRAMME, text(40)),
                Column("intake", _INTAKE_NAMES, _INTAKE),
                _YEAR,
                _SEMESTER_COLUMN,
                Column("discipline", _DISCIPLINE, text(200)),
                Column(
                    "lecture_hours",
                    ("Лекция", "Лекциялар", "Лекции", "Lectures", "Lecture", "Lecture hours"),
                    _HOURS,
                    required=False,
                ),
                Column(
                    "practical_hours",
                    ("Практикалык", "Практика", "Практические", "Practical", "Practice", "Practical hours"),
                    _HOURS,
                    required=False,
                ),
                Column(
                    "laboratory_hours",
                    ("Лабораториялык", "Лаборатория", "Лабораторные", "Laboratory", "Lab", "Laboratory hours"),
                    _HOURS,
                    required=False,
                ),
                Column("credits", _CREDIT_NAMES, _CREDITS),
                Column("control_form", _CONTROL, word(CONTROL_FORMS)),
            ),
            ("programme", "intake", "year", "semester", "discipline"),
            rows.CurriculumRow,
        ),
        Sheet(
            SheetKey.WORKLOAD,
            ("Окуу жүктөмү", "Жүктөм", "Окуу жүгү", "Учебная нагрузка", "Нагрузка", "Workload", "Workloads"),
            (
                Column("number", _WORKLOAD_NUMBER, text(40)),
                _YEAR,
                _SEMESTER_COLUMN,
                Column("discipline", _DISCIPLINE, text(200)),
                Column("department", _DEPARTMENT, text(20)),
                Column("group", _GROUP, text(60)),
                Column("subgroup", _SUBGROUP_NAMES, _SUBGROUP, required=False),
                Column(
                    "kind",
                    ("Сабактын түрү", "Түрү", "Вид занятия", "Вид занятий", "Lesson kind", "Kind of lesson", "Kind"),
                    word(LESSON_KINDS),
                ),
                Column("hours", ("Сааты", "Саат", "Часы", "Часов", "Количество часов", "Hours"), _HOURS),
                Column("control_form", _CONTROL, word(CONTROL_FORMS)),
                Column("credits", _CREDIT_NAMES, _CREDITS),
                Column("teacher", ("Окутуучу", "Окутуучусу", "Преподаватель", "Teacher"), text(40)),
                Column("stream", ("Агым", "Агымы", "Поток", "Stream"), text(40), required=False),
            ),
            ("number",),
            rows.WorkloadRow,
        ),
        Sheet(
            SheetKey.TIMETABLE,
            ("Жадыбал", "Окуу жадыбалы", "Сабактардын жадыбалы", "Расписание", "Расписание занятий", "Timetable"),
            (
                Column("workload", _WORKLOAD_NUMBER, text(40)),
                Column("weekday", ("Күн", "Күнү", "День", "День недели", "Day", "Weekday"), number_word(WEEKDAYS)),
                Column("pair", _PAIR, whole(1, 15)),
                Column("parity", ("Жума", "Апта", "Неделя", "Week", "Weeks", "Parity"), word(PARITIES)),
                Column(
                    "room",
                    ("Аудитория", "Аудиториясы", "Room", "Auditorium", "Бөлмө"),
                    text(60),
                    required=False,
                ),
            ),
            ("workload", "weekday", "pair", "parity", "room"),
            rows.TimetableRow,
        ),
    ]
}

_BY_NAME: dict[str, SheetKey] = {fold_heading(name): sheet.key for sheet in SHEETS.values() for name in sheet.names}
_COLUMNS: dict[SheetKey, dict[str, Column]] = {
    sheet.key: {fold_heading(name): column for column in sheet.columns for name in column.names}
    for sheet in SHEETS.values()
}


def sheet_by_name(name: str) -> SheetKey | None:
    """The sheet that a tab's or a file's name means."""
    return _BY_NAME.get(fold_heading(name))


def column_by_heading(key: SheetKey, heading: str) -> Column | None:
    """The column of a sheet that a heading means."""
    return _COLUMNS[key].get(fold_heading(heading))


def sheets_by_headings(headings: Iterable[str]) -> list[SheetKey]:
    """The sheets that headings fit best: all columns that must exist are there, and most of the headings are
    used. None: no sheet fits; several: the headings do not decide."""
    folded = {fold_heading(heading) for heading in headings}
    scores: dict[SheetKey, int] = {}
    for key, known in _COLUMNS.items():
        found = {known[heading].field for heading in folded if heading in known}
        if all(column.field in found for column in SHEETS[key].columns if column.must_exist):
            scores[key] = len(found)
    best = max(scores.values(), default=0)
    return [key for key, score in scores.items() if score == best]
