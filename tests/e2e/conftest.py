"""Chromium against a real server of the tests: what a person's hands and eyes do."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User

# Playwright's loop runs in the test's thread; Django would take the test's own queries for asynchronous ones.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

WAIT = 10_000  # milliseconds that a page may take before a test gives up: generous, since the machine may be busy


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
