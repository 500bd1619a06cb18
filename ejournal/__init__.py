"""The electronic journal: settings, URLs, the beat table and the first page."""

from ejournal.celery import app as celery_app

__all__ = ["celery_app"]
