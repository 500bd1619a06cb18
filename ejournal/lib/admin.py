"""What every page of the Django admin shares: opened by the site's own door, friendly about constraints."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:  # generic for the type checker only
    _ModelForm = forms.ModelForm[Any]
    _ModelAdmin = admin.ModelAdmin[Any]
    _TabularInline = admin.TabularInline[Any, Any]
else:
    _ModelForm, _ModelAdmin, _TabularInline = forms.ModelForm, admin.ModelAdmin, admin.TabularInline

# By the end of a constraint's name; the names themselves are for programmers.
_SENTENCES: Sequence[tuple[str, str | Promise]] = (
    ("_dates", gettext_lazy("The last day lies before the first.")),
    ("_times", gettext_lazy("The end lies before the start.")),
    ("_no_overlap", gettext_lazy("These days overlap with those of another row: end that one first.")),
    ("_one_alive", gettext_lazy("This is there already.")),
)


class FriendlyForm(_ModelForm):
    """A form that says in words which law of the database a row would break."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # unknown to the stubs
        broken = self.errors.get(NON_FIELD_ERRORS)
        if broken is None:
            return
        said = [_in_words(str(message)) for message in broken]
        del self.errors[NON_FIELD_ERRORS]
        for sentence in said:
            self.add_error(None, sentence)


def _in_words(message: str) -> str:
    for ending, sentence in _SENTENCES:
        if f"{ending}”" in message or f'{ending}"' in message or message.rstrip(".").endswith(ending):
            return str(sentence)
    return message


class OpenByAppointment:
    """Mixin: the rights of the site are the rights of each model; Django's permission tables are not used (§4.1)."""

    admin_site: admin.AdminSite
    can_add = True
    can_change = True
    can_delete = True

    def _opened(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._opened(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._opened(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_add and self._opened(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_change and self._opened(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.can_delete and self._opened(request)

    def has_view_or_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._opened(request)


class JournalAdmin(OpenByAppointment, _ModelAdmin):
    """A page of the admin over tables of tens of thousands of rows."""

    form = FriendlyForm
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 200

    # A law that only the database knows (a closed module, §4.3) answers with a sentence, not with a 500.
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._unless_unlawful(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._unless_unlawful(request, super().delete_view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._unless_unlawful(request, super().changelist_view, *args, **kwargs)

    def _unless_unlawful(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except IntegrityError:
            messages.error(request, _("Nothing was saved: a law of the database does not allow it."))
            return HttpResponseRedirect(request.get_full_path())


class ReadOnlyAdmin(JournalAdmin):
    """Looked at here, changed elsewhere."""

    can_add = can_change = can_delete = False


class JournalInline(OpenByAppointment, _TabularInline):
    """Rows that belong to the row above."""

    form = FriendlyForm
    extra = 0
