"""What all tests share: the owner makes the database, test bodies run on the web's connection."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import TransactionTestCase
from django.test.utils import setup_databases, teardown_databases
from hypothesis import HealthCheck, settings

BOTH = ["default", "owner"]

# No test asserts a time: neither do the drawn examples, on a machine that others use.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on the database know both roles: the owner flushes after transactional tests, the web runs the body.

    Django flushes no mirror: a test that knew the web's connection only would leave its rows behind.
    """
    for item in items:
        marks = list(item.iter_markers("django_db"))
        for mark in marks:
            mark.kwargs.setdefault("databases", BOTH)
        fixtures = set(getattr(item, "fixturenames", ()))
        if not marks and fixtures & {"db", "transactional_db", "live_server"}:
            item.add_marker(
                pytest.mark.django_db(databases=BOTH, transaction=bool(fixtures & {"transactional_db", "live_server"}))
            )


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: pytest.FixtureRequest,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """The owner makes and migrates the test database, whatever the tests name; never is it a real one.

    pytest-django makes only what the tests name. Were that the web's connection alone, its mirror would not be
    made, and the tests would run, and flush, on the database that the settings name.
    """
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        made = setup_databases(verbosity=0, interactive=False)
    names = {connections[alias].settings_dict["NAME"] for alias in BOTH}
    assert len(names) == 1, f"two databases: {names}"
    assert names.pop().startswith("test_"), "these are not the tests' databases"
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        SHIPPED.update(read_rows())
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connections["default"].close()
        wait_for_last_sessions()
        teardown_databases(made, verbosity=0)


def wait_for_last_sessions() -> None:
    """Threads that answered a browser close their connections when they see that it has gone: a little later."""
    with connections["owner"].cursor() as cursor:
        for _ in range(100):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.1)


@pytest.fixture(scope="session", autouse=True)
def _quick_flush() -> Iterator[None]:
    """After a test that committed, what has rows is emptied, row by row: TRUNCATE of a hundred tables and the types of
    content written anew took longer than most of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _self: empty_what_has_rows())
        yield


# Django's own and what never changes within a run.
NOT_EMPTIED = {"django_migrations", "django_content_type", "auth_permission"}
# What migrations ship, by table, as COPY writes it: every test begins with it, whichever came before.
SHIPPED: dict[str, bytes] = {}


def tables_with_rows(cursor: Any) -> list[str]:
    owner = connections["owner"]
    names = set(owner.introspection.django_table_names(only_existing=True, include_views=False)) - NOT_EMPTIED
    tables = sorted(owner.ops.quote_name(name) for name in names)
    cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables))
    return [name for (name,) in cursor.fetchall()]


def read_rows() -> dict[str, bytes]:
    with connections["owner"].cursor() as cursor:
        found = {}
        for name in tables_with_rows(cursor):
            with cursor.copy(f"COPY {name} TO STDOUT") as rows:
                found[name] = b"".join(rows)
        return found


def empty_what_has_rows() -> None:
    """Delete all rows as the owner, whose guards sleep meanwhile: closed sheets and history go, too. What was shipped
    comes back.

    Foreign keys are judged at the end of the transaction, so that the order is of no matter.
    """
    owner = connections["owner"]
    with owner.cursor() as cursor:
        full = sorted({*tables_with_rows(cursor), *SHIPPED})
        try:
            with transaction.atomic(using="owner"):
                for name in full:
                    cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
            with transaction.atomic(using="owner"):
                for name in full:
                    cursor.execute(f"DELETE FROM {name}")
                for name, rows in SHIPPED.items():
                    with cursor.copy(f"COPY {name} FROM STDIN") as into:
                        into.write(rows)
        finally:
            with transaction.atomic(using="owner"):
                for name in full:
                    cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")


@pytest.fixture(autouse=True)
def _no_leftover_language() -> Iterator[None]:
    """Each test begins in Kyrgyz, the house's first language."""
    from django.utils import translation

    with translation.override("ky"):
        yield


@pytest.fixture(autouse=True)
def _institution_is_read_anew() -> None:
    """What a process keeps for a minute would make a test's queries depend on the test before it."""
    from ejournal.home import context

    context._institution = (-context._INSTITUTION_SECONDS, None)


@pytest.fixture
def owner_cursor(transactional_db: None) -> Iterator[object]:
    """A cursor of the owner: for what the web may not do."""
    with connections["owner"].cursor() as cursor:
        yield cursor
