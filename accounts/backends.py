"""The one way to log in."""

from django.contrib.auth.backends import BaseBackend


class CredentialBackend(BaseBackend):
    pass
