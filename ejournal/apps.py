"""The house itself, and the Django admin with the journal's own door."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class EjournalConfig(AppConfig):
    name = "ejournal"
    verbose_name = _("Electronic journal")


class JournalAdminConfig(AdminConfig):
    default_site = "ejournal.home.admin_site.JournalAdminSite"
