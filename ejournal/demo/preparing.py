"""The demo: built in an empty database, kept and renewed in its own, never made in anybody else's."""

import json
import os
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import connections, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Student, Teacher, User
from accounts.rules import make_password_text
from ejournal.demo import (
    appeals,
    cast,
    closing,
    corrections,
    earlier,
    excuses,
    hours,
    rating,
    results,
    rooms,
    selfstudy,
    students,
    substitution,
)
from ejournal.demo.calendar import Calendar, calendar_around, move_book
from ejournal.demo.changes import make_changes
from ejournal.demo.growth import grow_semester, run_id
from ejournal.demo.lesson_on import keep_lesson_on, let_scans_count
from ejournal.demo.plans import make_plans
from ejournal.demo.streams import give_stream
from ejournal.demo.workbook import book_file
from ejournal.lib.clock import day_of, moment_of
from ejournal.lib.errors import Refusal
from ejournal.lib.locks import DEMO, own_named
from ejournal.loading.reading import SourceFile, read_files
from ejournal.loading.rows import Book
from ejournal.loading.services import apply_load
from journal.models import RatingComponent, RatingScheme, Scale, ScaleStep, SchemeChoice
from journal.services.seals import heads_file, seal_day
from messaging.services import notify
from teaching.models import Course, Lesson, Workload
from university.models import Group, Institution, Semester
from university.selectors import semester_on

WORKBOOK = Path(settings.BASE_DIR) / "data" / "one-institute.xlsx"
SEED = 1
EARLIER_GROUPS = 24  # so many groups have a semester behind them in the journal; the student's is among them
CLOSED_SHARE = 60  # per cent of the courses whose first module is closed by now

# Django fills these by itself, or they hold nobody's data.
_NOT_OURS = {"contenttypes", "sessions", "auth", "admin"}
# Migrations fill these: an empty database has them.
_SHIPPED = {Scale, ScaleStep, RatingScheme, RatingComponent, SchemeChoice}

Tell = Callable[[str], None]


class NotOurs(Refusal):
    """The database holds something that is no demo: it is left as it is."""

    code = "not_a_demo"


def prepare(*, now: datetime, fresh: bool, var: Path, tell: Tell = lambda _sentence: None) -> str:
    """Build the demo where nothing is, renew it where it is, refuse elsewhere; what was done, in a word.

    `fresh` empties a demo first, as the owner of the tables. `var` is the installation's folder: its
    `run/demo.json` gets the logins and the one password, which stays as long as the file does.
    """
    state = _state()
    if state == "foreign":
        raise NotOurs(
            "This database is not empty and not marked as a demo: nothing was touched. Name an empty database"
            " (DATABASE_URL, DATABASE_OWNER_URL), or unset them and let bin/demo make its own."
        )
    done = "renewed"
    if state == "demo" and fresh:
        tell("emptying the demo")
        _empty()
        state = "empty"
    if state == "demo" and not _is_finished():
        tell("the last build was cut short: emptying")
        _empty()
        state = "empty"
    password = _password(var)
    if state == "empty":
        _build(now=now, password=password, tell=tell)
        done = "built"
    else:
        _renew(now=now, password=password, tell=tell)
    _write_logins(var, password)
    return done


def _state() -> str:
    """`empty`, `demo` or `foreign`. Every table of ours counts; the institution's row is the mark."""
    institution = Institution.objects.filter(id=1).first()
    if institution is not None:
        return "demo" if institution.is_demo else "foreign"
    ours = [
        model
        for model in apps.get_models()
        if model._meta.managed and model._meta.app_label not in _NOT_OURS and model not in _SHIPPED
    ]
    return "foreign" if any(model._base_manager.using("default").exists() for model in ours) else "empty"


def _is_finished() -> bool:
    return User.objects.filter(username="admin").exists()


def empty_tables(statements: Iterable[str], *, using: str) -> None:
    """Run what empties tables though something in them is closed (law 3): the owner's right alone, and said aloud.

    The guards sleep in this transaction only, whose locks keep everybody else away from these tables.
    """
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'journal_not_emptied'")
        guarded = [table for (table,) in cursor.fetchall()]
        for table in guarded:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER journal_not_emptied")
        for statement in statements:
            cursor.execute(statement)
        for table in guarded:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER journal_not_emptied")


def _empty() -> None:
    """TRUNCATE as the owner: all rows of all our tables, only under the mark, looked at again under the lock."""
    owner = connections["owner"]
    with transaction.atomic(using="owner"):
        own_named(DEMO, using="owner")
        if not Institution.objects.using("owner").filter(id=1, is_demo=True).exists():
            raise NotOurs("This database is not marked as a demo: nothing was touched.")
        tables = [
            owner.ops.quote_name(model._meta.db_table)
            for model in apps.get_models(include_auto_created=True)
            if model._meta.managed and model._meta.app_label not in {"contenttypes", "auth"}
        ]
        empty_tables([f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"], using="owner")
        with owner.schema_editor() as editor:
            import_module("journal.migrations.0012_rating").ship(apps, editor)
    # The seals of what is gone would accuse what comes.
    heads_file().unlink(missing_ok=True)


def _build(*, now: datetime, password: str, tell: Tell) -> None:
    """Everything, step by step; the mark comes first, so that a build cut short can be emptied."""
    today = day_of(now)
    Institution.objects.create(
        id=1,
        name_ky="Б. Осмонов атындагы Жалал-Абад мамлекеттик университети",
        name_ru="Жалал-Абадский государственный университет имени Б. Осмонова",
        name_en="Jalal-Abad State University named after B. Osmonov",
        is_demo=True,
    )
    tell("reading the workbook")
    book, problems = read_files([SourceFile(name=WORKBOOK.name, content=WORKBOOK.read_bytes())])
    if problems.errors:
        raise Refusal(f"The demo's workbook has errors: {problems.errors[0]}")
    calendar = calendar_around(today, semester=min(book.semesters.rows, key=lambda row: row.starts_on))
    book = move_book(book, calendar)
    # The earlier semester comes first, so that students are in their groups from its days on.
    before = earlier.make_semester(calendar.earlier)
    tell("loading it")
    load_book(book, now=now)
    current = Semester.objects.select_related("year").get(
        year__name=calendar.current.year, number=calendar.current.number
    )
    scene = cast.find_scene(current)
    tell("the cast")
    with transaction.atomic():
        cast.name_the_cast(scene, now=now, today=today)
        give_stream(scene)
    tell("the semester before")
    earlier.make_teaching(earlier=before, current=current, groups=_groups_with_a_past(scene.group, calendar))
    _analyze()
    grow_semester(semester=before, until=min(now, _end(before)), seed=SEED, tell=tell)
    closed = earlier.close_modules(before, now=now, share=100)
    tell(f"{closed} module sheets closed")
    with transaction.atomic():
        substitution.stand_in_last_month(scene, now=now)
    tell(f"{students.make_orders(scene, current, now=now)} orders about students")
    tell("this semester")
    grow_semester(semester=current, until=now, seed=SEED, tell=tell)
    tell("plans")
    # Before modules close: what a lesson gave of its plan does not change under a closed one.
    make_plans(current, workload=scene.workload, now=now)
    closed = earlier.close_modules(current, now=now, share=CLOSED_SHARE)
    tell(f"{closed} module sheets closed")
    _analyze()
    with transaction.atomic():
        substitution.somebody_is_ill(scene, now=now)
    make_changes(scene, now=now)
    tell(f"{students.speak_of_lists(scene, now=now)} lists confirmed")
    hours.keep_department_book(scene, now=now)
    excuses.enter_excuses(scene, now=now)
    selfstudy.give_tasks(scene, now=now)
    tell(f"{results.close_session(scene, before, now=now)} final sheets closed")
    tell(f"{corrections.correct_sheets(scene, before, now=now)} corrections of them asked for")
    tell(f"{results.plan_session(current, now=now)} exams planned")
    results.give_slip(scene, now=now)
    results.hold_state_exams(scene, now=now)
    closing.leave_one_to_close(scene, now=now)
    closing.close_and_ask(scene, now=now)
    tell(f"{rating.type_points(scene, current, now=now)} columns of points typed")
    tell(f"{appeals.appeal_to_teacher(scene, now=now)} appeals")
    tell(f"{rooms.issue_codes(scene, now=now)} codes of auditoriums")
    rooms.scan_earlier(scene, now=now)
    let_scans_count(since=current.starts_on)
    cast.set_passwords(password, now=now)
    lesson = keep_lesson_on(teacher=scene.teacher, workload=scene.workload, now=now)
    rooms.scan_lesson_on(lesson, scene.workload, now=now)
    _tell_people(lesson, now=now)
    if (seal := seal_day(now=now)) is not None:
        tell(f"{seal.rows} rows sealed")


def _end(semester: Semester) -> datetime:
    """When the last change of a semester has been made."""
    return moment_of(semester.ends_on + timedelta(days=7), datetime.min.time())


def _groups_with_a_past(own: Group, calendar: Calendar) -> list[Group]:
    """The student's group and some more, none of which came only this autumn."""
    groups = Group.objects.filter(courses__isnull=False).distinct().order_by("sort_key", "id")
    if calendar.earlier.starts != calendar.current.starts:
        groups = groups.filter(intake__lt=calendar.current.starts)
    others = list(groups.exclude(pk=own.pk))
    step = max(1, len(others) // (EARLIER_GROUPS - 1))
    return [own, *others[::step][: EARLIER_GROUPS - 1]]


def _analyze() -> None:
    """The planner knows nothing of rows that are seconds old; autovacuum comes a minute later."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")


def load_book(book: Book, *, now: datetime) -> None:
    """Load it as an administrator's workbook is loaded."""
    apply_load([book_file(book, name=WORKBOOK.name)], by=None, now=now)


def _renew(*, now: datetime, password: str, tell: Tell) -> None:
    """What the days since have changed: marks that teachers would have made, a lesson that is on, the password."""
    today = day_of(now)
    current = semester_on(today)
    if current is not None:
        since = (
            Lesson.objects.filter(semester=current, request_id=run_id(current, SEED), changed_at__isnull=False)
            .order_by("-changed_at")
            .values_list("changed_at", flat=True)
            .first()
        )
        if since is not None and now - since > timedelta(minutes=30):
            grown = grow_semester(semester=current, until=now, seed=SEED, since=since, tell=tell)
            tell(f"{grown.marks} marks since {since:%Y-%m-%d %H:%M}")
        if today > current.ends_on:
            tell(f"The demo's semester ended on {current.ends_on}: bin/demo --fresh moves its calendar to today.")
    admin = User.objects.filter(username="admin").first()
    if admin is not None and not check_password(password, admin.password):
        cast.set_passwords(password, now=now)
    renew_lesson(now=now)


def renew_lesson(*, now: datetime) -> Lesson | None:
    """A lesson of `teacher` that is on; None where there is no demo."""
    institution = Institution.objects.filter(id=1, is_demo=True).exists()
    teacher = Teacher.objects.select_related("user").filter(user__username="teacher").first()
    student = Student.objects.filter(user__username="student").first()
    if not institution or teacher is None or student is None:
        return None
    # The same journal as at the build: `colleague` teaches its course, `student` is on its roll.
    workload = (
        Workload.objects.filter(
            teachers__teacher=teacher,
            course__enrolments__student=student,
            course__in=Course.objects.filter(workloads__teachers__teacher__user__username="colleague"),
        )
        .select_related("course__semester")
        .order_by("-course__semester__starts_on", "number")
        .first()
    )
    if workload is None:
        return None
    lesson = keep_lesson_on(teacher=teacher, workload=workload, now=now)
    rooms.scan_lesson_on(lesson, workload, now=now)
    return lesson


def _tell_people(lesson: Lesson, *, now: datetime) -> None:
    """Something under the bell, for the two who look first."""
    teacher = User.objects.get(username="teacher")
    student = User.objects.get(username="student")
    with translation.override(settings.LANGUAGE_CODE):
        notify(
            [teacher],
            kind="demo",
            text=_("Your lesson is on: take the roll."),
            url=f"/lessons/{lesson.id}/",
            event="demo:lesson",
            now=now,
        )
        notify(
            [teacher],
            kind="demo",
            text=_("Some lessons of last week are not filled yet."),
            url="/",
            event="demo:unfilled",
            now=now - timedelta(hours=20),
        )
        notify(
            [student],
            kind="demo",
            text=_("Welcome to your cabinet: your marks and absences are here."),
            url="/cabinet/",
            event="demo:welcome",
            now=now - timedelta(hours=3),
        )


def _password(var: Path) -> str:
    """The installation's one password: as it was written, else a new one."""
    path = var / "run" / "demo.json"
    try:
        kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        kept = {}
    password = kept.get("password")
    return password if isinstance(password, str) and password else make_password_text(secrets.choice)


def _write_logins(var: Path, password: str) -> None:
    """Who may come in: for bin/demo, which shows it, and for demo_check. Readable by the owner alone."""
    path = var / "run" / "demo.json"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name("demo.json.new")
    unfinished.unlink(missing_ok=True)
    logins = [{"username": name, "role": role, "what": what} for name, (role, what) in cast.LOGINS.items()]
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump({"password": password, "logins": logins}, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
