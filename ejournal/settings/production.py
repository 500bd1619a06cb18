"""Production: everything comes from the environment, and what is missing or unsafe stops the program."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from ejournal.lib import env

from .base import *  # noqa: F403 -- settings stand on each other by design
from .base import database_settings

SECRET_KEY = env.required("SECRET_KEY", purpose="it signs logins and scans; 50 random characters or more")
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5 or SECRET_KEY.startswith("django-insecure-"):
    raise ImproperlyConfigured("SECRET_KEY must be 50 random characters or more.")
SECRET_KEY_FALLBACKS = env.listed("SECRET_KEY_FALLBACKS")

ALLOWED_HOSTS = env.listed("ALLOWED_HOSTS")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts of this journal, comma-separated, without *.")
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS]

_web = env.database(env.required("DATABASE_URL", purpose="the web's role, which owns no table"))
_owner = env.database(env.required("DATABASE_OWNER_URL", purpose="the owner's role, which migrates"))
if _web["USER"] == _owner["USER"]:
    raise ImproperlyConfigured(
        "DATABASE_URL and DATABASE_OWNER_URL name the same role: the web must own no table (history is append-only)."
    )
DATABASES = database_settings(_web, _owner, pool=int(os.environ.get("DATABASE_POOL", "4")))

REDIS_URL = env.required("REDIS_URL", purpose="it carries tasks to the workers")
CELERY_BROKER_URL = REDIS_URL

VAR_FOLDER = _files = Path(env.required("EJOURNAL_FILES", purpose="the folder of uploads, papers and static files"))
STATIC_ROOT = _files / "static"
MEDIA_ROOT = _files / "media"  # never served by an address: views hand files out
# The heads of the seals: best on another machine, where who owns the database cannot write.
SEALS_FILE = os.environ.get("EJOURNAL_SEALS") or _files / "seals.log"

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
