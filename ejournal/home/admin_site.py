"""The Django admin, opened by an appointment as administrator or moderator and by nothing else."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.permissions import is_administrator


class JournalAdminSite(AdminSite):
    """Its login is the journal's own login page."""

    site_header = _("Electronic journal: administration")
    site_title = _("Administration")
    index_title = _("Users, appointments and settings")
    login_template = None

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and is_administrator(request.user)
