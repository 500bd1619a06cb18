"""Reading settings from the environment: a missing or unsafe value stops the program with a sentence."""

import os
from ipaddress import ip_network
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def required(name: str, *, purpose: str) -> str:
    """The value of an environment variable that production cannot do without."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {purpose}.")
    return value


def flag(name: str, *, default: bool = False) -> bool:
    """A yes/no variable: 1, true, yes, on (any case) are yes."""
    value = os.environ.get(name)
    return default if value is None else value.strip().lower() in {"1", "true", "yes", "on"}


def listed(name: str) -> list[str]:
    """A comma-separated variable as a list without blanks."""
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def database(url: str) -> dict[str, object]:
    """Django's database settings from `postgresql://user:password@host:port/name?option=value`.

    A host that begins with `/` (percent-encoded) is a socket folder. Other schemes are refused: the laws of
    the journal are kept by PostgreSQL's constraints and triggers.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured("A database URL must begin with postgresql://")
    return {
        "ENGINE": "ejournal.lib.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def networks(name: str) -> list[str]:
    """A comma-separated variable of addresses and networks (`10.0.0.0/8`, `2001:db8::/32`), each of them right."""
    named = listed(name)
    for text in named:
        try:
            ip_network(text, strict=False)
        except ValueError:
            raise ImproperlyConfigured(f"{name} holds {text!r}, which is no address and no network.") from None
    return named
