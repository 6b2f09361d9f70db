"""Where a query goes: to the replica inside `reading()`, if it only reads; else to the primary."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

REPLICA = "replica"

_reading: ContextVar[bool] = ContextVar("reading", default=False)


@contextmanager
def reading() -> Iterator[None]:
    """Reads of the block go to the replica. Writes, and rows read to be changed, don't."""
    before = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(before)


class Router:
    def db_for_read(self, model: type, **hints: Any) -> str | None:
        return REPLICA if _reading.get() else None

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """They hold the same rows."""
        return True

    def allow_migrate(self, database: str, app_label: str, **hints: Any) -> bool | None:
        return False if database == REPLICA else None
