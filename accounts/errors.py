"""Refusals about people and logins; nothing was changed when one is raised."""

from ejournal.lib.errors import Refusal


class LoginRefused(Refusal):
    """The name or the password is wrong, or the account is closed: which of them is never said."""

    code = "wrong_login"


class TooManyAttempts(Refusal):
    """Too many wrong passwords; `extra["retry_after"]` is in seconds."""

    code = "too_many_attempts"
    status = 429

    @property
    def retry_after(self) -> int:
        return int(self.extra["retry_after"])


class CredentialsRefused(Refusal):
    """Credentials cannot be issued so: nobody to issue to, or a person whom somebody else issues to (§3.4)."""

    code = "credentials_refused"


class PersonRefused(Refusal):
    """A person, a parent's link or an appointment cannot be made so."""

    code = "person_refused"
