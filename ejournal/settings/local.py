"""The demo and the developer's desk: the servers that the launcher started, on this machine only."""

import os

from ejournal.lib import env
from ejournal.schedule import DEMO_BEAT

from .base import *  # noqa: F403 -- settings stand on each other by design
from .base import BEAT, database_settings
from .servers import find_servers, var_folder

DEMO = True
MOMENTS_ARE_JUDGED = False  # the demo's past is written in an afternoon
_servers = find_servers()
SECRET_KEY = _servers["secret_key"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
DATABASES = database_settings(
    env.database(_servers["database_url"]),
    env.database(_servers["database_owner_url"]),
    pool=int(os.environ.get("DATABASE_POOL", "0")),
)
CELERY_BROKER_URL = _servers["redis_url"]
CELERY_BEAT_SCHEDULE = {**BEAT, **DEMO_BEAT}
CELERY_IMPORTS = ["ejournal.demo.tasks"]
VAR_FOLDER = var_folder()
STATIC_ROOT = VAR_FOLDER / "static"
MEDIA_ROOT = VAR_FOLDER / "media"
SEALS_FILE = VAR_FOLDER / "seals.log"
