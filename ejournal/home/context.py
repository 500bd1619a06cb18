"""What the frame of each page shows. Filled by the lead's views below."""

from typing import Any

from django.http import HttpRequest


def page(request: HttpRequest) -> dict[str, Any]:
    return {}
