"""What teachers ask the study office for: another time, another room, a swap, "did not take place" (§3.5g)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teaching.enums import RequestKind, RequestState
from teaching.models.timetable import Lesson, LessonChange
from university.models import Room

REQUEST_LABELS = {
    RequestKind.MOVE: _("another day or pair"),
    RequestKind.ROOM: _("another auditorium"),
    RequestKind.SWAP: _("swap with a colleague's lesson"),
    RequestKind.NOT_HELD: _("did not take place"),
}
REQUEST_STATE_LABELS = {
    RequestState.ASKED: _("waits for the study office"),
    RequestState.GRANTED: _("granted"),
    RequestState.REFUSED: _("refused"),
    RequestState.WITHDRAWN: _("taken back"),
}


class ChangeRequest(models.Model):
    """A teacher's request for one of his lessons, and what the study office decided.

    `wanted_*` hold for a move and a room; `other_lesson` for a swap. `change` is what became of a granted one.
    """

    kind = models.CharField(_("kind"), max_length=10, choices=[(k.value, REQUEST_LABELS[k]) for k in RequestKind])
    lesson = models.ForeignKey(
        Lesson, verbose_name=_("lesson"), on_delete=models.PROTECT, related_name="change_requests"
    )
    other_lesson = models.ForeignKey(Lesson, null=True, on_delete=models.PROTECT, related_name="swap_requests")
    wanted_date = models.DateField(_("wanted day"), null=True)
    wanted_pair = models.PositiveSmallIntegerField(_("wanted pair"), null=True)
    wanted_room = models.ForeignKey(
        Room, verbose_name=_("wanted auditorium"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=[(s.value, REQUEST_STATE_LABELS[s]) for s in RequestState],
        default=RequestState.ASKED,
    )
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    answer = models.CharField(_("answer"), max_length=300, blank=True)
    change = models.ForeignKey(LessonChange, null=True, on_delete=models.PROTECT, related_name="requests")

    class Meta:
        verbose_name = _("request for a change")
        verbose_name_plural = _("requests for changes")
        ordering = ["-asked_at", "-id"]
        indexes = [
            models.Index(fields=["asked_at"], name="teaching_changerequest_open", condition=Q(state="asked")),
            models.Index(fields=["asked_by", "-asked_at"], name="teaching_changerequest_own"),
        ]
        constraints = [
            models.UniqueConstraint(
                name="teaching_changerequest_one_open", fields=["lesson", "kind"], condition=Q(state="asked")
            ),
            models.CheckConstraint(
                name="teaching_changerequest_decided",
                condition=Q(state__in=["asked", "withdrawn"], decided_at__isnull=True)
                | Q(state__in=["granted", "refused"], decided_at__isnull=False, decided_by__isnull=False),
            ),
        ]
