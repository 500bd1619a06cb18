"""The laws that the database keeps, tried by SQL on the web's connection: what a form would never send."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from ejournal.lib import clock
from journal.enums import Presence, Source
from journal.models import ChangeEvent, Mark
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def mark() -> Mark:
    workload = make.make_workload()
    student = make.make_student()
    make.enrol(student, workload.course)
    lesson = make.make_lesson(workload)
    return Mark.objects.create(
        lesson=lesson,
        student=student,
        workload=workload,
        presence=Presence.PRESENT,
        grade=4,
        by=lesson.teacher.user,
        at=clock.now(),
        source=Source.WEB,
        request_id=make.REQUEST_ID,
    )


def run(sql: str, *params: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


@pytest.mark.parametrize(
    "assignment",
    [
        "grade = 6",
        "grade = -1",
        "presence = 'absent'",
        "presence = NULL",
        "late_minutes = 5",
        "presence = 'ill'",
    ],
)
def test_mark_breaks_law_one(mark: Mark, assignment: str) -> None:
    with pytest.raises(IntegrityError):
        run(f"UPDATE journal_mark SET {assignment}, version = version + 1 WHERE id = %s", mark.id)


def test_change_without_rising_version_is_refused(mark: Mark) -> None:
    with pytest.raises(IntegrityError, match="version must rise"):
        run("UPDATE journal_mark SET grade = 5 WHERE id = %s", mark.id)


def test_change_leaves_its_event(mark: Mark) -> None:
    run("UPDATE journal_mark SET grade = 5, version = 2, reason = 'жаңылыш' WHERE id = %s", mark.id)
    event = ChangeEvent.objects.get()
    assert (event.entity, event.entity_id, event.version) == ("journal_mark", mark.id, 2)
    assert (event.before["grade"], event.after["grade"], event.reason) == (4, 5, "жаңылыш")


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM journal_mark",
        "DELETE FROM journal_changeevent",
        "UPDATE journal_changeevent SET reason = ''",
        "TRUNCATE journal_changeevent",
        "TRUNCATE journal_mark CASCADE",
        "ALTER TABLE journal_mark DISABLE TRIGGER ALL",
        "DROP TRIGGER journal_mark_history ON journal_mark",
        "SET session_replication_role = replica",
        "INSERT INTO journal_changeevent (entity, entity_id, version, before, at, source, request_id, reason,"
        " recorded_at, database_user) VALUES ('journal_mark', 1, 1, '{}', now(), 'web', gen_random_uuid(), '',"
        " now(), 'x')",
    ],
)
def test_web_role_cannot_touch_history(mark: Mark, sql: str) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
        run(sql)
