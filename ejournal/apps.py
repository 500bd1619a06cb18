"""The house itself, and the Django admin with the journal's own door."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class EjournalConfig(AppConfig):
    name = "ejournal"
    verbose_name = _("Electronic journal")

    def ready(self) -> None:
        from ejournal.jobs import registry
        from ejournal.loading import access

        may_read = "ejournal.loading.access.may_read_load"
        registry.register(
            access.CHECK,
            "ejournal.loading.runners.run_check",
            "load_shown",
            label=_("Dry run of a load"),
            may_read=may_read,
        )
        registry.register(
            access.LOAD, "ejournal.loading.runners.run_load", "load_shown", label=_("Load"), may_read=may_read
        )
        registry.register(
            access.NIGHTLY,
            "ejournal.loading.nightly.run_nightly",
            "load_shown",
            label=_("Nightly load"),
            may_read=may_read,
        )
        registry.register(
            access.UNDO,
            "ejournal.loading.runners.run_undo",
            "load_undone",
            label=_("Undo of a load"),
            may_read=may_read,
        )


class JournalAdminConfig(AdminConfig):
    default_site = "ejournal.home.admin_site.JournalAdminSite"
