"""See the package. Django loads this module by its name."""

import select
from typing import Any

import psycopg
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool


def check_alive(connection: psycopg.Connection[Any]) -> None:
    """Refuse (psycopg.OperationalError) a connection whose server has gone.

    Nothing is on its way to an idle connection, unless the server ended it or has something to say: only then is it
    asked. Django's own check asks each time, which was a tenth of what a scan costs.
    """
    waiting = select.poll()
    waiting.register(connection.pgconn.socket, select.POLLIN)
    if waiting.poll(0):
        ConnectionPool.check_connection(connection)


class DatabaseWrapper(base.DatabaseWrapper):
    _connection_pools: dict[str, ConnectionPool[Any]]
    _configure_connection: Any

    @property
    def pool(self) -> ConnectionPool[Any] | None:
        """The pool of this process, None where the settings ask for none."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            made: ConnectionPool[Any] = ConnectionPool(
                kwargs={**self.get_connection_params(), "autocommit": True},
                open=False,
                configure=self._configure_connection,
                check=check_alive,
                **options,
            )
            self._connection_pools.setdefault(self.alias, made)  # the first thread's stands
        return self._connection_pools[self.alias]
