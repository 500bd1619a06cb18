"""The standing cast: everybody whom trials.md names, in one small university."""

import importlib
import pkgutil
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, time, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import translation

from accounts.enums import Role
from accounts.models import User
from ejournal.jobs.models import Job, JobFile
from ejournal.lib import clock
from journal.services import record_marks
from teaching.models import Substitution
from tests import factories as make
from university.models import Institution

NOW = clock.moment_of(make.MONDAY, time(9, 0))


def row_modules() -> list[ModuleType]:
    """The modules of this folder that have rows of the matrix, by name."""
    names = sorted(
        name for _, name, _ in pkgutil.iter_modules([str(Path(__file__).parent)]) if name.startswith("rows_")
    )
    return [importlib.import_module(f"tests.permissions.{name}") for name in names]


class Cast:
    """`people` by the names of the matrix's columns; the objects that its rows are about."""

    def __init__(self) -> None:
        Institution.objects.create(id=1, name_ky="Сыноо университети")
        unit, elsewhere = make.make_unit("Биринчи институт"), make.make_unit("Экинчи институт")
        department, far = make.make_department(unit), make.make_department(elsewhere, "Тарых кафедрасы")
        self.group = make.make_group(unit, "ФИЗ-11")
        self.course = make.make_course(group=self.group, department=department)
        teacher = make.make_teacher("teacher", department=department)
        self.journal = make.make_workload(course=self.course, teacher=teacher)
        colleague = make.make_teacher("colleague", department=department, last_name="Касымов")
        make.make_workload(course=self.course, teacher=colleague)
        other = make.make_teacher("other", department=far, last_name="Токтогулов")
        foreign_course = make.make_course(group=make.make_group(elsewhere, "ТАР-11"), department=far)
        self.foreign_journal = make.make_workload(course=foreign_course, teacher=other)
        self.student = make.make_student("student", group=self.group)
        self.fellow = make.make_student("fellow", group=self.group, first_name="Нурай")
        stranger = make.make_student("stranger", group=foreign_course.group, first_name="Жанара")
        for student in (self.student, self.fellow):
            make.enrol(student, self.course)
        make.enrol(stranger, foreign_course)
        self.lesson = make.make_lesson(self.journal)
        record_marks(
            journal_id=self.journal.id,
            raw_marks=[{"lesson": self.lesson.id, "student": self.student.id, "version": 0, "value": "5"}],
            by=teacher.user,
            now=NOW,
        )
        substitute = make.make_teacher("substitute", department=far, last_name="Эсенов")
        Substitution.objects.create(
            lesson=self.lesson, substitute=substitute, reason="ооруп калды", named_by=teacher.user, named_at=NOW
        )
        self.people: dict[str, User | None] = {
            "anon": None,
            "student": self.student.user,
            "fellow": self.fellow.user,
            "stranger": stranger.user,
            "parent": make.make_guardian(self.student, "parent"),
            "curator": self._appointed("curator", Role.CURATOR, group=self.group),
            "teacher": teacher.user,
            "colleague": colleague.user,
            "other": other.user,
            "substitute": substitute.user,
            "head": self._appointed("head", Role.HEAD, department=department),
            "far_head": self._appointed("far_head", Role.HEAD, department=far),
            "office": self._appointed("office", Role.DEANS_OFFICE, unit=unit),
            "dean": self._appointed("dean", Role.DEAN, unit=unit),
            "far_dean": self._appointed("far_dean", Role.DEAN, unit=elsewhere),
            "study": self._appointed("study", Role.STUDY_OFFICE),
            "leadership": self._appointed("leadership", Role.LEADERSHIP),
            "admin": self._appointed("admin", Role.ADMINISTRATOR),
            "moderator": self._appointed("moderator", Role.MODERATOR),
            "nobody": make.make_user("nobody", last_name="Белгисиз"),
            # Rights end by themselves: these had them until yesterday.
            "past_dean": self._past("past_dean", Role.DEAN, unit=unit),
            "past_admin": self._past("past_admin", Role.ADMINISTRATOR),
        }

        self._ask_for_a_job()

    def _ask_for_a_job(self) -> None:
        study = self.people["study"]
        assert study is not None
        path = Path(settings.MEDIA_ROOT) / "jobs" / "matrix.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("отчёт")
        self.job = Job.objects.create(
            kind="matrix", state="done", progress=100, asked_by=study, asked_at=NOW, request_id=make.REQUEST_ID
        )
        self.load = Job.objects.create(
            kind="load_check",
            state="refused",
            asked={"folder": "0" * 32, "names": ["окуу.xlsx"], "sha256": "0" * 64},
            asked_by=self.people["admin"],
            asked_at=NOW,
            request_id=make.REQUEST_ID,
        )
        self.job_file = JobFile.objects.create(
            job=self.job,
            name="matrix.txt",
            path="jobs/matrix.txt",
            content_type="text/plain",
            size=10,
            sha256="0" * 64,
            made_at=NOW,
        )

    @staticmethod
    def _appointed(username: str, role: Role, **scope: object) -> User:
        user = make.make_user(username, last_name="Кызматкер")
        make.appoint(user, role, **scope)
        return user

    @classmethod
    def _past(cls, username: str, role: Role, **scope: object) -> User:
        user = cls._appointed(username, role, **scope)
        appointment = user.appointments.get()
        appointment.starts_on = date(2026, 1, 1)
        appointment.ends_on = make.MONDAY - timedelta(days=1)
        appointment.save()
        return user


@pytest.fixture(scope="module")
def standing_cast(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cast]:
    """One for all rows of a module, in a transaction around those of the tests: to make it takes longer than to ask."""
    with (
        django_db_blocker.unblock(),
        pytest.MonkeyPatch.context() as patch,
        translation.override("ky"),
        transaction.atomic(),
    ):
        patch.setattr(clock, "now", lambda: NOW)
        made = Cast()
        for module in row_modules():
            if hasattr(module, "extend"):
                module.extend(made)
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def cast(standing_cast: Cast, db: None, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Everybody, as the standing cast is: what a test changes in the database ends with it, objects are its own."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return deepcopy(standing_cast)
