"""The first bell: every student of one pair scans within five minutes, while rolls and screens poll beside it.

    export EJOURNAL_VAR=/tmp/first-bell DJANGO_SETTINGS_MODULE=ejournal.settings.local
    bin/servers start && .venv/bin/python manage.py migrate && .venv/bin/python manage.py collectstatic --no-input
    .venv/bin/python benchmarks/load_workbook.py benchmarks/data/whole-university.xlsx
    .venv/bin/python -m benchmarks.first_bell [--seconds 300] [--students 0] [--only bell,repeats,sustained,redis]

On a database of its own: the busiest pair of the semester is moved to this moment, each of its lessons gets a room,
and scans are emptied before each part. The server is production's, with two workers; load generator and database are
on the same machine. Short: `--seconds 30 --students 1500`.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

ROOT = Path(__file__).resolve().parent.parent
ROLLS, DISPLAYS = 700, 600
PEAK, PEAK_SECONDS = 250, 5
REPEATS, REPEATERS = 16, 1500
MOST_AT_ONCE = 18_000  # students of one pair; more is no pair of the timetable but two that earlier runs put together
POLLS_SPREAD = 20  # seconds in which all rolls and screens have been opened
LINES = 64  # connections, kept open, as a proxy does


# --- A client that costs little ----------------------------------------------------------------------------------
@dataclass(slots=True)
class Jar:
    """The cookies of one browser."""

    cookies: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    next_step: float = 0.0  # seconds until a screen's code changes, as the last answer had it

    def header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())


class Lines:
    """Connections to the server, each used by one request at a time."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def open(self, count: int) -> None:
        for _ in range(count):
            self.free.put_nowait(await asyncio.open_connection("127.0.0.1", self.port))

    async def ask(self, method: str, path: str, jar: Jar, *, extra: str = "") -> tuple[int, bytes]:
        line = await self.free.get()
        try:
            reader, writer = line
            body = "Content-Length: 0\r\n" if method == "POST" else ""
            host = f"Host: 127.0.0.1:{self.port}\r\nCookie: {jar.header()}\r\n"
            writer.write(f"{method} {path} HTTP/1.1\r\n{host}{extra}{body}\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head[9:12])
            length = 0
            for row in head.split(b"\r\n"):
                name, _, value = row.partition(b": ")
                kind = name.lower()
                if kind == b"content-length":
                    length = int(value)
                elif kind == b"set-cookie":
                    cookie, _, text = value.decode().split(";", 1)[0].partition("=")
                    jar.cookies[cookie.strip()] = text
                elif kind == b"etag":
                    jar.etag = value.decode()
                elif kind == b"x-next-step":
                    jar.next_step = int(value) / 1000
            answer = await reader.readexactly(length) if length and status != 304 else b""
        except (OSError, asyncio.IncompleteReadError):
            line = await asyncio.open_connection("127.0.0.1", self.port)
            return 0, b""
        finally:
            self.free.put_nowait(line)
        return status, answer


# --- The pair ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Comer:
    """One student of the pair: his login, his lesson and its room."""

    user_id: int
    student_id: int
    lesson_id: int
    room_id: int
    public: str
    session: str


def choose_pair(now: datetime) -> list[int]:
    """Move the busiest pair of the semester to this moment, with a room for each lesson; its lessons."""
    from django.db import connection, connections

    from attendance.services.rooms import issue_missing
    from ejournal.lib.clock import day_of
    from teaching.models import Lesson
    from university.models import Room

    with connection.cursor() as cursor:
        # Not of today: an earlier run on this database may have brought another day's pair here.
        cursor.execute(
            """
            SELECT l.date, l.pair FROM teaching_lesson l JOIN teaching_lessonworkload lw ON lw.lesson_id = l.id
            JOIN teaching_workload w ON w.id = lw.workload_id
            JOIN teaching_courseenrolment e ON e.course_id = w.course_id
            WHERE l.pair IS NOT NULL AND l.date <> %s
            GROUP BY 1, 2 HAVING count(DISTINCT e.student_id) <= %s
            ORDER BY count(DISTINCT e.student_id) DESC, 1, 2 LIMIT 1
            """,
            [day_of(now), MOST_AT_ONCE],
        )
        day, pair = cursor.fetchone()
    lessons = list(Lesson.objects.filter(date=day, pair=pair).order_by("id"))
    # Only by an approved change does a lesson move (law 2); this database is the benchmark's own.
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE teaching_lesson DISABLE TRIGGER USER")
    Lesson.objects.filter(date=day_of(now)).exclude(pk__in=[one.pk for one in lessons]).update(date=day)
    rooms = {room.code: room for room in Room.objects.all()}
    for place, lesson in enumerate(lessons):
        code = f"Б-{place:04d}"
        lesson.room = rooms.get(code) or Room.objects.create(code=code, number=code, building="Б")
        lesson.date, lesson.starts_at, lesson.ends_at = day_of(now), now, now + timedelta(minutes=80)
    Lesson.objects.bulk_update(lessons, ["room", "date", "starts_at", "ends_at"], batch_size=500)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE teaching_lesson ENABLE TRIGGER USER")
    issue_missing(rooms=Room.objects.all(), by=None, now=now)
    return [one.pk for one in lessons]


def session_of(user_id: int) -> Any:
    """A row of a login as the login page leaves it, without its password: that is not timed here."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.utils import timezone

    from accounts.models import Session, User
    from accounts.sessions import SessionStore

    user = User(pk=user_id, password="!")
    kept = {
        SESSION_KEY: str(user_id),
        BACKEND_SESSION_KEY: "accounts.backends.CredentialBackend",
        HASH_SESSION_KEY: user.get_session_auth_hash(),
    }
    key = f"bell{user_id:08d}{'x' * 20}"
    return Session(
        session_key=key,
        session_data=SessionStore().encode(kept),
        expire_date=timezone.now() + timedelta(days=1),
        user_id=user_id,
    )


def gather(lessons: list[int], *, limit: int) -> list[Comer]:
    """The students of the pair, each with a login."""
    from django.db import connection

    from accounts.models import Session

    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (s.id) s.user_id, s.id, l.id, l.room_id, c.public
            FROM teaching_lesson l JOIN teaching_lessonworkload lw ON lw.lesson_id = l.id
            JOIN teaching_workload w ON w.id = lw.workload_id
            JOIN teaching_courseenrolment e ON e.course_id = w.course_id AND e.starts_on <= l.date
             AND (e.ends_on IS NULL OR e.ends_on >= l.date)
             AND (w.subgroup_id IS NULL OR w.subgroup_id = e.subgroup_id)
            JOIN accounts_student s ON s.id = e.student_id
            JOIN attendance_roomcode c ON c.room_id = l.room_id AND c.ended_at IS NULL
            WHERE l.id = ANY (%s) ORDER BY s.id, l.id
            """,
            [lessons],
        )
        rows = cursor.fetchall()
        cursor.execute("UPDATE accounts_user SET password = '!' WHERE id = ANY (%s)", [[row[0] for row in rows]])
    random.Random(1).shuffle(rows)
    rows = rows[: limit or None]
    sessions = [session_of(row[0]) for row in rows]
    Session.objects.bulk_create(sessions, batch_size=2000, ignore_conflicts=True)
    return [Comer(*row, session.session_key) for row, session in zip(rows, sessions, strict=True)]


def empty_scans() -> None:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE attendance_scan, attendance_provenscan, attendance_refusedscan")
        cursor.execute("ANALYZE")


def scans() -> int:
    from attendance.models import Scan

    return Scan.objects.count()


# --- Scanning --------------------------------------------------------------------------------------------------------
JSON = "Accept: application/json\r\n"


class Doors:
    """The addresses that the rooms' screens show at any moment."""

    def __init__(self, comers: list[Comer]) -> None:
        from attendance.selectors.codes import codes_of_rooms
        from ejournal.lib import clock

        self.codes = codes_of_rooms({one.room_id for one in comers}, on=clock.day_of(clock.now()))
        self.now = clock.now

    def link(self, comer: Comer) -> str:
        from attendance.selectors.codes import link_of

        return link_of(self.codes[comer.room_id], now=self.now())


async def look(lines: Lines, link: str, jar: Jar) -> int:
    return (await lines.ask("GET", link, jar))[0]


async def send(lines: Lines, link: str, jar: Jar) -> str:
    extra = f"{JSON}X-CSRFToken: {jar.cookies.get('csrftoken', '')}\r\n"
    status, body = await lines.ask("POST", link, jar, extra=extra)
    return json.loads(body)["code"] if body.startswith(b"{") else str(status)


def jar_of(comer: Comer) -> Jar:
    return Jar({"sessionid": comer.session})


# --- Processor time: what a scan costs whoever else works on this machine --------------------------------------------
def _stat(pid: str) -> tuple[int, int]:
    """The parent of a process, and the ticks that it and its ended children took."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[1]), sum(int(field) for field in fields[11:15])


def ticks_under(root: int) -> int:
    """Ticks of a process and of all below it."""
    known: dict[int, tuple[int, int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            known[int(folder.name)] = _stat(folder.name)
    below, added = {root}, True
    while added:
        more = {pid for pid, (parent, _) in known.items() if parent in below} - below
        below |= more
        added = bool(more)
    return sum(known[pid][1] for pid in below if pid in known)


def postmaster() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return _stat(str(cursor.fetchone()[0]))[0]


# --- Parts -----------------------------------------------------------------------------------------------------------
def moments(count: int, seconds: int) -> list[float]:
    """When each leaves: three peaks of PEAK a second, the rest evenly between them."""
    peaks = [seconds * share for share in (0.1, 0.45, 0.75)]
    in_peaks = min(count * 3 // 4, 3 * PEAK * PEAK_SECONDS)
    each = in_peaks // 3
    due = [start + place / PEAK for start in peaks for place in range(each)]
    rest, length = count - len(due), each / PEAK
    for place in range(rest):
        moment = place * (seconds - 3 * length) / max(1, rest)
        for start in peaks:
            moment += length if moment >= start else 0.0
        due.append(moment)
    return sorted(due)


def percentiles(taken: list[float]) -> str:
    ordered = sorted(taken) or [0.0]

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000

    return f"p50 {at(0.5):.1f} ms, p95 {at(0.95):.1f} ms, p99 {at(0.99):.1f} ms, n = {len(ordered)}"


@dataclass
class Poller:
    """A page that asks by itself: every so many seconds, a screen (0) when its next step begins."""

    path: str
    jar: Jar
    every: float = 0.0

    def wait(self) -> float:
        return self.every or self.jar.next_step + random.random()


def pollers(lessons: list[int]) -> list[Poller]:
    """Rolls that teachers have open, and paired screens."""
    from django.core.signing import TimestampSigner
    from django.urls import reverse

    from accounts.models import Session, User
    from attendance.models import Display
    from attendance.services.rooms import hash_of_token
    from attendance.views.rolls import POLL_SECONDS
    from attendance.views.screens import _SALT, KEY_COOKIE
    from ejournal.lib import clock
    from teaching.models import Lesson

    now, found = clock.now(), []
    shown = list(Lesson.objects.filter(pk__in=lessons).select_related("room", "teacher").order_by("id"))
    User.objects.filter(teacher__in=[one.teacher_id for one in shown]).update(password="!")
    sessions = {one.teacher_id: session_of(one.teacher.user_id) for one in shown}
    Session.objects.bulk_create(sessions.values(), ignore_conflicts=True)
    for lesson in shown[:ROLLS]:
        jar = Jar({"sessionid": sessions[lesson.teacher_id].session_key})
        found.append(Poller(reverse("lesson_roll_now", args=[lesson.pk]), jar, POLL_SECONDS))
    tokens = {lesson.room: secrets.token_urlsafe(32) for lesson in shown[-DISPLAYS:]}
    by = User.objects.order_by("id").first()
    paired = {"code_expires_at": now, "paired_by": by, "paired_at": now, "last_seen_at": now}
    Display.objects.bulk_create(
        Display(room=room, token_hash=hash_of_token(token), **paired) for room, token in tokens.items()
    )
    for token in tokens.values():
        key = TimestampSigner(salt=f"{_SALT}.{KEY_COOKIE}").sign(token)
        found.append(Poller("/display/code/", Jar({KEY_COOKIE: key})))
    return found


async def bell(port: int, comers: list[Comer], beside: list[Poller], *, seconds: int) -> None:
    """Everybody scans: one GET and one POST each, leaving by the clock, whether earlier ones were answered or not."""
    lines, aside, doors = Lines(port), Lines(port), Doors(comers)
    await lines.open(LINES)
    await aside.open(LINES)
    looks: list[float] = []
    sends: list[float] = []
    codes: Counter[str] = Counter()
    polls: list[float] = []
    poll_answers: Counter[int] = Counter()
    ended = asyncio.Event()
    begun = 0.0

    async def come(comer: Comer, due: float) -> None:
        await asyncio.sleep(max(0.0, begun + due - time.perf_counter()))
        left, link, jar = begun + due, doors.link(comer), jar_of(comer)
        status = await look(lines, link, jar)
        seen = time.perf_counter()
        looks.append(seen - left)
        codes[await send(lines, link, jar) if status == 200 else f"GET {status}"] += 1
        sends.append(time.perf_counter() - seen)

    async def poll(one: Poller, first: float) -> None:
        await asyncio.sleep(first)
        while not ended.is_set():
            left = time.perf_counter()
            extra = f"If-None-Match: {one.jar.etag}\r\n" if one.jar.etag else ""
            status, _ = await aside.ask("GET", one.path, one.jar, extra=f"{extra}X-Background: 1\r\n")
            polls.append(time.perf_counter() - left)
            poll_answers[status] += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), one.wait())

    # Opened one after another before the bell, as teachers come.
    watching = [asyncio.create_task(poll(one, random.random() * POLLS_SPREAD)) for one in beside]
    await asyncio.sleep(POLLS_SPREAD)
    polls.clear()
    begun = time.perf_counter() + 0.5
    due = moments(len(comers), seconds)
    await asyncio.gather(*(come(one, at) for one, at in zip(comers, due, strict=True)))
    ended.set()
    await asyncio.gather(*watching)
    print(
        f"first bell: {len(comers)} students in {seconds} s, {len(beside)} polling, {len(polls) / seconds:.0f} a second"
    )
    print(f"  GET  {percentiles(looks)}")
    print(f"  POST {percentiles(sends)}")
    print(f"  poll {percentiles(polls)}, answers {dict(poll_answers)}")
    print(f"  answers {dict(codes)}, rows {scans()}")


async def sustained(port: int, comers: list[Comer], *, web: int) -> float:
    """As fast as it goes: LINES telephones at once, a GET and a POST each. Whole scans a second."""
    lines, doors = Lines(port), Doors(comers)
    await lines.open(LINES)
    waiting = iter(comers)
    codes: Counter[str] = Counter()

    async def hand() -> None:
        for comer in waiting:
            link, jar = doors.link(comer), jar_of(comer)
            await look(lines, link, jar)
            codes[await send(lines, link, jar)] += 1

    trees = {"server": web, "database": postmaster(), "generator": os.getpid()}
    before = {name: ticks_under(pid) for name, pid in trees.items()}
    begun = time.perf_counter()
    await asyncio.gather(*(hand() for _ in range(LINES)))
    rate = len(comers) / (time.perf_counter() - begun)
    taken = {name: ticks_under(pid) - before[name] for name, pid in trees.items()}
    taken["generator"] -= taken["server"]  # which it has started
    tick = 1000 / os.sysconf("SC_CLK_TCK") / len(comers)
    costs = ", ".join(f"{name} {ticks * tick:.1f} ms" for name, ticks in taken.items())
    print(f"sustained: {rate:.0f} scans a second, each with its page ({dict(codes)}, rows {scans()})")
    print(f"  processor time a scan, page and post: {costs}")
    return rate


async def repeats(port: int, comers: list[Comer]) -> None:
    """Each scan sent sixteen times at once."""
    lines, doors = Lines(port), Doors(comers)
    await lines.open(LINES)
    codes: Counter[str] = Counter()
    turns = asyncio.Semaphore(8)

    async def one(comer: Comer) -> None:
        async with turns:
            link, jar = doors.link(comer), jar_of(comer)
            await look(lines, link, jar)
            sent = [Jar(dict(jar.cookies)) for _ in range(REPEATS)]
            codes.update(await asyncio.gather(*(send(lines, link, each) for each in sent)))

    begun = time.perf_counter()
    await asyncio.gather(*(one(comer) for comer in comers))
    taken = time.perf_counter() - begun
    print(f"repeats: {len(comers)} × {REPEATS} in {taken:.1f} s, answers {dict(codes)}, rows {scans()}")


# --- What the database alone would do -------------------------------------------------------------------------------
def statements(comer: Comer) -> list[str]:
    """The statements of one scan, page and post, session and user included, as one pgbench script."""
    import psycopg
    from django.db import connection
    from django.test import Client

    seen: list[tuple[str, Any]] = []

    def keep(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append((sql, params))
        return execute(sql, params, many, context)

    link = Doors([comer]).link(comer)
    client = Client(headers={"Host": "127.0.0.1"})
    client.cookies["sessionid"] = comer.session
    with connection.execute_wrapper(keep):
        assert client.get(link).status_code == 200
        assert client.post(link).status_code == 200
    names = {
        comer.user_id: ("990000001", ":user_id"),
        str(comer.user_id): ("990000001", ":user_id"),
        comer.student_id: ("990000002", ":student_id"),
        comer.lesson_id: ("990000003", ":lesson_id"),
        comer.room_id: ("990000004", ":room_id"),
    }
    assert len(names) == 5, "a student whose ids are told apart is needed"

    def shown(value: Any) -> Any:
        if isinstance(value, UUID):
            return UUID(int=99)
        if value == comer.session:
            return "the-session"
        if value == comer.public:
            return "the-public"
        return int(names[value][0]) if isinstance(value, (int, str)) and value in names else value

    lines = ["SELECT b.* FROM (SELECT nextval('first_bell_n') AS n) s JOIN first_bell b USING (n) \\gset"]
    with psycopg.connect(_dsn()) as own:
        cursor = psycopg.ClientCursor(own)
        for sql, params in seen:
            if isinstance(params, dict):
                given: Any = {name: shown(value) for name, value in params.items()}
            else:
                given = [shown(value) for value in params or []]
            text = " ".join(cursor.mogrify(sql, given).split())
            for number, name in names.values():
                text = text.replace(number, name)
            text = text.replace(f"'{UUID(int=99).hex}'", "':nonce'").replace("the-session", ":session")
            lines.append(text.replace("the-public", ":public") + ";")
    return lines


def _dsn(role: str = "default") -> str:
    from django.db import connections

    kept = connections[role].settings_dict
    return " ".join(
        f"{name}={kept[key]}"
        for name, key in (
            ("host", "HOST"),
            ("port", "PORT"),
            ("dbname", "NAME"),
            ("user", "USER"),
            ("password", "PASSWORD"),
        )
    )


def pgbench(comers: list[Comer]) -> float:
    """The same scans by pgbench (`-M simple`): what PostgreSQL alone gives on this machine."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS first_bell")
        cursor.execute("DROP SEQUENCE IF EXISTS first_bell_n")
        cursor.execute("CREATE SEQUENCE first_bell_n")
        cursor.execute(
            "CREATE UNLOGGED TABLE first_bell (n bigint PRIMARY KEY, user_id int, student_id int, lesson_id int,"
            " room_id int, public text, session text, nonce uuid)"
        )
        cursor.executemany(
            "INSERT INTO first_bell VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (place, one.user_id, one.student_id, one.lesson_id, one.room_id, one.public, one.session, uuid4())
                for place, one in enumerate(comers, start=1)
            ],
        )
        cursor.execute("ANALYZE first_bell")
    own = next(one for one in comers if len({one.user_id, one.student_id, one.lesson_id, one.room_id}) == 4)
    empty_scans()
    script = statements(own)
    empty_scans()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scan.sql"
        path.write_text("\n".join(script) + "\n")
        kept = connections["owner"].settings_dict
        each = (len(comers) - 8) // 8
        done = subprocess.run(
            [
                *("pgbench", "-n", "-M", "simple", "-c", "8", "-j", "2", "-t", str(each), "-f", str(path)),
                *("-h", kept["HOST"], "-p", str(kept["PORT"]), "-U", kept["USER"], kept["NAME"]),
            ],
            env={**os.environ, "PGPASSWORD": kept["PASSWORD"]},
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    rate = float(found.group(1))
    print(f"pgbench -M simple: {rate:.0f} scans a second, {len(script) - 1} statements each, rows {scans()}")
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE first_bell")
        cursor.execute("DROP SEQUENCE first_bell_n")
    return rate


# --- The server -------------------------------------------------------------------------------------------------------
@contextmanager
def server(port: int, **changed: str) -> Iterator[int]:
    """Production's web server, as bin/demo starts it; its process."""
    command = [sys.executable, "-m", "granian", "--interface=wsgi", "--workers=2", "--blocking-threads=4", "--no-ws"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "--host=127.0.0.1", f"--port={port}", "ejournal.wsgi:application"],
            env={**os.environ, "DATABASE_POOL": "4", **changed},
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        try:
            asyncio.run(_wait(port))
            yield process.pid
        finally:
            process.terminate()
            process.wait(20)


async def _wait(port: int) -> None:
    for _ in range(300):
        try:
            lines = Lines(port)
            await lines.open(1)
            for _ in range(20):  # both workers have loaded what they draw
                await lines.ask("GET", "/login/", Jar())
            return
        except OSError:
            await asyncio.sleep(0.2)
    sys.exit("the server does not answer")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--seconds", type=int, default=300)
    words.add_argument("--students", type=int, default=0, help="0: all of the pair")
    words.add_argument("--port", type=int, default=8047)
    words.add_argument("--only", default="bell,repeats,sustained,redis")
    asked = words.parse_args()
    parts = asked.only.split(",")
    import django

    # The generator's loop runs in this thread; Django would take our own questions for asynchronous ones.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    django.setup()
    logging.disable(logging.INFO)
    from ejournal.lib import clock

    now = clock.now()
    lessons = choose_pair(now)
    comers = gather(lessons, limit=asked.students)
    print(f"{len(lessons)} lessons, {len(comers)} students; load average {os.getloadavg()[0]:.1f}")
    rate = 0.0
    with server(asked.port) as web:
        jobs: dict[str, Callable[[], Awaitable[Any]]] = {
            "bell": lambda: bell(asked.port, comers, pollers(lessons), seconds=asked.seconds),
            "repeats": lambda: repeats(asked.port, comers[:REPEATERS]),
            "sustained": lambda: sustained(asked.port, comers, web=web),
        }
        for name, job in jobs.items():
            if name in parts:
                empty_scans()
                rate = asyncio.run(job())  # type: ignore[arg-type]
    if "sustained" in parts:
        print(f"  {rate / pgbench(comers):.0%} of pgbench; load average {os.getloadavg()[0]:.1f}")
    if "redis" in parts:
        with server(asked.port, REDIS_URL="redis://127.0.0.1:1/0") as web:
            empty_scans()
            print("without Redis:", end=" ")
            asyncio.run(sustained(asked.port, comers[:300], web=web))


if __name__ == "__main__":
    main()
