"""The rules of a neighbor's own request: one data file, read into values that never change."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("rules.toml")
FARTHEST_METERS = 150
_LISTS = {"kept_days"}


@dataclass(frozen=True)
class Rules:
    """Named as in the file."""

    radius_meters: int
    window_max_minutes: int
    window_age_days: int
    open_days: int
    reason_min_characters: int
    reason_max_characters: int
    note_max_characters: int
    name_max_characters: int
    account_age_days: int
    place_age_days: int
    requests_max: int
    requests_period_days: int
    asks_max: int
    asks_period_days: int
    kept_days: tuple[int, ...]

    @property
    def window_max(self) -> timedelta:
        return timedelta(minutes=self.window_max_minutes)

    @property
    def window_age(self) -> timedelta:
        return timedelta(days=self.window_age_days)

    @property
    def open_for(self) -> timedelta:
        return timedelta(days=self.open_days)

    @property
    def requests_period(self) -> timedelta:
        return timedelta(days=self.requests_period_days)

    @property
    def asks_period(self) -> timedelta:
        return timedelta(days=self.asks_period_days)


@cache
def in_force() -> Rules:
    """The rules of this instance. Raises ValueError for a file that lacks one, or has one that makes no sense."""
    return read(FILE.read_text())


def read(text: str) -> Rules:
    """The rules that a file holds: exactly those that the program knows."""
    given = tomllib.loads(text)
    known = {field.name for field in fields(Rules)}
    if given.keys() != known:
        raise ValueError(f"The rules miss or don't know {sorted(given.keys() ^ known)}.")
    rules = Rules(**{name: _checked(name, value) for name, value in given.items()})
    if rules.radius_meters > FARTHEST_METERS:
        raise ValueError(f"A neighbor asks at most {FARTHEST_METERS} m around: more would be a search.")
    return rules


def _checked(name: str, value: Any) -> Any:
    figures = value if name in _LISTS and isinstance(value, list) else [value]
    if not figures or not all(type(figure) is int and figure > 0 for figure in figures):
        raise ValueError(f"{name} = {value!r} is no whole number above zero.")
    return tuple(figures) if name in _LISTS else value
