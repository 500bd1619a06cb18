"""Tests: real PostgreSQL and Redis; a cheap password hash, since Argon2's cost is no test's subject but one."""

import os
from urllib.parse import urlsplit

from ejournal.lib import env

from .base import *  # noqa: F403 -- settings stand on each other by design
from .base import database_settings
from .servers import find_servers, var_folder

_servers = find_servers()
SECRET_KEY = _servers["secret_key"] or "a key for tests only, of no use to anybody anywhere else"
MOMENTS_ARE_JUDGED = False  # tests have clocks of their own
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
DATABASES = database_settings(
    env.database(_servers["database_url"]), env.database(_servers["database_owner_url"]), pool=0
)
# Workers side by side (pytest-xdist: gw0, gw1, …) share the servers and nothing that lies in them, nor any folder.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
CELERY_BROKER_URL = _servers["redis_url"]
if _worker:
    CELERY_BROKER_URL = urlsplit(CELERY_BROKER_URL)._replace(path=f"/{_worker.removeprefix('gw')}").geturl()
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "ejournal.lib.passwords.CampusArgon2Hasher",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
VAR_FOLDER = var_folder() / _worker
STATIC_ROOT = VAR_FOLDER / "static"
MEDIA_ROOT = VAR_FOLDER / "media"
SEALS_FILE = VAR_FOLDER / "seals.log"
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
TEMPLATES[0]["OPTIONS"]["debug"] = True  # noqa: F405 -- from base
