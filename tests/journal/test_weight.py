"""What a journal of 30 × 48 weighs on the wire, and what of the front end is sent at all. Bytes, no times."""

import html
import re
from datetime import time, timedelta
from pathlib import Path

import brotli
import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client

from ejournal.lib import clock
from ejournal.lib.static import OWN, lean
from journal.enums import Presence, Source
from journal.models import Mark
from tests import factories as make

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
STUDENTS, LESSONS = 30, 48
HEADERS = 550  # bytes of an answer's heading, at most; the page's own has the policy and cookies
PAGE_HEADERS = 1_000

# A class of Bootstrap's that places something: where it is not in the style sheet it does nothing, silently.
UTILITY = re.compile(
    r"(?:[mp][tbsexy]?|g[xy]?|gap|d|col|offset|flex|justify-content|align-items|align-self|w|h|fw|order)-[\w-]+"
)


def test_a_first_visit_weighs_no_more_than_75_kb_and_a_next_one_15(page: bytes) -> None:
    files = set(re.findall(r"/static/([\w./-]+)", page.decode())) - {
        # Fetched for a bookmark or a home screen, not for the page.
        *("img/icon-180.png", "site.webmanifest", "img/icon-192.png", "img/icon-512.png")
    }
    # The style sheet names these itself.
    files |= {"fonts/GolosText-Regular.woff2", "fonts/GolosText-SemiBold.woff2"}
    weights = {name: weight(name) + HEADERS for name in files}
    scripts = sum(size for name, size in weights.items() if name.endswith(".js"))
    sent = len(brotli.compress(page, mode=brotli.MODE_TEXT, quality=5, lgwin=18)) + PAGE_HEADERS
    told = {"page": sent, **weights}
    assert scripts <= 20_000, told
    assert sent <= 15_000, told
    assert sent + sum(weights.values()) <= 75_000, told
    assert {"js/grid.js", "js/grid-queue.js", "js/grid-block.js", "css/journal.css", "icons.svg"} <= files


def weight(name: str) -> int:
    """A static file as it travels: fonts as they are, texts lean and by Brotli."""
    path = STATIC / name
    if path.suffix == ".woff2":
        return path.stat().st_size
    text = path.read_text()
    return len(brotli.compress((lean(name, text) if OWN.fullmatch(name) else text).encode()))


@pytest.fixture
def page(db: None, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The page of a full journal, as its teacher gets it in Kyrgyz, before it is compressed."""
    workload = make.make_workload()
    people = [make.make_student(last_name=f"Абдыкадырова{number:02}") for number in range(STUDENTS)]
    for person in people:
        make.enrol(person, workload.course)
    days = [make.MONDAY + timedelta(days=at // 5 * 7 + at % 5) for at in range(LESSONS)]
    lessons = [make.make_lesson(workload, day=day) for day in days]
    monkeypatch.setattr(clock, "now", lambda: clock.moment_of(days[-1], time(12, 0)))
    Mark.objects.bulk_create(
        Mark(
            lesson=lesson,
            student=person,
            workload=workload,
            presence=Presence.ABSENT if (row + column) % 9 == 0 else Presence.PRESENT,
            grade=None if (row + column) % 9 == 0 or (row + column) % 3 else 3 + (row * column) % 3,
            by=lesson.teacher.user,
            at=clock.now(),
            source=Source.IMPORT,
            request_id=make.REQUEST_ID,
        )
        for column, lesson in enumerate(lessons)
        for row, person in enumerate(people)
    )
    client = Client()
    client.force_login(workload.teachers.get().teacher.user)
    answer = client.get(f"/journals/{workload.id}/")
    assert answer.status_code == 200
    assert answer.content.count(b"data-lesson=") == STUDENTS * LESSONS
    return answer.content


def letters(name: str) -> set[int]:
    """The letters that stand in a font file, by the ranges of `_fonts.scss`."""
    text = (ROOT / "assets" / "scss" / "_fonts.scss").read_text()
    found = re.search(rf"^\${name}: ([^;]+);", text, re.MULTILINE)
    assert found is not None
    spans = [part.strip().removeprefix("U+").partition("-") for part in found[1].split(",")]
    return {code for first, _, last in spans for code in range(int(first, 16), int(last or first, 16) + 1)}


@pytest.mark.parametrize("language", [code for code, _ in settings.LANGUAGES if code != "en"])
def test_our_own_sentences_need_the_first_font_alone(language: str) -> None:
    """The other file is 15 KB a weight: it is for names."""
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        catalogue = read_po(file)
    strings = [one for message in catalogue if message.id for one in _strings(message.string)]
    used = {ord(sign) for text in strings for sign in html.unescape(text)}
    assert len(used) > 60
    assert {chr(code) for code in used & letters("rest")} == set()


def test_no_letter_stands_in_both_fonts() -> None:
    assert letters("first") & letters("rest") == set()
    assert {ord(sign) for sign in "ҢңӨөҮүЁё№«»—"} <= letters("first")


def test_every_utility_class_of_a_template_is_in_the_style_sheet() -> None:
    sheets = "".join(path.read_text() for path in STATIC.glob("css/*.css"))
    known = set(re.findall(r"\.(-?[_a-zA-Z][\w-]*)", sheets))
    used = {
        name
        for path in (ROOT / "templates").rglob("*.html")
        for found in re.findall(r'class="([^"]*)"', path.read_text())
        for name in found.split()
        if UTILITY.fullmatch(name)
    }
    # `col-…` of tables on paper stand in print-paper.css; what a style sheet names it knows.
    assert len(used) > 15
    assert used - known == set()


def _strings(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)
