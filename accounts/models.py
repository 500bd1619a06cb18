"""People. One person is one User, whatever roles he has; rights come from appointments, workload and enrolment."""

from datetime import date

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role, Sex
from ejournal.lib.fields import kyrgyz_sort_key
from ejournal.lib.names import short_name
from university.models import DateRange, Department, Group, Subgroup, Unit

ROLE_LABELS = {
    Role.ADMINISTRATOR: _("administrator"),
    Role.MODERATOR: _("moderator"),
    Role.STUDY_OFFICE: _("study office"),
    Role.LEADERSHIP: _("leadership"),
    Role.DEAN: _("dean"),
    Role.DEANS_OFFICE: _("dean's office"),
    Role.HEAD: _("head of department"),
    Role.TEACHER: _("teacher"),
    Role.CURATOR: _("curator"),
}
SEX_LABELS = {Sex.FEMALE: _("female"), Sex.MALE: _("male")}

# The scope that each role needs; roles not named here reach the whole university.
SCOPED_BY_UNIT = (Role.DEAN, Role.DEANS_OFFICE)
SCOPED_BY_DEPARTMENT = (Role.HEAD,)
SCOPED_BY_GROUP = (Role.CURATOR,)


class UserManager(BaseUserManager["User"]):
    """Users are made by services; a shell's `create_user` is for tests and the first administrator."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser):
    """A person with, perhaps, a login. Without an issued password nobody logs in (§3.4).

    `external_id` is the person's id in AVN. Names are as in the documents; `patronymic` may be empty.
    """

    username = models.CharField(
        _("login"), max_length=60, unique=True, error_messages={"unique": _("This login is taken.")}
    )
    external_id = models.CharField(_("AVN id"), max_length=60, null=True, blank=True, unique=True)
    last_name = models.CharField(_("surname"), max_length=200)
    first_name = models.CharField(_("given name"), max_length=200)
    patronymic = models.CharField(_("patronymic"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    date_joined = models.DateTimeField(_("registered at"), default=timezone.now, editable=False)
    sort_key = kyrgyz_sort_key("last_name", "first_name", "patronymic")

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["last_name", "first_name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["sort_key", "id"]
        constraints = [
            # "Asanov" and "asanov" would be two people behind one login; also the index that a login is found by.
            models.UniqueConstraint(
                Upper("username"),
                name="accounts_user_login_any_case",
                violation_error_message=_("This login is taken."),
            )
        ]
        indexes = [
            models.Index(fields=["sort_key", "id"], name="accounts_user_sorted"),
            # The admin's search over 30,000 people: "contains", any case.
            GinIndex(
                OpClass(Upper("last_name"), name="gin_trgm_ops"),
                OpClass(Upper("first_name"), name="gin_trgm_ops"),
                OpClass(Upper("username"), name="gin_trgm_ops"),
                name="accounts_user_search",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        """Surname, given name, patronymic: the order of documents."""
        return " ".join(part for part in (self.last_name, self.first_name, self.patronymic) if part)

    def get_short_name(self) -> str:
        """Surname and initials, as it stands in tables."""
        return short_name(self.last_name, self.first_name, self.patronymic)

    # The Django admin asks these; its doors are opened by appointment, in `accounts.admin`.
    @property
    def is_staff(self) -> bool:
        return False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class Teacher(models.Model):
    """A member of the teaching staff; `staff_number` is the workbook's key. Invited ones end on a day (§1.7)."""

    user = models.OneToOneField(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="teacher")
    staff_number = models.CharField(_("staff number"), max_length=40, unique=True)
    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.PROTECT, related_name="teachers"
    )
    position = models.CharField(_("position"), max_length=100, blank=True)
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("teacher")
        verbose_name_plural = _("teachers")
        ordering = ["user__sort_key", "id"]

    def __str__(self) -> str:
        return self.user.get_full_name()


class Student(models.Model):
    """A student; the number of the record book (зачёттук китепче) is the workbook's key.

    Phones and birth dates are shown to the few that `permissions` names.
    """

    user = models.OneToOneField(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="student")
    record_book = models.CharField(_("record book number"), max_length=40, unique=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=6, blank=True, choices=[(s.value, SEX_LABELS[s]) for s in Sex])
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    guardian_name = models.CharField(_("parent's name"), max_length=200, blank=True)
    guardian_phone = models.CharField(_("parent's phone"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("student")
        verbose_name_plural = _("students")
        ordering = ["user__sort_key", "id"]

    def __str__(self) -> str:
        return self.user.get_full_name()


class GroupEnrolment(models.Model):
    """A student in a group from a day to a day (the last day included; open while studying)."""

    student = models.ForeignKey(
        Student, verbose_name=_("student"), on_delete=models.PROTECT, related_name="group_enrolments"
    )
    group = models.ForeignKey(Group, verbose_name=_("group"), on_delete=models.PROTECT, related_name="enrolments")
    subgroup = models.ForeignKey(Subgroup, verbose_name=_("subgroup"), null=True, blank=True, on_delete=models.PROTECT)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    order_number = models.CharField(_("order number"), max_length=60, blank=True)
    order_date = models.DateField(_("order date"), null=True, blank=True)

    class Meta:
        verbose_name = _("enrolment in a group")
        verbose_name_plural = _("enrolments in groups")
        indexes = [models.Index(fields=["group", "starts_on"], name="accounts_groupenrolment_group")]
        constraints = [
            models.CheckConstraint(
                name="accounts_groupenrolment_dates",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            # Law 6.
            ExclusionConstraint(
                name="accounts_groupenrolment_no_overlap",
                expressions=[
                    ("student", RangeOperators.EQUAL),
                    ("group", RangeOperators.EQUAL),
                    (DateRange("starts_on", "ends_on", RangeBoundary(True, True)), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student_id} → {self.group_id}"


class GuardianLink(models.Model):
    """A parent's read-only key to a child's cabinet (§3.4c), revocable."""

    guardian = models.ForeignKey(
        User, verbose_name=_("parent"), on_delete=models.PROTECT, related_name="guardian_links"
    )
    student = models.ForeignKey(
        Student, verbose_name=_("student"), on_delete=models.PROTECT, related_name="guardian_links"
    )
    given_at = models.DateTimeField(_("given at"), default=timezone.now)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("parent of a student")
        verbose_name_plural = _("parents of students")
        constraints = [
            models.UniqueConstraint(
                name="accounts_guardianlink_one_alive",
                fields=["guardian", "student"],
                condition=Q(revoked_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.guardian_id} → {self.student_id}"


class Appointment(models.Model):
    """A role with its scope, its days and its order (§3.4a). It begins and ends by itself.

    A dean and a dean's office have a unit, a head a department, a curator a group; the others the university.
    """

    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="appointments")
    role = models.CharField(_("role"), max_length=20, choices=[(r.value, ROLE_LABELS[r]) for r in Role])
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), null=True, blank=True, on_delete=models.PROTECT)
    department = models.ForeignKey(
        Department, verbose_name=_("department"), null=True, blank=True, on_delete=models.PROTECT
    )
    group = models.ForeignKey(Group, verbose_name=_("group"), null=True, blank=True, on_delete=models.PROTECT)
    acting = models.BooleanField(_("acting"), default=False)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    order_number = models.CharField(_("order number"), max_length=60)
    order_date = models.DateField(_("order date"))

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["user", "role", "starts_on"]
        indexes = [models.Index(fields=["user", "starts_on"], name="accounts_appointment_user")]
        constraints = [
            models.CheckConstraint(
                name="accounts_appointment_dates",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="accounts_appointment_scope",
                violation_error_message=_(
                    "A dean and a dean's office need a unit, a head a department, a curator a group; others none."
                ),
                condition=(
                    Q(
                        role__in=SCOPED_BY_UNIT,
                        unit__isnull=False,
                        department__isnull=True,
                        group__isnull=True,
                    )
                    | Q(
                        role__in=SCOPED_BY_DEPARTMENT,
                        unit__isnull=True,
                        department__isnull=False,
                        group__isnull=True,
                    )
                    | Q(
                        role__in=SCOPED_BY_GROUP,
                        unit__isnull=True,
                        department__isnull=True,
                        group__isnull=False,
                    )
                    | Q(
                        ~Q(role__in=[*SCOPED_BY_UNIT, *SCOPED_BY_DEPARTMENT, *SCOPED_BY_GROUP]),
                        unit__isnull=True,
                        department__isnull=True,
                        group__isnull=True,
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(ROLE_LABELS[Role(self.role)])

    def holds_on(self, day: date) -> bool:
        """Whether the appointment is in force on a day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class CredentialIssue(models.Model):
    """Who gave credentials to whom, when (§3.4, §4.1, §4.2). The password itself is nowhere but in its hash."""

    user = models.ForeignKey(User, verbose_name=_("person"), on_delete=models.PROTECT, related_name="credential_issues")
    issued_by = models.ForeignKey(
        User, verbose_name=_("issued by"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField(_("issued at"))
    is_first = models.BooleanField(_("first issue"))
    request_id = models.UUIDField()

    class Meta:
        verbose_name = _("issue of credentials")
        verbose_name_plural = _("issues of credentials")
        indexes = [models.Index(fields=["user", "-issued_at"], name="accounts_credentialissue_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.issued_at:%Y-%m-%d}"


class Session(AbstractBaseSession):
    """A login of one browser. It names its person, so that one statement reads both (`accounts.sessions`)."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        store: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
        return store


class KnownDevice(models.Model):
    """A browser from which a person has logged in: others' wrong passwords never lock it out."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="known_devices")
    device = models.UUIDField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="accounts_knowndevice_once", fields=["user", "device"])]


class LoginAttempt(models.Model):
    """A failed login, kept for a day to slow guessing down. `account` is a keyed hash of the name that was typed."""

    account = models.CharField(max_length=64)
    device = models.UUIDField(null=True)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "at"], name="accounts_loginattempt_account"),
            models.Index(fields=["device", "at"], name="accounts_loginattempt_device"),
        ]
