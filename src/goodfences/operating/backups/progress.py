"""How far a backup or a restore has come, on standard error."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TextIO

_WORDS = {
    "database": "of the database",
    "files": "of sealed files",
    "checked": "checked",
    "restored": "restored",
}


class Progress:
    """Hears of bytes, and says how many there are: on a terminal in one line, elsewhere every ten seconds."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._counts: Counter[str] = Counter()
        self._terminal = self._out.isatty()
        self._said_at = time.monotonic()

    def __call__(self, what: str, size: int) -> None:
        self._counts[what] += size
        if time.monotonic() - self._said_at >= (0.5 if self._terminal else 10):
            self._say()

    def end(self) -> None:
        if self._terminal and self._counts:
            self._out.write("\r\x1b[K")

    def _say(self) -> None:
        self._said_at = time.monotonic()
        line = ", ".join(f"{megabytes(size)} {_WORDS[what]}" for what, size in self._counts.items())
        self._out.write(f"\r\x1b[K{line}" if self._terminal else f"{line}\n")
        self._out.flush()


def megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB" if size >= 10**7 else f"{size / 1e6:,.1f} MB"
