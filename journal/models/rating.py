"""Points of the module-rating system as data (§1.8, §3.5d–f): scales, schemes, which one holds from which year, and
the points that a teacher types.

A scale and a scheme never change once they are made, and no row of them goes: to change one is to make a new one and to
choose it from an academic year on. So whatever was closed under a scheme can be counted again by the same scheme.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Student
from journal.enums import (
    AbsencePolicy,
    CapScope,
    ComponentSource,
    ExcusedPolicy,
    LatePolicy,
    Rounding,
    Source,
)
from journal.models.marks import SOURCE_LABELS
from journal.models.selfstudy import Recorded
from teaching.models import Course
from university.enums import ControlForm
from university.models import CONTROL_FORM_LABELS, Module

COMPONENT_LABELS = {
    ComponentSource.AUTO_ATTENDANCE: _("attendance, counted from the journal"),
    ComponentSource.AUTO_AVERAGE: _("achievement, counted from the journal"),
    ComponentSource.SELF_STUDY: _("self-study"),
    ComponentSource.MANUAL: _("intermediate control"),
    ComponentSource.EXAM: _("exam"),
}
CAP_SCOPE_LABELS = {
    CapScope.DISCIPLINE: _("for the discipline"),
    CapScope.MODULE: _("inside each module"),
}
ROUNDING_LABELS = {
    Rounding.HALF_UP: _("half up, to a whole point"),
    Rounding.FLOOR: _("down, to a whole point"),
    Rounding.CEIL: _("up, to a whole point"),
    Rounding.NONE: _("not rounded"),
}
EXCUSED_LABELS = {
    ExcusedPolicy.EXCLUDE: _("are left out"),
    ExcusedPolicy.AS_PRESENT: _("count as attended"),
    ExcusedPolicy.AS_ABSENT: _("count as missed"),
}
ABSENCE_LABELS = {
    AbsencePolicy.IGNORE: _("are not in the mean"),
    AbsencePolicy.ZERO: _("are a zero in the mean"),
}
LATE_LABELS = {
    LatePolicy.ATTENDED: _("count as attended"),
    LatePolicy.HALF: _("count as half attended"),
    LatePolicy.ABSENT: _("count as missed"),
}
# What a step of a scale says in words.
WORD_LABELS = {
    "excellent": _("excellent"),
    "good": _("good"),
    "satisfactory": _("satisfactory"),
    "unsatisfactory": _("unsatisfactory"),
    "unsatisfactory_retake": _("unsatisfactory (retake)"),
    "unsatisfactory_repeat": _("unsatisfactory (repeat the course)"),
}


class Named(models.Model):
    """A thing with a name in the three languages; the Kyrgyz one stands in where another is empty."""

    name_ky = models.CharField(_("name in Kyrgyz"), max_length=120)
    name_ru = models.CharField(_("name in Russian"), max_length=120, blank=True)
    name_en = models.CharField(_("name in English"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return getattr(self, f"name_{get_language() or 'ky'}", "") or self.name_ky


class Scale(Named):
    """What total points are in letters and grades (баалоо шкаласы). It never changes."""

    code = models.SlugField(_("code"), max_length=30, unique=True)

    class Meta:
        verbose_name = _("scale")
        verbose_name_plural = _("scales")
        ordering = ["id"]


class ScaleStep(models.Model):
    """From `low` points up. `word` is a key of WORD_LABELS; `gpa` is empty in scales without letters."""

    scale = models.ForeignKey(Scale, on_delete=models.PROTECT, related_name="steps")
    low = models.DecimalField(_("from points"), max_digits=5, decimal_places=2)
    letter = models.CharField(_("letter"), max_length=3, blank=True)
    traditional = models.PositiveSmallIntegerField(_("grade"))
    gpa = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    passes = models.BooleanField(_("passes"))
    word = models.CharField(max_length=30)

    class Meta:
        ordering = ["-low"]
        constraints = [
            models.UniqueConstraint(name="journal_scalestep_one", fields=["scale", "low"]),
            models.CheckConstraint(name="journal_scalestep_low", condition=Q(low__gte=0, low__lte=100)),
            models.CheckConstraint(
                name="journal_scalestep_traditional", condition=Q(traditional__gte=2, traditional__lte=5)
            ),
            models.CheckConstraint(name="journal_scalestep_word_known", condition=Q(word__in=list(WORD_LABELS))),
        ]


class RatingScheme(Named):
    """How points come about in courses with one form of control. Made once, never changed (§1.8).

    `made_from` is the scheme that it was copied from; the shipped ones have nobody in `made_by`. A withdrawn scheme
    is offered no more, and stays for what was closed under it.
    """

    code = models.SlugField(_("code"), max_length=30)
    control_form = models.CharField(
        _("control form"), max_length=10, choices=[(c.value, CONTROL_FORM_LABELS[c]) for c in ControlForm]
    )
    modules = models.PositiveSmallIntegerField(_("modules"))
    cap_scope = models.CharField(
        _("maxima of §3.5e–f hold"), max_length=10, choices=[(c.value, CAP_SCOPE_LABELS[c]) for c in CapScope]
    )
    rounding = models.CharField(
        _("rounding of the total"), max_length=10, choices=[(r.value, ROUNDING_LABELS[r]) for r in Rounding]
    )
    excused = models.CharField(
        _("excused absences"), max_length=10, choices=[(p.value, EXCUSED_LABELS[p]) for p in ExcusedPolicy]
    )
    absence_in_mean = models.CharField(
        _("absences that are neither excused nor made up"),
        max_length=10,
        choices=[(p.value, ABSENCE_LABELS[p]) for p in AbsencePolicy],
    )
    late = models.CharField(_("late arrivals"), max_length=10, choices=[(p.value, LATE_LABELS[p]) for p in LatePolicy])
    scale = models.ForeignKey(Scale, verbose_name=_("scale"), on_delete=models.PROTECT, related_name="schemes")
    made_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="copies")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("rating scheme")
        verbose_name_plural = _("rating schemes")
        ordering = ["control_form", "id"]
        constraints = [
            models.UniqueConstraint(name="journal_ratingscheme_one", fields=["code", "control_form"]),
            models.CheckConstraint(name="journal_ratingscheme_modules", condition=Q(modules__gte=1, modules__lte=4)),
            models.CheckConstraint(
                name="journal_ratingscheme_form_known", condition=Q(control_form__in=[c.value for c in ControlForm])
            ),
            models.CheckConstraint(
                name="journal_ratingscheme_words_known",
                condition=Q(
                    cap_scope__in=[c.value for c in CapScope],
                    rounding__in=[r.value for r in Rounding],
                    excused__in=[p.value for p in ExcusedPolicy],
                    absence_in_mean__in=[p.value for p in AbsencePolicy],
                    late__in=[p.value for p in LatePolicy],
                ),
            ),
        ]


class RatingComponent(Named):
    """Points of a scheme by where they come from; without a module they are split equally over the modules.

    A deferred trigger holds the sum at 100 and the maxima of §3.5e–f (law 5).
    """

    scheme = models.ForeignKey(RatingScheme, on_delete=models.PROTECT, related_name="components")
    code = models.SlugField(_("code"), max_length=30)
    source = models.CharField(
        _("source"), max_length=20, choices=[(s.value, COMPONENT_LABELS[s]) for s in ComponentSource]
    )
    maximum = models.DecimalField(_("maximum points"), max_digits=5, decimal_places=2)
    module = models.PositiveSmallIntegerField(_("module"), null=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("component of a rating scheme")
        verbose_name_plural = _("components of rating schemes")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(name="journal_ratingcomponent_one", fields=["scheme", "code"]),
            models.CheckConstraint(
                name="journal_ratingcomponent_maximum", condition=Q(maximum__gt=0, maximum__lte=100)
            ),
            models.CheckConstraint(
                name="journal_ratingcomponent_source_known", condition=Q(source__in=[s.value for s in ComponentSource])
            ),
        ]


class SchemeChoice(models.Model):
    """Which scheme holds for a form of control from an academic year on (`valid_from`: the year of its autumn), until
    the next choice. A trigger keeps it from changing under a closed sheet (law 3). The shipped choices have no
    author; otherwise the columns of law 4."""

    control_form = models.CharField(
        _("control form"), max_length=10, choices=[(c.value, CONTROL_FORM_LABELS[c]) for c in ControlForm]
    )
    valid_from = models.PositiveSmallIntegerField(_("from the academic year"))
    scheme = models.ForeignKey(RatingScheme, on_delete=models.PROTECT, related_name="choices")
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=[(s.value, SOURCE_LABELS[s]) for s in Source])
    request_id = models.UUIDField()
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("choice of a rating scheme")
        verbose_name_plural = _("choices of rating schemes")
        ordering = ["control_form", "-valid_from"]
        constraints = [
            models.UniqueConstraint(name="journal_schemechoice_one", fields=["control_form", "valid_from"]),
        ]


class ModulePoint(Recorded):
    """Points that a teacher types for a student in a module: of the intermediate control, or of self-study in a
    module without tasks. Drafts until the module is closed; then nothing here changes (law 3, §4.3).

    `component` is the source of the scheme's component, so a draft outlives a change of the scheme. At most the
    component's maximum in that module (law 5, a trigger); none: taken back. Never deleted.
    """

    TYPED = (ComponentSource.MANUAL.value, ComponentSource.SELF_STUDY.value)

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="module_points")
    module = models.ForeignKey(Module, on_delete=models.PROTECT, related_name="points", db_index=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="module_points")
    component = models.CharField(max_length=20, choices=[(s, COMPONENT_LABELS[ComponentSource(s)]) for s in TYPED])
    value = models.DecimalField(_("points"), max_digits=5, decimal_places=2, null=True)
    entered_at = models.DateTimeField()

    class Meta:
        verbose_name = _("points of a module")
        verbose_name_plural = _("points of modules")
        constraints = [
            models.UniqueConstraint(
                name="journal_modulepoint_one", fields=["course", "module", "student", "component"]
            ),
            models.CheckConstraint(
                name="journal_modulepoint_value", condition=Q(value__isnull=True) | Q(value__gte=0, value__lte=100)
            ),
            models.CheckConstraint(
                name="journal_modulepoint_component_known", condition=Q(component__in=["manual", "self_study"])
            ),
            models.CheckConstraint(name="journal_modulepoint_version", condition=Q(version__gte=1)),
        ]
