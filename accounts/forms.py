"""What people type about themselves and others."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User

# Argon2 reads all of it: a password of megabytes would be work for nothing.
PASSWORD_LENGTH = 256


def _password(label: Any, autocomplete: str, **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=PASSWORD_LENGTH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
        **kwargs,
    )


class LoginForm(forms.Form):
    """Login and password. Nothing is said here about whether they fit."""

    username = forms.CharField(
        label=_("Login"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
    )
    password = _password(_("Password"), "current-password")


class PasswordForm(forms.Form):
    """A new password of one's own, judged by the validators of the settings."""

    old = _password(_("Present password"), "current-password")
    new = _password(_("New password"), "new-password")
    again = _password(_("New password again"), "new-password")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["new"].help_text = " ".join(password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        new, again, old = cleaned.get("new"), cleaned.get("again"), cleaned.get("old")
        if new and again and new != again:
            self.add_error("again", _("The two passwords differ."))
        if new and new == old:
            self.add_error("new", _("This is the present password."))
        elif new:
            try:
                validate_password(new, self.user)
            except ValidationError as error:
                self.add_error("new", error)
        return cleaned


class GroupFilterForm(forms.Form):
    """Which groups the list of credentials shows."""

    q = forms.CharField(label=_("Group"), required=False, max_length=60)
    state = forms.ChoiceField(
        label=_("Credentials"),
        required=False,
        choices=[("", _("all groups")), ("waiting", _("not issued to everybody"))],
    )


class GuardianForm(forms.Form):
    """A parent who gets a login."""

    last_name = forms.CharField(label=_("Surname"), max_length=200)
    first_name = forms.CharField(label=_("Given name"), max_length=200)
    patronymic = forms.CharField(label=_("Patronymic"), max_length=200, required=False)


class GuardianLinkForm(forms.Form):
    """A parent who has a login for another child."""

    login = forms.CharField(label=_("The parent's login"), max_length=60)
