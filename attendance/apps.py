from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AttendanceConfig(AppConfig):
    name = "attendance"
    verbose_name = _("Attendance")

    def ready(self) -> None:
        from attendance.selectors.invariants import SCAN_LAWS
        from ejournal.jobs import registry
        from journal.selectors.invariants import lay_down

        lay_down(*SCAN_LAWS)
        registry.register("posters", "attendance.services.posters.run_posters", label=_("Posters of auditoriums"))
