"""Who listens to what, and one reader of the database for all of them. Everything here runs in one event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import close_old_connections

from goodfences.feed import events, live
from goodfences.feed.live import Change, Scope

logger = logging.getLogger("goodfences.live")

LOOKS_EVERY = 0.5
MOST_WAITING = 100
"""Changes that wait for one slow line; beyond that its page is told to fetch itself anew."""
_T = TypeVar("_T")
# The database is read here, by few threads, however many pages listen.
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live")


async def in_thread(function: Callable[..., _T], *arguments: Any) -> _T:
    """Call a function that asks the database."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _fresh, function, *arguments)


def _fresh(function: Callable[..., _T], *arguments: Any) -> _T:
    close_old_connections()
    try:
        return function(*arguments)
    finally:
        close_old_connections()


class Listener:
    """One open page: what waits to be sent to it."""

    __slots__ = ("is_full", "waiting", "wake")

    def __init__(self) -> None:
        self.waiting: list[Change] = []
        self.is_full = False
        self.wake = asyncio.Event()

    def tell(self, change: Change) -> None:
        if len(self.waiting) >= MOST_WAITING:
            self.waiting.clear()
            self.is_full = True
        if not self.is_full:
            self.waiting.append(change)
        self.wake.set()

    def take(self) -> list[Change]:
        taken, self.waiting = self.waiting, []
        self.wake.clear()
        return taken


class Board:
    """Reads what changed, once for all, as long as anybody listens."""

    def __init__(self) -> None:
        self._listeners: dict[Scope, set[Listener]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self.number = 0
        """Up to which everything has been told."""

    async def join(self, scope: Scope) -> tuple[Listener, int]:
        """Listen from now on; and the number up to which the page must be told what it missed.

        Nothing lies between the two: both are taken in one step of the event loop.
        """
        async with self._starting:
            if self._reading is None or self._reading.done():
                self.number = await in_thread(events.last_number)
                self._reading = asyncio.create_task(self._read())
        listener = Listener()
        self._listeners.setdefault(scope, set()).add(listener)
        return listener, self.number

    def leave(self, scope: Scope, listener: Listener) -> None:
        others = self._listeners.get(scope, set())
        others.discard(listener)
        if not others:
            self._listeners.pop(scope, None)

    async def _read(self) -> None:
        while self._listeners or self._starting.locked():
            try:
                found = await in_thread(live.after, self.number)
            except Exception as error:  # noqa: BLE001 - a database that is away for a moment ends no page's stream
                logger.error("feed: %s", type(error).__name__)
                found = []
            for change in found:
                self._tell(change)
                self.number = change.number
            if len(found) < live.MOST:
                await asyncio.sleep(LOOKS_EVERY)

    def _tell(self, change: Change) -> None:
        for scope, listeners in self._listeners.items():
            if scope.has(change):
                for listener in listeners:
                    listener.tell(change)
