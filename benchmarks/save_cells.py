"""Saving one cell at a steady rate against a living demo: p50, p95, p99, beside a bare query through the same server.

Run beside `bin/demo`: .venv/bin/python -m benchmarks.save_cells [--rate 60] [--seconds 30] [--url http://127.0.0.1:8000]
The load is open: requests leave by the clock, whether earlier ones were answered or not.
"""

import argparse
import http.client
import json
import re
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

from ejournal.settings.servers import var_folder

CELL = re.compile(r'data-lesson="(\d+)" data-student="(\d+)" data-version="(\d+)"')


class Browser:
    """A login with its cookies, and a connection a thread."""

    def __init__(self, url: str) -> None:
        self.host = urllib.parse.urlsplit(url).netloc
        self.cookies: dict[str, str] = {}
        self.local = threading.local()

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, str]:
        connection = getattr(self.local, "connection", None)
        if connection is None:
            connection = self.local.connection = http.client.HTTPConnection(self.host, timeout=30)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-CSRFToken": self.cookies.get("csrftoken", ""),
            "Connection": "keep-alive",
        }
        if kind:
            headers["Content-Type"] = kind
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for header, value in answer.getheaders():
            if header.lower() == "set-cookie":
                name, _, rest = value.partition("=")
                self.cookies[name] = rest.split(";")[0]
        return answer.status, text

    def log_in(self, username: str, password: str) -> None:
        self.ask("GET", "/login/")
        form = urllib.parse.urlencode(
            {"username": username, "password": password, "csrfmiddlewaretoken": self.cookies["csrftoken"]}
        )
        status, _ = self.ask("POST", "/login/", form.encode(), "application/x-www-form-urlencoded")
        assert status == 302, status


def percentiles(taken: list[float]) -> str:
    ordered = sorted(taken)

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000

    return f"p50 {at(0.5):.1f} ms, p95 {at(0.95):.1f} ms, p99 {at(0.99):.1f} ms, n = {len(ordered)}"


def steady(rate: int, seconds: int, act: object) -> list[float]:
    """Call act(n) `rate` times a second; the time of each counts from when it should have left."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(32) as pool:

        def one(number: int) -> float:
            due = begun + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            act(number)  # type: ignore[operator]
            return time.perf_counter() - due

        return list(pool.map(one, range(rate * seconds)))


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--rate", type=int, default=60)
    words.add_argument("--seconds", type=int, default=30)
    words.add_argument("--url", default="http://127.0.0.1:8000")
    asked = words.parse_args()
    demo = json.loads((Path(var_folder()) / "run" / "demo.json").read_text())
    browser = Browser(asked.url)
    browser.log_in("teacher", demo["password"])
    _, page = browser.ask("GET", "/")
    lesson = re.search(r'href="/lessons/(\d+)/"', page)
    assert lesson is not None
    _, journals = browser.ask("GET", "/journals/")
    cells: list[tuple[int, int, int]] = []
    journal = 0
    for found in dict.fromkeys(re.findall(r'href="/journals/(\d+)/"', journals)):
        _, grid = browser.ask("GET", f"/journals/{found}/")
        cells = [(int(a), int(b), int(c)) for a, b, c in CELL.findall(grid) if a == lesson.group(1)]
        if cells:
            journal = int(found)
            break
    assert cells, "no journal holds the lesson that is on"
    versions = {(lesson_id, student): version for lesson_id, student, version in cells}
    turns = {place: threading.Lock() for place in versions}
    places = list(versions)
    failures: list[str] = []

    def save(number: int) -> None:
        place = places[number % len(places)]
        # A cell is typed by one hand: its next change waits for the answer of the last.
        with turns[place]:
            body = {
                "nonce": str(uuid4()),
                "marks": [
                    {
                        "lesson": place[0],
                        "student": place[1],
                        "version": versions[place],
                        "value": str(2 + (number // len(places)) % 4),
                    }
                ],
            }
            status, text = browser.ask(
                "POST", f"/journals/{journal}/marks/", json.dumps(body).encode(), "application/json"
            )
            if status != 200:
                failures.append(text[:200])
                return
            versions[place] = json.loads(text)["marks"][0]["version"]

    def bare(number: int) -> None:
        browser.ask("GET", "/health/ready")

    steady(asked.rate, 3, save)
    print(f"bare (GET /health/ready) at {asked.rate}/s:", percentiles(steady(asked.rate, asked.seconds, bare)))
    print(f"saved cell at {asked.rate}/s:", percentiles(steady(asked.rate, asked.seconds, save)))
    print(f"refused: {len(failures)}", *failures[:3])


if __name__ == "__main__":
    main()
