"""Acts at the same moment, each on a connection of its own, held up where they would get into each other's way."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

from django.db import connection

_WRITES = ("INSERT", "UPDATE", "DELETE")
_PATIENCE = 2.0


def at_once(*acts: Callable[[], Any], at: str = "") -> list[Any]:
    """What each act returned or raised, in order.

    Every act stops before its first statement that writes or locks (or that has `at` in it) until all of them
    have come so far: whatever one reads before, it reads before any other has changed a thing. One that never
    gets there holds the others up for two seconds.
    """
    outcomes: list[Any] = [None] * len(acts)
    meeting = Barrier(len(acts))

    def run(number: int) -> None:
        stop = _Stop(meeting, at)
        try:
            with connection.execute_wrapper(stop):
                outcomes[number] = acts[number]()
        except Exception as error:  # noqa: BLE001  # what an act raises is what it answers
            outcomes[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "Two acts wait for each other."
    return outcomes


class _Stop:
    """Waits once, before the statement where acts meet."""

    def __init__(self, meeting: Barrier, at: str) -> None:
        self._meeting, self._at, self._waited = meeting, at, False

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if not self._waited and self._is_here(sql):
            self._waited = True
            with suppress(BrokenBarrierError):
                self._meeting.wait(_PATIENCE)
        return execute(sql, *rest)

    def _is_here(self, sql: str) -> bool:
        if self._at:
            return self._at in sql
        return sql.startswith(_WRITES) or " FOR UPDATE" in sql or " FOR NO KEY UPDATE" in sql
