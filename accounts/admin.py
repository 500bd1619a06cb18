"""Users, appointments and their kin for the administrator (§4.1a, §4.1b). Nothing is deleted that others rest on."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.enums import Role
from accounts.models import (
    ROLE_LABELS,
    Appointment,
    CredentialIssue,
    GroupEnrolment,
    GuardianLink,
    Student,
    Teacher,
    User,
)
from accounts.rules import normalise_login
from accounts.selectors import in_force, without_credentials
from accounts.services.credentials import issue_credentials
from accounts.views import acting, slips_response
from ejournal.lib import clock
from ejournal.lib.admin import FriendlyForm, JournalAdmin, JournalInline, ReadOnlyAdmin
from ejournal.lib.errors import Refusal
from university.models import Unit

ISSUED_AT_ONCE = 200  # slips that one request prints: about ten seconds of hashing


def _today() -> date:
    return clock.day_of(clock.now())


class RoleFilter(admin.SimpleListFilter):
    """People who are something today."""

    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Iterable[tuple[str, Any]]:
        return [
            *((role.value, ROLE_LABELS[role]) for role in Role if role is not Role.TEACHER),
            ("teacher", ROLE_LABELS[Role.TEACHER]),
            ("student", gettext_lazy("student")),
            ("parent", gettext_lazy("parent")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        value = self.value()
        if value is None:
            return queryset
        today = _today()
        if value == "student":
            return queryset.filter(student__isnull=False)
        if value == "parent":
            return queryset.filter(id__in=GuardianLink.objects.filter(revoked_at__isnull=True).values("guardian_id"))
        appointed = Appointment.objects.filter(in_force(today), role=value).values("user_id")
        if value == Role.TEACHER:
            teaching = Teacher.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=today)).values("user_id")
            return queryset.filter(Q(id__in=teaching) | Q(id__in=appointed))
        return queryset.filter(id__in=appointed)


class UnitFilter(admin.SimpleListFilter):
    """Students who study in a unit, teachers of its departments, those appointed to it."""

    title = gettext_lazy("unit")
    parameter_name = "unit"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Iterable[tuple[str, Any]]:
        return [(str(unit.id), unit.name) for unit in Unit.objects.only("id", "name", "sort_key")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        value = self.value()
        if value is None or not value.isdecimal():
            return queryset
        today = _today()
        studying = GroupEnrolment.objects.filter(in_force(today), group__unit_id=value).values("student__user_id")
        teaching = Teacher.objects.filter(department__unit_id=value).values("user_id")
        appointed = Appointment.objects.filter(
            Q(unit_id=value) | Q(department__unit_id=value) | Q(group__unit_id=value), in_force(today)
        ).values("user_id")
        return queryset.filter(Q(id__in=studying) | Q(id__in=teaching) | Q(id__in=appointed))


class CredentialsFilter(admin.SimpleListFilter):
    """People with and without credentials."""

    title = gettext_lazy("credentials")
    parameter_name = "credentials"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Iterable[tuple[str, Any]]:
        return [("issued", gettext_lazy("issued")), ("none", gettext_lazy("not issued"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() == "issued":
            return queryset.exclude(without_credentials())
        if self.value() == "none":
            return queryset.filter(without_credentials())
        return queryset


class InForceFilter(admin.SimpleListFilter):
    """Appointments of today, of the past, of the future."""

    title = gettext_lazy("in force")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Iterable[tuple[str, Any]]:
        return [
            ("now", gettext_lazy("today")),
            ("past", gettext_lazy("ended")),
            ("future", gettext_lazy("not begun")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        today = _today()
        if self.value() == "now":
            return queryset.filter(in_force(today))
        if self.value() == "past":
            return queryset.filter(ends_on__lt=today)
        if self.value() == "future":
            return queryset.filter(starts_on__gt=today)
        return queryset


class UserForm(FriendlyForm):
    """A person. The password is not here: credentials are issued (§3.4), never typed."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False, choices=[("", "—"), *settings.LANGUAGES]
    )

    class Meta:
        model = User
        fields = ["username", "external_id", "last_name", "first_name", "patronymic", "language", "is_active"]

    def clean_username(self) -> str:
        return normalise_login(self.cleaned_data["username"])


class AppointmentForm(FriendlyForm):
    class Meta:
        model = Appointment
        fields = [
            "user",
            "role",
            "unit",
            "department",
            "group",
            "acting",
            "starts_on",
            "ends_on",
            "order_number",
            "order_date",
        ]


class AppointmentInline(JournalInline):
    model = Appointment
    form = AppointmentForm
    autocomplete_fields = ["unit", "department", "group"]
    can_delete = False


@admin.register(User)
class UserAdmin(JournalAdmin):
    """People are registered and closed here, never deleted: marks and history name them."""

    can_delete = False
    form = UserForm
    list_display = ["full_name", "username", "what", "credentials", "is_active"]
    list_filter = [RoleFilter, UnitFilter, CredentialsFilter, "is_active"]
    list_select_related = ["student", "teacher__department"]
    search_fields = ["last_name", "first_name", "username", "student__record_book", "teacher__staff_number"]
    search_help_text = gettext_lazy("Surname, given name, login, record book number or staff number")
    readonly_fields = ["credentials", "last_login", "date_joined"]
    fields = [*UserForm.Meta.fields, "credentials", "last_login", "date_joined"]
    inlines = [AppointmentInline]
    actions = ["issue", "close", "open_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        held = Appointment.objects.filter(in_force(_today())).order_by("id")
        return super().get_queryset(request).prefetch_related(Prefetch("appointments", held, to_attr="held"))

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.fields if obj is not None else UserForm.Meta.fields

    @admin.display(description=gettext_lazy("person"), ordering="sort_key")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=gettext_lazy("role"))
    def what(self, user: User) -> str:
        labels = [str(appointment) for appointment in getattr(user, "held", [])]
        if hasattr(user, "teacher"):
            labels.append(f"{ROLE_LABELS[Role.TEACHER]} ({user.teacher.department})")
        if hasattr(user, "student"):
            labels.append(f"{_('student')} {user.student.record_book}")
        return ", ".join(labels)

    @admin.display(description=gettext_lazy("credentials issued"), boolean=True)
    def credentials(self, user: User) -> bool:
        return user.password != "" and user.has_usable_password()

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
            super().save_model(request, obj, form, change)
            return
        if obj.pk == request.user.pk and not obj.is_active:
            obj.is_active = True
            messages.warning(request, _("Nobody closes the own account: another administrator does."))
        # The password is issued meanwhile, perhaps: only what the form shows is written.
        obj.save(update_fields=UserForm.Meta.fields)

    @admin.action(description=gettext_lazy("Issue credentials and print the slips"))
    def issue(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Asks once more, then answers with the slips; the passwords are nowhere else."""
        people = list(queryset.filter(is_active=True)[: ISSUED_AT_ONCE + 1])
        if len(people) > ISSUED_AT_ONCE:
            self.message_user(
                request,
                _("Not more than %(count)s people at once.") % {"count": ISSUED_AT_ONCE},
                messages.ERROR,
            )
            return None
        if request.POST.get("confirmed") == "1":
            now = clock.now()
            try:
                with transaction.atomic():  # no paper, no issue
                    slips = issue_credentials(
                        user_ids=[person.id for person in people],
                        by=acting(request),
                        now=now,
                        places={person.id: self.what(person) for person in people},
                    )
                    return slips_response(request, slips, title=_("staff and students"), now=now)
            except Refusal as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
                return None
        return TemplateResponse(
            request,
            "accounts/admin_issue.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Issue credentials"),
                "subtitle": None,
                "opts": self.opts,
                "people": people,
                "replaced": sum(self.credentials(person) for person in people),
            },
        )

    @admin.action(description=gettext_lazy("Close the accounts: their logins end at once"))
    def close(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        closed = queryset.exclude(pk=acting(request).pk).update(is_active=False)
        self.message_user(request, _("Accounts closed: %(count)s") % {"count": closed})

    @admin.action(description=gettext_lazy("Open the accounts again"))
    def open_again(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        opened = queryset.update(is_active=True)
        self.message_user(request, _("Accounts opened: %(count)s") % {"count": opened})


@admin.register(Appointment)
class AppointmentAdmin(JournalAdmin):
    """A role with its scope, days and order. One that has begun is ended, not deleted."""

    form = AppointmentForm
    list_display = ["user", "role", "scope", "acting", "starts_on", "ends_on", "order_number", "order_date"]
    list_filter = ["role", InForceFilter, "acting"]
    list_select_related = ["user", "unit", "department", "group"]
    search_fields = ["user__last_name", "user__first_name", "user__username", "order_number"]
    autocomplete_fields = ["user", "unit", "department", "group"]
    ordering = ["user__sort_key", "starts_on", "id"]

    def has_delete_permission(self, request: HttpRequest, obj: Appointment | None = None) -> bool:
        begun = obj is not None and obj.starts_on <= _today()
        return not begun and super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.display(description=gettext_lazy("scope"))
    def scope(self, appointment: Appointment) -> str:
        return str(appointment.unit or appointment.department or appointment.group or "—")


class GroupEnrolmentInline(JournalInline):
    model = GroupEnrolment
    autocomplete_fields = ["group"]
    raw_id_fields = ["subgroup"]
    can_delete = False


class GuardianLinkInline(JournalInline):
    model = GuardianLink
    autocomplete_fields = ["guardian"]
    can_delete = False


@admin.register(Student)
class StudentAdmin(JournalAdmin):
    can_delete = False
    list_display = ["user", "record_book", "login"]
    search_fields = ["user__last_name", "user__first_name", "user__username", "record_book"]
    autocomplete_fields = ["user"]
    ordering = ["user__sort_key", "id"]
    inlines = [GroupEnrolmentInline, GuardianLinkInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Student]:
        return super().get_queryset(request).select_related("user")  # the choices of other pages name people

    @admin.display(description=gettext_lazy("login"))
    def login(self, student: Student) -> str:
        return student.user.username


@admin.register(Teacher)
class TeacherAdmin(JournalAdmin):
    can_delete = False
    list_display = ["user", "staff_number", "department", "position", "ends_on"]
    list_filter = ["department__unit"]
    search_fields = ["user__last_name", "user__first_name", "user__username", "staff_number"]
    autocomplete_fields = ["user", "department"]
    ordering = ["user__sort_key", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Teacher]:
        return (
            super().get_queryset(request).select_related("user", "department")
        )  # the choices of other pages name people


@admin.register(GuardianLink)
class GuardianLinkAdmin(JournalAdmin):
    """Parents of students. A link is revoked by its date, not deleted."""

    can_delete = False
    list_display = ["guardian", "student", "given_at", "revoked_at"]
    list_select_related = ["guardian", "student__user"]
    search_fields = ["guardian__last_name", "guardian__username", "student__user__last_name", "student__record_book"]
    autocomplete_fields = ["guardian", "student"]
    ordering = ["guardian__sort_key", "id"]


@admin.register(CredentialIssue)
class CredentialIssueAdmin(ReadOnlyAdmin):
    """Who gave what to whom, when."""

    list_display = ["user", "issued_at", "issued_by", "is_first"]
    list_filter = ["is_first", "issued_at"]
    list_select_related = ["user", "issued_by"]
    search_fields = ["user__last_name", "user__username", "issued_by__last_name"]
    ordering = ["-issued_at", "-id"]
