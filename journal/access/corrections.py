"""Doors of corrections of closed sheets. A stranger gets 404, a reader who acts 403."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.permissions import rights_of
from ejournal.lib.clock import day_of
from journal.access.results import get_final_sheet
from journal.models import SheetCorrection
from journal.permissions import CorrectionDoor, FinalSheetDoor, may_decide_correction
from journal.selectors.corrections import corrections_visible_to


def get_sheet_to_correct(user: User, sheet_id: int, *, now: datetime) -> FinalSheetDoor:
    """A sheet for its examiner, who asks to correct it; 403 for a reader. Whether it may be corrected the service
    says."""
    door = get_final_sheet(user, sheet_id, now=now)
    if not door.is_examiner:
        raise PermissionDenied
    return door


def get_correction(user: User, correction_id: int, *, now: datetime) -> CorrectionDoor:
    """A request that the user may read; 404 else."""
    today = day_of(now)
    correction: SheetCorrection = get_object_or_404(
        corrections_visible_to(user, on=today).select_related("sheet__course__semester__year", "made"),
        pk=correction_id,
    )
    can_decide = may_decide_correction(rights_of(user, on=today), correction)
    is_asker = correction.asked_by_id == user.id
    return CorrectionDoor(
        correction,
        can_decide=can_decide,
        is_asker=is_asker,
        # It names people: it is for those who decide by it, and for who gave it.
        sees_paper=can_decide or is_asker or user.id in (correction.head_id, correction.office_id),
    )


def get_correction_to_act(user: User, correction_id: int, *, now: datetime) -> CorrectionDoor:
    """As `get_correction`, for who decides or asked; 403 for a reader."""
    door = get_correction(user, correction_id, now=now)
    if not door.can_decide and not door.is_asker:
        raise PermissionDenied
    return door


def get_correction_paper(user: User, correction_id: int, *, now: datetime) -> SheetCorrection:
    """A request, for those who may see its paper; 404 for everybody else."""
    door = get_correction(user, correction_id, now=now)
    if not door.sees_paper:
        raise Http404
    return door.correction
