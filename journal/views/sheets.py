"""A module of a course: its points, what is missing, and closing it (§4.3)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Teacher, User
from ejournal.lib import clock
from ejournal.lib.errors import Refusal
from ejournal.lib.numbers import row_id
from journal.access import get_sheet, get_sheet_to_act, get_sheets
from journal.forms import SheetActForm
from journal.permissions import SheetDoor
from journal.selectors.closing import module_to_close, sheet_page
from journal.services.sheets import close_module, confirm_module
from university.models import Module


@require_safe
def course_modules(request: HttpRequest, course_id: int) -> HttpResponse:
    """To the module of a course that is to be closed next."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    door = get_sheets(user, course_id, now=now)
    module = module_to_close(door, on=clock.day_of(now))
    if module is None:
        raise Http404
    return redirect("module_sheet", course_id=course_id, number=module.number)


@require_http_methods(["GET", "HEAD", "POST"])
def module_sheet(request: HttpRequest, course_id: int, number: int) -> HttpResponse:
    """What a module's closing would store, with what is missing; after it what it stored. POST closes or confirms."""
    now, user = clock.now(), request.user
    assert isinstance(user, User)
    if request.method != "POST":
        door, module = get_sheet(user, course_id, number, now=now)
        return _show(request, door, module)
    door, module = get_sheet_to_act(user, course_id, number, now=now)
    form = SheetActForm(request.POST)
    if not form.is_valid():
        return _show(request, door, module, error=_("Choose what is to be done."), status=422)
    try:
        if form.cleaned_data["act"] == "close":
            if not door.can_close:
                raise PermissionDenied
            close_module(course=door.course, module=module, by=user, now=now)
            said = _("The module is closed. Its points are stored, and nothing under it changes any more.")
        else:
            workload = next((one for one in door.kept if one.pk == form.cleaned_data["journal"]), None)
            if workload is None:
                raise PermissionDenied
            confirm_module(workload=workload, module=module, teacher=Teacher.objects.get(user=user), now=now)
            said = _("Thank you: your journal counts as complete.")
    except Refusal as refusal:
        return _show(request, door, module, error=str(refusal), status=refusal.status)
    messages.success(request, said)
    return redirect("module_sheet", course_id=course_id, number=number)


def _show(request: HttpRequest, door: SheetDoor, module: Module, *, error: str = "", status: int = 200) -> HttpResponse:
    page = sheet_page(door, module, now=clock.now(), edition=row_id(request.GET.get("edition", "")))
    unconfirmed = {one.workload_id for one in page.checklist.not_confirmed} if page.checklist else set()
    return render(
        request,
        "journal/module_sheet.html",
        {
            "door": door,
            "course": door.course,
            "module": module,
            "page": page,
            "to_confirm": [workload for workload in door.kept if workload.pk in unconfirmed],
            "error": error,
            "tabs": [
                {
                    "label": _("Module %(number)s") % {"number": one.number},
                    "url": reverse("module_sheet", args=[door.course.pk, one.number]),
                    "active": one == module,
                    "count": None,
                }
                for one in door.modules
            ],
        },
        status=status,
    )
