"""The Django admin, opened by an appointment as administrator and by nothing else."""

from collections.abc import Callable, Iterable
from functools import update_wrapper
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import auth
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import is_administrator


class TellApart(AutocompleteJsonView):
    """Choices in which people of one name are told apart: among thirty thousand there are many."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, Any]:
        choice: dict[str, Any] = super().serialize_result(obj, to_field_name)
        number = getattr(obj, "record_book", None) or getattr(obj, "staff_number", None)
        mark = number or (obj.username if isinstance(obj, User) else "")
        return {**choice, "text": f"{choice['text']} · {mark}"} if mark else choice


class JournalAdminSite(AdminSite):
    """Its login, logout and password are the journal's own; who is logged in and no administrator finds nothing."""

    site_header = _("Electronic journal: administration")
    site_title = _("Administration")
    index_title = _("Users, appointments and settings")
    enable_nav_sidebar = True

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Django's own groups of permissions are not used: a page for them would promise what it does not keep."""
        models = model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        for model in models:
            if model._meta.app_label != "auth":
                super().register(model, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and is_administrator(request.user)

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:  # type: ignore[override]
        inner = super().admin_view(view, cacheable)

        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            response: HttpResponse = inner(request, *args, **kwargs)
            return response

        return update_wrapper(opened, inner)

    # Leads to the journal's own login, which everybody reaches.
    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.user.is_authenticated:
            if self.has_permission(request):
                return redirect("admin:index")
            raise Http404
        wanted = request.GET.get("next") or reverse("admin:index")
        return HttpResponseRedirect(f"{reverse('login')}?{urlencode({'next': wanted}, safe='/')}")

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            auth.logout(request)
            return redirect("login")
        return redirect("admin:index")

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast(HttpResponse, TellApart.as_view(admin_site=self)(request))

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("password")

    def password_change_done(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("admin:index")
