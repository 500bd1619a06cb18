"""Keys by which a calendar program reads a timetable without a login."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from teaching.enums import TimetableOf
from university.models import Group, Room

CALENDAR_LABELS = {
    TimetableOf.TEACHER: _("my lessons as a teacher"),
    TimetableOf.STUDENT: _("my lessons as a student"),
    TimetableOf.GROUP: _("a group"),
    TimetableOf.ROOM: _("an auditorium"),
}


class CalendarKey(models.Model):
    """A person's secret address of one timetable; what it gives is judged anew by the owner's rights each time.

    The secret stands here as it is, so that its owner finds it again for the next phone: it opens a timetable and
    nothing else. `last_used_at` is written once a day at most.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), on_delete=models.CASCADE, related_name="calendar_keys"
    )
    what = models.CharField(
        _("timetable of"), max_length=10, choices=[(w.value, label) for w, label in CALENDAR_LABELS.items()]
    )
    group = models.ForeignKey(
        Group, verbose_name=_("group"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    room = models.ForeignKey(
        Room, verbose_name=_("auditorium"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    secret = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("made at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True)

    class Meta:
        verbose_name = _("calendar key")
        verbose_name_plural = _("calendar keys")
        ordering = ["made_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="teaching_calendarkey_names_one",
                condition=Q(what__in=[TimetableOf.TEACHER, TimetableOf.STUDENT], group__isnull=True, room__isnull=True)
                | Q(what=TimetableOf.GROUP, group__isnull=False, room__isnull=True)
                | Q(what=TimetableOf.ROOM, group__isnull=True, room__isnull=False),
            ),
            models.UniqueConstraint(
                name="teaching_calendarkey_one_living",
                fields=["owner", "what", "group", "room"],
                condition=Q(revoked_at__isnull=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="teaching_calendarkey_moments",
                condition=Q(revoked_at__isnull=True) | Q(revoked_at__gte=F("made_at")),
            ),
        ]
