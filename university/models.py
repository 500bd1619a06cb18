"""The university without people. Keys of the loading workbook are unique here, so that a re-load updates."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from ejournal.lib.fields import kyrgyz_sort_key
from university.enums import ControlForm, DepartmentKind, LessonKind, UnitKind

UNIT_KIND_LABELS = {
    UnitKind.FACULTY: _("faculty"),
    UnitKind.INSTITUTE: _("institute"),
    UnitKind.COLLEGE: _("college"),
}
DEPARTMENT_KIND_LABELS = {
    DepartmentKind.DEPARTMENT: _("department"),
    DepartmentKind.COMMISSION: _("subject-cycle commission"),
}
LESSON_KIND_LABELS = {
    LessonKind.LECTURE: _("lecture"),
    LessonKind.PRACTICAL: _("practical class"),
    LessonKind.LABORATORY: _("laboratory class"),
}
CONTROL_FORM_LABELS = {ControlForm.EXAM: _("exam"), ControlForm.CREDIT: _("credit test")}


class DateRange(Func):
    """PostgreSQL's daterange, for exclusion constraints over two date columns."""

    function = "daterange"
    output_field = models.Field()


class Institution(models.Model):
    """The one row that says whose journal this is, and whether the database is a demo's."""

    name_ky = models.CharField(_("name in Kyrgyz"), max_length=200)
    name_ru = models.CharField(_("name in Russian"), max_length=200, blank=True)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    is_demo = models.BooleanField(_("is a demo"), default=False, editable=False)

    class Meta:
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")
        constraints = [models.CheckConstraint(name="university_institution_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language, else in Kyrgyz."""
        return getattr(self, f"name_{get_language() or 'ky'}", "") or self.name_ky


class Unit(models.Model):
    """A faculty, institute or college (§1.4): what a dean's office serves."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=[(k.value, UNIT_KIND_LABELS[k]) for k in UnitKind])
    sort_key = kyrgyz_sort_key("name")

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ["sort_key", "id"]

    def __str__(self) -> str:
        return self.name


class Department(models.Model):
    """A department (кафедра) or, in a college, a subject-cycle commission (ПЦК): it owns workload (§3.2)."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=200)
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="departments")
    kind = models.CharField(
        _("kind"), max_length=10, choices=[(k.value, DEPARTMENT_KIND_LABELS[k]) for k in DepartmentKind]
    )
    sort_key = kyrgyz_sort_key("name")

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["sort_key", "id"]

    def __str__(self) -> str:
        return self.name


class Programme(models.Model):
    """A speciality in a unit; `code` as groups' names carry it."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="programmes")

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Discipline(models.Model):
    """What is taught. Its name is its key in the workbook."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    sort_key = kyrgyz_sort_key("name")

    class Meta:
        verbose_name = _("discipline")
        verbose_name_plural = _("disciplines")
        ordering = ["sort_key", "id"]

    def __str__(self) -> str:
        return self.name


class AcademicYear(models.Model):
    """An academic year such as 2026/2027; `starts` is the calendar year of its autumn."""

    name = models.CharField(_("name"), max_length=9, unique=True)
    starts = models.PositiveSmallIntegerField(_("starts in"), unique=True)

    class Meta:
        verbose_name = _("academic year")
        verbose_name_plural = _("academic years")
        ordering = ["starts"]

    def __str__(self) -> str:
        return self.name


class Semester(models.Model):
    """Autumn (1) or spring (2). Week 1 begins on the Monday of the week in which the semester begins; it is odd."""

    year = models.ForeignKey(
        AcademicYear, verbose_name=_("academic year"), on_delete=models.PROTECT, related_name="semesters"
    )
    number = models.PositiveSmallIntegerField(_("number"))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    session_ends_on = models.DateField(_("session ends on"), null=True, blank=True)

    class Meta:
        verbose_name = _("semester")
        verbose_name_plural = _("semesters")
        ordering = ["starts_on"]
        constraints = [
            models.UniqueConstraint(name="university_semester_one_number", fields=["year", "number"]),
            models.CheckConstraint(name="university_semester_number_1_2", condition=Q(number__in=[1, 2])),
            models.CheckConstraint(name="university_semester_dates", condition=Q(ends_on__gt=F("starts_on"))),
            ExclusionConstraint(
                name="university_semester_no_overlap",
                expressions=[(DateRange("starts_on", "ends_on", RangeBoundary(True, True)), RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(year)s, semester %(number)s") % {"year": self.year.name, "number": self.number}


class Module(models.Model):
    """A part of a semester that ends in an intermediate check (аралык текшерүү), after which it is closed (§4.3)."""

    semester = models.ForeignKey(Semester, verbose_name=_("semester"), on_delete=models.PROTECT, related_name="modules")
    number = models.PositiveSmallIntegerField(_("number"))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering = ["semester", "number"]
        constraints = [
            models.UniqueConstraint(name="university_module_one_number", fields=["semester", "number"]),
            models.CheckConstraint(name="university_module_dates", condition=Q(ends_on__gte=F("starts_on"))),
            ExclusionConstraint(
                name="university_module_no_overlap",
                expressions=[
                    ("semester", RangeOperators.EQUAL),
                    (DateRange("starts_on", "ends_on", RangeBoundary(True, True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.semester} · {self.number}"


class Holiday(models.Model):
    """A day without lessons."""

    day = models.DateField(_("day"), unique=True)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")
        ordering = ["day"]

    def __str__(self) -> str:
        return self.name


class Bell(models.Model):
    """A pair (пара) of two academic hours and its times of day in Bishkek."""

    number = models.PositiveSmallIntegerField(_("pair"), unique=True)
    starts = models.TimeField(_("starts"))
    ends = models.TimeField(_("ends"))

    class Meta:
        verbose_name = _("bell")
        verbose_name_plural = _("bells")
        ordering = ["number"]
        constraints = [models.CheckConstraint(name="university_bell_times", condition=Q(ends__gt=F("starts")))]

    def __str__(self) -> str:
        return f"{self.number} ({self.starts:%H:%M}–{self.ends:%H:%M})"


class Room(models.Model):
    """An auditorium. Its QR code stands in `attendance`."""

    code = models.CharField(_("code"), max_length=60, unique=True)
    building = models.CharField(_("building"), max_length=60, blank=True)
    number = models.CharField(_("number"), max_length=60)
    seats = models.PositiveSmallIntegerField(_("seats"), null=True, blank=True)

    class Meta:
        verbose_name = _("auditorium")
        verbose_name_plural = _("auditoriums")
        ordering = ["building", "number"]

    def __str__(self) -> str:
        return self.code


class Group(models.Model):
    """Students who came together: programme, year of intake, number. `name` is the one it bears now;
    the names of each academic year stand in GroupName, since names come back every autumn."""

    programme = models.ForeignKey(
        Programme, verbose_name=_("programme"), on_delete=models.PROTECT, related_name="groups"
    )
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="groups")
    intake = models.PositiveSmallIntegerField(_("year of intake"))
    number = models.CharField(_("number"), max_length=40)
    name = models.CharField(_("name"), max_length=60)
    sort_key = kyrgyz_sort_key("name")

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["sort_key", "id"]
        constraints = [
            models.UniqueConstraint(name="university_group_one_number", fields=["programme", "intake", "number"]),
        ]

    def __str__(self) -> str:
        return self.name


class GroupName(models.Model):
    """The name a group bears in an academic year. Two intakes may bear one name: the pair is the workbook's key."""

    group = models.ForeignKey(Group, verbose_name=_("group"), on_delete=models.PROTECT, related_name="names")
    year = models.ForeignKey(AcademicYear, verbose_name=_("academic year"), on_delete=models.PROTECT)
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        verbose_name = _("name of a group")
        verbose_name_plural = _("names of groups")
        constraints = [
            models.UniqueConstraint(name="university_groupname_one_a_year", fields=["group", "year"]),
            # "Elsewhere its name means the group that bears it in that academic year": so it must be one.
            models.UniqueConstraint(name="university_groupname_means_one", fields=["year", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


class Subgroup(models.Model):
    """A part of a group that is taught apart (кичи тайпа, §3.5b)."""

    group = models.ForeignKey(Group, verbose_name=_("group"), on_delete=models.PROTECT, related_name="subgroups")
    number = models.PositiveSmallIntegerField(_("number"))

    class Meta:
        verbose_name = _("subgroup")
        verbose_name_plural = _("subgroups")
        ordering = ["group", "number"]
        constraints = [
            models.UniqueConstraint(name="university_subgroup_one_number", fields=["group", "number"]),
            models.CheckConstraint(name="university_subgroup_number", condition=Q(number__gte=1, number__lte=9)),
        ]

    def __str__(self) -> str:
        return f"{self.group.name}/{self.number}"


class Curriculum(models.Model):
    """Hours that the curriculum (окуу планы) allots to a discipline, by kind of lesson (§2.10)."""

    programme = models.ForeignKey(Programme, verbose_name=_("programme"), on_delete=models.PROTECT)
    intake = models.PositiveSmallIntegerField(_("year of intake"))
    semester = models.ForeignKey(Semester, verbose_name=_("semester"), on_delete=models.PROTECT)
    discipline = models.ForeignKey(Discipline, verbose_name=_("discipline"), on_delete=models.PROTECT)
    lecture_hours = models.PositiveSmallIntegerField(_("lecture hours"), default=0)
    practical_hours = models.PositiveSmallIntegerField(_("practical hours"), default=0)
    laboratory_hours = models.PositiveSmallIntegerField(_("laboratory hours"), default=0)
    credits = models.DecimalField(_("credits"), max_digits=4, decimal_places=1)
    control_form = models.CharField(
        _("control form"), max_length=10, choices=[(c.value, CONTROL_FORM_LABELS[c]) for c in ControlForm]
    )

    class Meta:
        verbose_name = _("curriculum line")
        verbose_name_plural = _("curriculum")
        constraints = [
            models.UniqueConstraint(
                name="university_curriculum_one_line",
                fields=["programme", "intake", "semester", "discipline"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme.code} {self.intake}"


class Policy(models.Model):
    """A setting with a scope and a date (§1.8): the newest row that is valid on a day, the unit's before the
    university's. What was computed under an old row stays as it was. Keys and defaults: `university.rules`."""

    key = models.CharField(_("key"), max_length=60)
    value = models.JSONField(_("value"))
    unit = models.ForeignKey(
        Unit, verbose_name=_("unit"), null=True, blank=True, on_delete=models.PROTECT, related_name="policies"
    )
    valid_from = models.DateField(_("valid from"))
    order_number = models.CharField(_("order number"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("setting")
        verbose_name_plural = _("settings")
        ordering = ["key", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                name="university_policy_one_a_day", fields=["key", "unit", "valid_from"], nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.key
