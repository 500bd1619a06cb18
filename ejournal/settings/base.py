"""What holds everywhere. Nothing unsafe has a default here: secrets, hosts and servers come from the others."""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from ejournal.lib import env
from ejournal.schedule import BEAT

BASE_DIR = Path(__file__).resolve().parent.parent.parent

DEBUG = False
DEMO = False
# The database refuses a row that gives another moment than its own clock's; `migrate` tells it so. Off only where
# history is written after the event: in tests and in the demo.
MOMENTS_ARE_JUDGED = True
ROOT_URLCONF = "ejournal.urls"
WSGI_APPLICATION = "ejournal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    # First, so that its `migrate` is the one that is found.
    "ejournal.apps.EjournalConfig",
    "ejournal.jobs.apps.JobsConfig",
    "university.apps.UniversityConfig",
    "accounts.apps.AccountsConfig",
    "messaging.apps.MessagingConfig",
    "teaching.apps.TeachingConfig",
    "journal.apps.JournalConfig",
    "attendance.apps.AttendanceConfig",
    "reports.apps.ReportsConfig",
    "archive.apps.ArchiveConfig",
    "ejournal.loading.apps.LoadingConfig",
    "ejournal.apps.JournalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "crispy_forms",
    "crispy_bootstrap5",
    "template_partials.apps.SimpleAppConfig",
    "rules.apps.RulesConfig",
    "csp",
]

MIDDLEWARE = [
    "ejournal.home.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ejournal.lib.compression.CompressionMiddleware",
    "ejournal.home.middleware.ContentPolicyMiddleware",
    "ejournal.home.middleware.UnavailableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.AuthenticationMiddleware",
    "accounts.middleware.SessionLengthMiddleware",
    "accounts.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ejournal.home.middleware.RefusalMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "ejournal.home.context.page",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": ["template_partials.templatetags.partials", "ejournal.lib.tags"],
        },
    }
]

# --- People -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.CredentialBackend"]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "home"
PASSWORD_HASHERS = ["ejournal.lib.passwords.CampusArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 30 * 24 * 3600  # the longest (students); staff sessions are cut by accounts.middleware
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "ejournal.home.views.csrf_failure"

# --- What leaves the server ---------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Where a request comes from: a signal beside a scan, never a gate ------------------------------------------
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")  # only these are believed about whom they pass on
CAMPUS_NETWORKS = env.networks("CAMPUS_NETWORKS")  # empty: it is not known who is on the campus

# --- Language and time --------------------------------------------------------------------------------------
LANGUAGE_CODE = "ky"
LANGUAGES = [("ky", _("Kyrgyz")), ("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Bishkek"
FORMAT_MODULE_PATH = "ejournal.lib.formats"

# --- Files --------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "ejournal.lib.static.LeanStaticFilesStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site needs our fonts
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes of a form without its files; marks have 256 KB of their own
# A roll without scripts sends four fields a student, and a stream has some hundred students on one page.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2500

# Where another system leaves its files at night; empty: nowhere.
NIGHTLY_FOLDER = os.environ.get("EJOURNAL_NIGHTLY_FOLDER", "").strip()

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Work that takes long -------------------------------------------------------------------------------------
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = BEAT
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True  # the state of a job is a row in PostgreSQL
CELERY_TASK_TIME_LIMIT = 3600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A web request must not wait for a broker that is gone: the sweeper sends again.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 2.0,
    "socket_connect_timeout": 1.0,
    "visibility_timeout": 7200,
}
CELERY_REDIS_SOCKET_CONNECT_TIMEOUT = 1.0

# --- Log ------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "ejournal.lib.logs.JsonFormatter"}},
    "handlers": {"stream": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stream"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "WARNING"},
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
    },
}


def database_settings(web: dict[str, Any], owner: dict[str, Any], *, pool: int) -> dict[str, dict[str, Any]]:
    """`default` is the web's role, which owns no table; `owner` migrates and disposes (law 4).

    `pool` is the number of connections a web process keeps; 0 keeps one per thread, as commands and tasks do.
    """
    web = {
        **web,
        "CONN_MAX_AGE": 0 if pool else None,
        "CONN_HEALTH_CHECKS": True,
        # Parameters travel apart from the statement, so that PostgreSQL plans what is asked often only once.
        "OPTIONS": {**web["OPTIONS"], "server_side_binding": True, "prepare_threshold": 3},
        "TEST": {"MIRROR": "owner"},
    }
    if not pool:
        # Commands, tasks and tests load in bulk: a statement's plan that was kept from when a table was empty takes
        # minutes after it. (Not by plan_cache_mode: that would plan every foreign key's check anew as well.)
        web["OPTIONS"]["prepare_threshold"] = None
    if pool:
        web["OPTIONS"]["pool"] = {"min_size": 1, "max_size": pool, "timeout": 10, "max_lifetime": 3600}
    return {"default": web, "owner": {**owner, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": False}}
