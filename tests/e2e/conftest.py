"""Chromium against a real server of the tests: what a person's hands and eyes do."""

import base64
import io
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect, sync_playwright
from pypdf import PdfReader
from pypdfium2 import PdfDocument
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from ejournal.lib import clock

# Playwright's loop runs in the test's thread; Django would take the test's own queries for asynchronous ones.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

WAIT = 30_000  # milliseconds before a test gives up: some pages ask every ten seconds, and the machine may be busy
expect.set_options(timeout=WAIT)
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The login ends its line; the next one ends with the password.
SLIP = re.compile(r"(?P<login>\S+) *\n[^\n]* (?P<password>[a-z2-9]{4}(?:-[a-z2-9]{4}){2})")

SetClock = Callable[[datetime], None]
ReadCode = Callable[[bytes], str]

# A decoder that shares nothing with what draws our codes; it draws a picture at its own size and reads it.
_DECODER = settings.BASE_DIR / "static" / "vendor" / "jsqr.js"
_READ = """async (address) => {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0);
  return jsQR(pen.getImageData(0, 0, canvas.width, canvas.height).data, canvas.width, canvas.height)?.data ?? "";
}"""


class Sit(Protocol):
    """Sits somebody down at a browser of their own, where nobody is logged in."""

    def __call__(self, *, language: str = "ky") -> Page: ...


def chromium() -> str:
    """The browser: CHROMIUM, else Debian's, else any Chrome or Chromium on PATH."""
    for name in (os.environ.get("CHROMIUM", ""), "/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name) if name else None
        if found:
            return found
    pytest.fail("No Chromium: install the package chromium, or set CHROMIUM to the path of a Chrome or Chromium.")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium(),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
            ],
        )
        yield started
        started.close()


class Answering:
    """How many requests the server is at. A page may have sent a mark just before its test ended."""

    def __init__(self) -> None:
        self.count, self.turn = 0, threading.Lock()

    def add(self, more: int) -> None:
        with self.turn:
            self.count += more

    def wait(self) -> None:
        """Until it is at none, and none came in a moment after."""
        for _ in range(300):
            time.sleep(0.05)
            if self.count == 0:
                return
        pytest.fail("the server still answers requests of a test that has ended")


@pytest.fixture(scope="session", autouse=True)
def answering() -> Iterator[Answering]:
    counted = Answering()
    answer = WSGIHandler.get_response

    def get_response(handler: WSGIHandler, request: HttpRequest) -> HttpResponseBase:
        counted.add(1)
        try:
            return answer(handler, request)
        finally:
            counted.add(-1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WSGIHandler, "get_response", get_response)
        yield counted


@pytest.fixture(autouse=True)
def _no_answer_after_the_end(transactional_db: None, answering: Answering) -> Iterator[None]:
    """Set up before what opens browsers, and so ended after it: what was sent is answered before tables are emptied."""
    yield
    answering.wait()


@pytest.fixture
def logged_in(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a browser of its own for a person who is logged in; closed at the end of the test."""
    opened: list[BrowserContext] = []

    def make(user: User, *, scripts: bool = True, phone: bool = False) -> BrowserContext:
        client = Client()
        client.force_login(user)
        context = browser.new_context(
            base_url=live_server.url,
            locale="ky",
            viewport={"width": 360, "height": 740} if phone else {"width": 1280, "height": 800},
            has_touch=phone,
            is_mobile=phone,
            java_script_enabled=scripts,
        )
        context.set_default_timeout(WAIT)
        context.add_cookies(
            [
                {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url},
                {"name": "django_language", "value": "en", "url": live_server.url},
            ]
        )
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def errors() -> list[str]:
    """What a page's scripts complained of: a test that collects here ends by finding it empty."""
    return []


@pytest.fixture
def open_page(errors: list[str]) -> Callable[[BrowserContext, str], Page]:
    """Opens an address and collects what its scripts throw."""

    def go(context: BrowserContext, address: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        return page

    return go


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Makes it another moment for the house and for Django's sessions, which end by a clock of their own."""

    def go(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return go


@pytest.fixture
def read_code(browser: Browser) -> Iterator[ReadCode]:
    """Reads the QR code of a PNG, in a page that belongs to nobody."""
    context = browser.new_context()
    page = context.new_page()
    page.add_script_tag(path=_DECODER)

    def read(png: bytes) -> str:
        return str(page.evaluate(_READ, f"data:image/png;base64,{base64.b64encode(png).decode()}"))

    yield read
    context.close()


def pictures_of(pdf: bytes, *, dpi: int) -> list[bytes]:
    """The pages of a PDF as PNGs, drawn by a renderer that did not make it."""
    pictures = []
    with PdfDocument(pdf) as document:
        for page in document:
            png = io.BytesIO()
            page.render(scale=dpi / 72).to_pil().save(png, "PNG")
            pictures.append(png.getvalue())
    return pictures


@pytest.fixture
def at_a_browser(browser: Browser, live_server: LiveServer, errors: list[str]) -> Iterator[Sit]:
    """A page in a browser of its own, where nobody is logged in; complaints of scripts and of the CSP are collected."""
    opened: list[BrowserContext] = []

    def sit(*, language: str = "ky") -> Page:
        context = browser.new_context(base_url=live_server.url, locale=language)
        context.set_default_timeout(WAIT)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if "Content Security" in said.text else None)
        return page

    yield sit
    for context in opened:
        context.close()


def come_in(page: Page, login: str, password: str) -> Page:
    page.goto("/login/")
    page.locator("input[name=username]").fill(login)
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/login/" not in address)
    return page


def print_slips(page: Page, button: Locator) -> dict[str, str]:
    """Press the button that answers with the paper; password by login, as they stand on it.

    The answer is taken on its way: what the browser does with a PDF (viewer or download) is its own affair.
    """
    papers: list[bytes] = []

    def keep(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        answer = route.fetch()
        assert answer.headers["content-type"] == "application/pdf"
        papers.append(answer.body())
        return route.fulfill(content_type="text/html", body='<p id="printed"></p>')

    page.route("**/*", keep)
    button.click()
    page.locator("#printed").wait_for(state="attached")
    page.unroute("**/*")
    (paper,) = papers
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages)
    return {found["login"]: found["password"] for found in SLIP.finditer(text)}


def choose_own_password(page: Page, issued: str) -> None:
    own = "Ак-Буура суусу 26"
    expect(page).to_have_url(re.compile(r"/password/$"))
    for name, text in (("old", issued), ("new", own), ("again", own)):
        page.locator(f"input[name={name}]").fill(text)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda address: "/password/" not in address)


def menu(page: Page, name: str) -> None:
    """By the menu of the page, "More" included."""
    nav = page.locator("nav.mainnav")
    link = nav.get_by_role("link", name=name, exact=True)
    if not link.is_visible():
        nav.locator("summary").click()
    link.click()
