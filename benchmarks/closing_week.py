"""The last evening of a module: eight clients close courses by their pages against a living demo, as fast as it goes.

Run beside a fresh `bin/demo`: .venv/bin/python -m benchmarks.closing_week [--courses 200] [--clients 8]
                               [--url http://127.0.0.1:8000]
Asked: 200 courses in a minute without an error. Each is opened (the checklist is read) and then closed, by its lead.
The demo is changed by it.
"""

import argparse
import json
import os
import re
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.save_cells import Browser, percentiles
from ejournal.settings.servers import var_folder

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def leads(count: int) -> list[tuple[str, int, int]]:
    """(session, course, module number) of open modules: a login of its lead for each, made as Django makes them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ejournal.settings.local")
    import django

    django.setup()
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from accounts.models import User
    from accounts.permissions import rights_of
    from ejournal.lib import clock
    from journal.selectors.module_states import ModuleState, StatesChoice, module_states
    from teaching.models import Course, WorkloadTeacher
    from university.selectors import semester_on

    today = clock.day_of(clock.now())
    semester = semester_on(today)
    assert semester is not None
    everything = rights_of(User.objects.get(username="study"), on=today)
    found = []
    for state in (ModuleState.OVERDUE, ModuleState.DUE, ModuleState.RUNNING):
        choice = StatesChoice(semester.pk, state)
        found += module_states(everything, choice, limit=count - len(found), offset=0, on=today).rows
    store = import_module(settings.SESSION_ENGINE).SessionStore
    sessions: dict[int, str] = {}
    made = []
    for row in found:
        course = Course.objects.select_related("lead__user").get(pk=row.course_id)
        keepers = WorkloadTeacher.objects.filter(workload__course=course, ends_on=None).select_related("teacher__user")
        ordered = sorted(keepers, key=lambda one: (one.workload.kind != "lecture", one.workload.number))
        user = course.lead.user if course.lead is not None else ordered[0].teacher.user
        if user.pk not in sessions:
            session = store()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session.create()
            sessions[user.pk] = session.session_key
        made.append((sessions[user.pk], row.course_id, row.number))
    return made


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--courses", type=int, default=200)
    words.add_argument("--clients", type=int, default=8)
    words.add_argument("--url", default="http://127.0.0.1:8000")
    asked = words.parse_args()
    json.loads((Path(var_folder()) / "run" / "demo.json").read_text())  # a demo, and nobody's journal
    work = leads(asked.courses)
    failures: list[str] = []
    read: list[float] = []
    closed: list[float] = []

    def close(one: tuple[str, int, int]) -> None:
        session, course, number = one
        browser = Browser(asked.url)
        browser.cookies["sessionid"] = session
        path = f"/courses/{course}/modules/{number}/"
        begun = time.perf_counter()
        status, page = browser.ask("GET", path)
        read.append(time.perf_counter() - begun)
        token = TOKEN.search(page)
        if status != 200 or token is None:
            failures.append(f"GET {path}: {status}")
            return
        form = urllib.parse.urlencode({"act": "close", "csrfmiddlewaretoken": token.group(1)})
        begun = time.perf_counter()
        status, text = browser.ask("POST", path, form.encode(), "application/x-www-form-urlencoded")
        closed.append(time.perf_counter() - begun)
        if status != 302:
            failures.append(f"POST {path}: {status} {text[:200]}")

    begun = time.perf_counter()
    with ThreadPoolExecutor(asked.clients) as pool:
        list(pool.map(close, work))
    took = time.perf_counter() - begun
    print(f"{len(closed)} modules of {len(work)} closed by {asked.clients} clients in {took:.1f} s")
    print("checklist:", percentiles(read))
    print("closing:", percentiles(closed))
    print(f"failed: {len(failures)}", *failures[:3])


if __name__ == "__main__":
    main()
