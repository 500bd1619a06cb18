"""The door for the web server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

GARBAGE = 20_000  # objects made and not yet freed before the young ones are looked through; Python has 700

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ejournal.settings.production")

application = get_wsgi_application()

# What is loaded now lives as long as the process: the collector need not walk through it at every hundredth page.
gc.collect()
gc.freeze()
gc.set_threshold(GARBAGE, 20, 50)
