"""Two real transactions against each other: threads, each with a connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """Run functions at the same time, each in a thread; give their results, or the exceptions they raised."""

    def run(*functions: Callable[[], Any]) -> list[Any]:
        results: list[Any] = [None] * len(functions)
        ready = threading.Barrier(len(functions))

        def body(position: int, function: Callable[[], Any]) -> None:
            try:
                ready.wait(timeout=10)
                results[position] = function()
            except Exception as error:
                results[position] = error
            finally:
                connections.close_all()

        threads = [threading.Thread(target=body, args=pair) for pair in enumerate(functions)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert not any(thread.is_alive() for thread in threads), "a transaction waits for ever"
        return results

    return run
