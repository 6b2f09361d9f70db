"""The time zones of the IANA database (RFC 6557), read once a process: looking them up takes 10 ms."""

from __future__ import annotations

import zoneinfo
from functools import cache


@cache
def known() -> frozenset[str]:
    """Every name that there is a zone of, old ones too."""
    return frozenset(zoneinfo.available_timezones())


@cache
def offered() -> tuple[str, ...]:
    """What people choose from: UTC, and zones named after a place in alphabetical order."""
    return ("UTC", *sorted(name for name in known() if "/" in name and not name.startswith("Etc/")))
