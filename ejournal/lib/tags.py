"""Tags of every template (a builtin of the engine)."""

from datetime import date
from functools import cache
from typing import Protocol

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.formats import date_format, get_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


class SameForAllNode(template.Node):
    """The text of `{% same_for_all %}`, kept by language."""

    def __init__(self, nodelist: template.NodeList) -> None:
        self.nodelist = nodelist
        self.kept: dict[str | None, SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        language = get_language()
        if language not in self.kept:
            # Without the page's values: whatever depends on one fails a test instead of showing another's.
            self.kept[language] = self.nodelist.render(context.new({}))
        return self.kept[language]


@register.tag
def same_for_all(parser: template.base.Parser, token: template.base.Token) -> SameForAllNode:
    """Draw what stands between once a language and process: words and addresses that no page changes.

    A third of a page's time went into translating the same sixty sentences. Variables of the page are not seen.
    """
    nodelist = parser.parse(("endsame_for_all",))
    parser.delete_first_token()
    return SameForAllNode(nodelist)


@cache
def _sprites() -> dict[str, str]:
    """Name of an icon → the sprite that has it: those of every page apart from the others (assets/icons.txt)."""
    first, more = (settings.BASE_DIR / "assets" / "icons.txt").read_text("utf-8").split("---")
    return dict.fromkeys(["mark", *first.split()], static("icons.svg")) | dict.fromkeys(
        more.split(), static("icons-more.svg")
    )


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of assets/icons.txt, or "mark". With a label it is read aloud, otherwise hidden from readers.

    `css`: icon-lg, icon-xl, icon-spin. A tag and no template: a page has two dozen of them.
    """
    spoken = format_html('role="img" aria-label="{}"', label) if label else 'aria-hidden="true"'
    return SafeString(
        f'<svg class="icon{" " if css else ""}{conditional_escape(css)}" {spoken}>'
        f'<use href="{_sprites().get(name, "")}#{conditional_escape(name)}"></use></svg>'
    )


class Entry(Protocol):
    """An entry of the navigation or of a menu."""

    @property
    def label(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def icon(self) -> str: ...
    @property
    def active(self) -> bool: ...


def _link(entry: Entry, attributes: str, label: str) -> SafeString:
    here = ' aria-current="page"' if entry.active else ""
    return SafeString(f'<a{attributes} href="{conditional_escape(entry.url)}"{here}>{icon(entry.icon)} {label}</a>')


# Tags and no templates: a page has forty such links, and every page has them.
@register.simple_tag
def nav_link(entry: Entry) -> SafeString:
    """A tab of the navigation."""
    return _link(entry, "", conditional_escape(entry.label))


@register.simple_tag
def menu_link(entry: Entry) -> SafeString:
    """An item of a menu."""
    return _link(entry, ' class="menu-item"', conditional_escape(entry.label))


@register.simple_tag
def tab_link(entry: Entry) -> SafeString:
    """A place in the bar at the bottom of a phone."""
    return _link(entry, "", f"<span>{conditional_escape(entry.label)}</span>")


@register.filter
def own_sign(text: str) -> str:
    """What stands in a field of points, with the reader's own decimal sign: «8,25» in Kyrgyz and Russian. Whatever is
    no number stays as it was typed."""
    whole, point, places = text.partition(".")
    is_number = point and whole.isdecimal() and places.isdecimal()
    return f"{whole}{get_format('DECIMAL_SEPARATOR')}{places}" if is_number else text


@register.filter
def long_day(day: date, year: str = "") -> str:
    """A day in words as its language writes it: «24-ноябрь, шейшемби», «24 ноября, вторник», "Tuesday, 24 November".

    With "year" as the argument the year stands beside it.
    """
    language = (get_language() or "ky")[:2]
    weekday = date_format(day, "l")
    if language == "ky":
        # Django's Kyrgyz months and weekdays are capitalised; inside a date the language writes them small.
        written = f"{day.day}-{date_format(day, 'F').lower()}"
        return f"{f'{day.year}-ж. ' if year else ''}{written}, {weekday.lower()}"
    if language == "ru":
        return f"{day.day} {date_format(day, 'E').lower()}{f' {day.year} г.' if year else ''}, {weekday.lower()}"
    return f"{weekday}, {day.day} {date_format(day, 'F')}{f' {day.year}' if year else ''}"
