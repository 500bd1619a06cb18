"""Tags of every template (a builtin of the engine)."""

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

register = template.Library()


@cache
def _sprite() -> str:
    return static("icons.svg")


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of assets/icons.txt, or "mark". With a label it is read aloud, otherwise hidden from readers.

    `css`: icon-lg, icon-xl, icon-spin. A tag and no template: a page has two dozen of them.
    """
    spoken = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return SafeString(
        f'<svg class="icon{" " if css else ""}{conditional_escape(css)}" {spoken}>'
        f'<use href="{_sprite()}#{conditional_escape(name)}"></use></svg>'
    )
