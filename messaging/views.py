"""The page under the bell."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from ejournal.lib import clock
from ejournal.lib.htmx import is_htmx
from messaging import selectors, services

PAGE_SIZE = 30


def _reader(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # LoginRequiredMiddleware stands before every view
    return request.user


@require_safe
@never_cache
def notifications(request: HttpRequest) -> HttpResponse:
    """What the reader was told, the newest first; nobody sees another's."""
    reader = _reader(request)
    page_obj = Paginator(selectors.notifications_of(reader), PAGE_SIZE).get_page(request.GET.get("page"))
    unread = selectors.unread_count(reader)
    return render(request, "messaging/notifications.html", {"page_obj": page_obj, "unread": unread})


@require_POST
def notifications_read(request: HttpRequest) -> HttpResponse:
    """Take note that one notification (`notification`, its id) or all were read. Another's id changes nothing."""
    wanted = request.POST.get("notification", "")
    chosen = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else None
    if wanted and chosen is None:
        return HttpResponse(status=422)
    services.mark_read(_reader(request), now=clock.now(), notification_id=chosen)
    if is_htmx(request):
        return _count(request)
    if chosen is None:
        messages.success(request, _("All notifications are marked as read."))
    return redirect("notifications")


@require_safe
@never_cache
def notifications_count(request: HttpRequest) -> HttpResponse:
    """The figure at the bell, for HTMX."""
    return _count(request)


def _count(request: HttpRequest) -> HttpResponse:
    unread = selectors.unread_count(_reader(request))
    return render(request, "messaging/notifications.html#count", {"unread_count": unread})
