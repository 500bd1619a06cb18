"""A journal of 30 × 48 in Chromium: bytes of the first and of the next visit, LCP on a slow line, key to paint.

Run: EJOURNAL_VAR=… .venv/bin/python -m benchmarks.grid_browser   (servers: bin/servers start)
Works in a test database of its own, which it drops, behind the demo's web server with collected, compressed files.
"""

import http.client
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time as clock_time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ejournal.settings.test")
# Playwright's loop runs in this thread; Django would take its queries for asynchronous ones.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
django.setup()

from django.conf import settings  # noqa: E402 -- after setup
from django.db import connection  # noqa: E402 -- after setup
from django.test import Client  # noqa: E402 -- after setup
from django.test.utils import setup_databases, teardown_databases  # noqa: E402 -- after setup
from playwright.sync_api import BrowserContext, CDPSession, Page, sync_playwright  # noqa: E402 -- after setup

from bin._house.place import free_port  # noqa: E402 -- after setup
from ejournal.lib import clock  # noqa: E402 -- after setup
from ejournal.settings.base import BASE_DIR  # noqa: E402 -- after setup
from ejournal.settings.servers import find_servers  # noqa: E402 -- after setup
from journal.enums import Presence, Source  # noqa: E402 -- after setup
from journal.models import Mark  # noqa: E402 -- after setup
from teaching.models import Workload  # noqa: E402 -- after setup
from tests import factories as make  # noqa: E402 -- after setup

STUDENTS, LESSONS, OPEN_LESSONS = 30, 48, 8
KEYSTROKES = 200
SLOWER = 4  # times that the processor is slowed
LATENCY_MS, BITS_PER_SECOND = 100, 9_000_000
LOADS = 5

# What the browser did between a key and the paint that shows it: the frame after the handlers, and then the first task
# that comes after it.
WATCH_KEYS = """
() => {
  window.taken = [];
  const channel = new MessageChannel();
  let pressed = null;
  let tell = null;
  channel.port1.onmessage = () => {
    window.taken.push(performance.now() - pressed);
    tell();
  };
  addEventListener("keydown", (event) => {
    pressed = event.timeStamp;
    window.painted = new Promise((done) => { tell = done; });
    requestAnimationFrame(() => channel.port2.postMessage(0));
  }, { capture: true });
}
"""

# The least that the same hands would cost: a table of as many cells that takes a figure and goes down.
BARE_SCRIPT = """
() => {
  const table = document.querySelector("table");
  let cell = table.rows[0].cells[0];
  cell.focus();
  table.addEventListener("keydown", (event) => {
    event.preventDefault();
    if (event.key !== "Enter") { cell.textContent = event.key; return; }
    const down = table.rows[cell.parentNode.rowIndex + 1];
    cell = (down ?? table.rows[0]).cells[cell.cellIndex + (down ? 0 : 1)];
    cell.focus();
  });
}
"""

LARGEST_PAINT = """
() => new Promise((done) => {
  new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
    .observe({ type: "largest-contentful-paint", buffered: true });
})
"""


def build() -> Workload:
    """A journal of two lessons a day up to yesterday; the last of them are still to be filled."""
    today = clock.day_of(clock.now())
    make.make_semester(starts_on=today - timedelta(days=60), ends_on=today + timedelta(days=30))
    workload = make.make_workload()
    people = [make.make_student(last_name=f"Абдыкадырова{number:02}", first_name="Айбек") for number in range(STUDENTS)]
    for person in people:
        make.enrol(person, workload.course)
    days = [day for back in range(60) if (day := today - timedelta(days=back + 1)).isoweekday() <= 6]
    places = sorted((day, pair) for day in days[: LESSONS // 2] for pair in (1, 2))
    lessons = [make.make_lesson(workload, day=day, pair=pair) for day, pair in places]
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
        for column, lesson in enumerate(lessons[:-OPEN_LESSONS])
        for row, person in enumerate(people)
    )
    return workload


@contextmanager
def web_server() -> Iterator[str]:
    """The journal as the demo serves it, over the test database; its address."""
    found = find_servers()
    named = {
        name: urlunsplit(urlsplit(found[key])._replace(path=f"/{connection.settings_dict['NAME']}"))  # type: ignore[literal-required]
        for name, key in (("DATABASE_URL", "database_url"), ("DATABASE_OWNER_URL", "database_owner_url"))
    }
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            **named,
            "REDIS_URL": found["redis_url"],
            "SECRET_KEY": settings.SECRET_KEY,
            "EJOURNAL_VAR": folder,
            "DJANGO_SETTINGS_MODULE": "ejournal.settings.local",
            "DATABASE_POOL": "4",
        }
        collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
        subprocess.run(collect, cwd=BASE_DIR, env=environment, check=True)
        serve = [
            *(sys.executable, "-m", "granian", "--interface=wsgi", "--workers=1", "--blocking-threads=4", "--no-ws"),
            *(f"--port={port}", "--host=127.0.0.1", "--no-access-log", "ejournal.wsgi:application"),
        ]
        with (Path(folder) / "web.log").open("wb") as log:
            server = subprocess.Popen(serve, cwd=BASE_DIR, env=environment, stdout=log, stderr=log)
            try:
                await_answer(port)
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()
                server.wait(20)


def await_answer(port: int) -> None:
    for _ in range(100):
        asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            asked.request("GET", "/health/ready")
            asked.getresponse()
            return
        except OSError:
            clock_time.sleep(0.2)
        finally:
            asked.close()
    raise SystemExit("the web server does not answer")


class Wire:
    """What travels to a page, headers and all, by kind of file."""

    def __init__(self, devtools: CDPSession) -> None:
        self.addresses: dict[str, str] = {}
        self.bytes: dict[str, int] = defaultdict(int)
        devtools.on("Network.responseReceived", self._name)
        devtools.on("Network.loadingFinished", self._count)
        devtools.send("Network.enable")

    def _name(self, event: dict[str, Any]) -> None:
        response = event["response"]
        if not response.get("fromDiskCache"):
            self.addresses[event["requestId"]] = response["url"]

    def _count(self, event: dict[str, Any]) -> None:
        if address := self.addresses.get(event["requestId"]):
            self.bytes[kind_of(address)] += int(event["encodedDataLength"])

    def __str__(self) -> str:
        parts = ", ".join(f"{kind} {size:,}" for kind, size in sorted(self.bytes.items()))
        return f"{sum(self.bytes.values()):,} bytes with their headers: {parts}"


def kind_of(address: str) -> str:
    path = urlsplit(address).path
    if not path.startswith("/static/"):
        return "page"
    return {".css": "style sheets", ".js": "own scripts", ".woff2": "fonts", ".svg": "icons"}.get(
        Path(path).suffix, "other files"
    )


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def visits(context: BrowserContext, path: str) -> None:
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    for label, asked in (("first visit", "75,000; own scripts 20,000"), ("next visit", "15,000")):
        wire = Wire(devtools)
        page.goto(path, wait_until="networkidle")
        print(f"{label}: {wire} (asked ≤ {asked})")
        page.goto("about:blank")
    page.close()


def slow_line(page: Page, path: str) -> float:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    rate = BITS_PER_SECOND / 8
    devtools.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LATENCY_MS, "downloadThroughput": rate, "uploadThroughput": rate},
    )
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(path, wait_until="networkidle")
    return float(page.evaluate(LARGEST_PAINT))


@dataclass(frozen=True)
class Keys:
    """Milliseconds from each key to the paint after it, and what one key costs the page's thread in all."""

    taken: list[float]
    processor_ms: float

    def __str__(self) -> str:
        p50, p95 = percentile(self.taken, 0.5), percentile(self.taken, 0.95)
        return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, n = {len(self.taken)}; processor {self.processor_ms:.1f} ms a key"


def keystrokes(page: Page) -> Keys:
    """Press a grade and Enter in turn, the next one when the last is painted."""
    devtools = page.context.new_cdp_session(page)
    # The thread's own clock: it does not count whoever else uses these cores.
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.evaluate(WATCH_KEYS)
    before = worked(devtools)
    for number in range(KEYSTROKES):
        page.keyboard.press("Enter" if number % 2 else "5432"[number // 2 % 4])
        page.evaluate("() => window.painted")
    spent = worked(devtools) - before
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    return Keys([float(one) for one in page.evaluate("() => window.taken")], spent * 1000 / KEYSTROKES)


def worked(devtools: CDPSession) -> float:
    """Seconds that the page's thread has worked."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


def type_marks(context: BrowserContext, path: str, first_open: int) -> Keys:
    page = context.new_page()
    page.goto(path, wait_until="networkidle")
    page.locator(f'td[data-lesson="{first_open}"]').first.click()
    taken = keystrokes(page)
    page.wait_for_function("() => document.querySelector('.jstatus').dataset.state === 'saved'")
    page.close()
    return taken


def type_bare(context: BrowserContext) -> Keys:
    page = context.new_page()
    row = "<tr>" + '<td tabindex="-1">+</td>' * LESSONS + "</tr>"
    page.set_content("<table>" + row * STUDENTS + "</table>")
    page.evaluate(BARE_SCRIPT)
    taken = keystrokes(page)
    page.close()
    return taken


def measure(url: str, workload: Workload) -> None:
    client = Client()
    client.force_login(workload.teachers.get().teacher.user)
    cookies: list[Any] = [
        {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url},
        {"name": "django_language", "value": "ky", "url": url},
    ]
    path = f"/journals/{workload.id}/"
    lessons = list(workload.lessons.order_by("lesson__starts_at").values_list("lesson_id", flat=True))
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )

        @contextmanager
        def browser() -> Iterator[BrowserContext]:
            """A browser that has been nowhere yet."""
            context = chromium.new_context(base_url=url, locale="ky", viewport={"width": 1440, "height": 900})
            context.add_cookies(cookies)
            yield context
            context.close()

        with browser() as context:  # the server's own first page is nobody's measure
            context.new_page().goto(path, wait_until="networkidle")
        with browser() as context:
            visits(context, path)
        paints = []
        for _ in range(LOADS):
            with browser() as context:
                paints.append(slow_line(context.new_page(), path))
        print(
            f"LCP, nothing in the cache, {BITS_PER_SECOND // 1_000_000} Mbit/s, {LATENCY_MS} ms, processor slowed "
            f"{SLOWER}×: median {statistics.median(paints):.0f} ms, longest {max(paints):.0f} ms, n = {LOADS} "
            f"(asked ≤ 1,500)"
        )
        with browser() as context:
            bare = type_bare(context)
            grid = type_marks(context, path, lessons[-OPEN_LESSONS])
        print(f"key to paint, processor slowed {SLOWER}×, a bare table: {bare}")
        print(f"key to paint, processor slowed {SLOWER}×, the grid: {grid} (asked p95 ≤ 100 ms)")
        chromium.close()
    saved = Mark.objects.filter(workload=workload, lesson_id__in=lessons[-OPEN_LESSONS:], grade__isnull=False).count()
    print(f"marks typed and saved: {saved} of {KEYSTROKES // 2}; load average {os.getloadavg()[0]:.2f}")


def main() -> None:
    names = setup_databases(verbosity=0, interactive=False)
    try:
        workload = build()
        with web_server() as url:
            measure(url, workload)
    finally:
        connection.close()
        teardown_databases(names, verbosity=0)


if __name__ == "__main__":
    main()
