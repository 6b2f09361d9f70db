"""Which of two versions is newer."""

from __future__ import annotations

import re

import goodfences


def is_outdated(version: str) -> bool:
    """Whether a hub of `version` is older than the network's own program."""
    return _numbers(version) < _numbers(goodfences.__version__)


def _numbers(version: str) -> tuple[int, ...]:
    """`0.10.2` of `0.10.2rc1`, as numbers."""
    found = re.match(r"[0-9]+(\.[0-9]+)*", version)
    return tuple(int(part) for part in found.group().split(".")) if found else ()
