from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People and rights")

    def ready(self) -> None:
        # Jobs stand below people: who oversees them is told from here (trials.md: the administrator, "job state").
        from accounts.permissions import is_administrator
        from ejournal.jobs import registry

        registry.register_overseer(is_administrator)
