"""Where the servers of a demo or of the tests are: named by the environment, else those the launcher started."""

import json
import os
from pathlib import Path
from typing import TypedDict

from django.core.exceptions import ImproperlyConfigured

from .base import BASE_DIR


class Servers(TypedDict):
    database_url: str
    database_owner_url: str
    redis_url: str
    secret_key: str


def var_folder() -> Path:
    """The folder of data, logs and state: EJOURNAL_VAR, else `var` in the checkout."""
    return Path(os.environ.get("EJOURNAL_VAR") or BASE_DIR / "var").resolve()


def find_servers() -> Servers:
    """Addresses of the servers. What the environment names wins over what the launcher wrote."""
    written: dict[str, str] = {}
    state = var_folder() / "run" / "servers.json"
    if state.exists():
        written = json.loads(state.read_text())
    names = {
        "database_url": "DATABASE_URL",
        "database_owner_url": "DATABASE_OWNER_URL",
        "redis_url": "REDIS_URL",
    }
    found = {key: os.environ.get(name) or written.get(key, "") for key, name in names.items()}
    missing = [names[key] for key, value in found.items() if not value]
    if missing:
        raise ImproperlyConfigured(
            f"No servers: {', '.join(missing)} not set and {state} does not exist. Start bin/demo (or bin/servers)."
        )
    return Servers(
        database_url=found["database_url"],
        database_owner_url=found["database_owner_url"],
        redis_url=found["redis_url"],
        secret_key=os.environ.get("SECRET_KEY") or written.get("secret_key", ""),
    )
