"""What a check found: how bad it is, what it saw, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """`says` names no person, token or place, so that it can be shown to whoever helps."""

    level: Level
    says: str
    mend: str = ""


Check = Callable[[], Finding]


def ok(says: str) -> Finding:
    return Finding(Level.OK, says)


def warning(says: str, mend: str) -> Finding:
    return Finding(Level.WARNING, says, mend)


def fault(says: str, mend: str) -> Finding:
    return Finding(Level.FAULT, says, mend)


def looked_at(check: Check) -> Finding:
    """What a check says. One that fails says where: not the message, which may quote a row or a password."""
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever is broken, the other checks are wanted too
        return fault(
            f"This couldn't be looked at: {type(error).__name__}.", "Mend what other checks name, then look again."
        )
