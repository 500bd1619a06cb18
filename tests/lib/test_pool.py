"""Whether a pooled connection still lives, told without a question."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from ejournal.lib.postgresql.base import DatabaseWrapper, check_alive

pytestmark = pytest.mark.django_db(transaction=True)

Connection = psycopg.Connection[Any]


@pytest.fixture
def idle() -> Iterator[Connection]:
    """A connection of the web's role, as the pool keeps it."""
    made = psycopg.connect(**{**connection.get_connection_params(), "autocommit": True})
    yield made
    made.close()


def pid_of(idle: Connection) -> int:
    return idle.info.backend_pid


def test_a_living_connection_is_asked_nothing(idle: Connection) -> None:
    idle.execute("SELECT 'the last question'")
    check_alive(idle)
    with connection.cursor() as cursor:
        cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid_of(idle)])
        assert "the last question" in cursor.fetchone()[0]


def test_a_connection_that_the_server_ended_is_refused(idle: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid_of(idle)])
        assert cursor.fetchone() == (True,)
    with pytest.raises(psycopg.OperationalError):
        check_alive(idle)


def test_a_closed_connection_is_refused(idle: Connection) -> None:
    idle.close()
    with pytest.raises(psycopg.OperationalError):
        check_alive(idle)


def test_a_connection_with_something_to_say_is_asked_and_kept(idle: Connection) -> None:
    """A notice on its way is no end."""
    idle.execute("LISTEN news")
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY news")
    check_alive(idle)
    assert idle.execute("SELECT 1").fetchone() == (1,)


def test_the_pool_serves_on_after_the_server_ended_its_connections() -> None:
    """As at a restart: nobody is answered 503 by a connection that lay in the pool."""
    settings = connection.settings_dict
    pooled = DatabaseWrapper(
        {**settings, "CONN_MAX_AGE": 0, "OPTIONS": {**settings["OPTIONS"], "pool": {"min_size": 1, "max_size": 1}}},
        alias=connection.alias,
    )
    try:
        with pooled.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            first = cursor.fetchone()[0]
        pooled.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
        with pooled.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            assert cursor.fetchone()[0] != first
        pooled.close()
    finally:
        pooled.close_pool()
