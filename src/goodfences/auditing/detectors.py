"""The detectors: each a pure function of what the agency itself knows, which says what it saw, or nothing.

They know requests, officers and when which of them opened video of which request. No camera, clip, owner or answer
reaches them, so nothing they say tells of one (P2).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from pathlib import Path

from goodfences import places
from goodfences.places import Ranges

FILE = Path(__file__).with_name("detectors.toml")


@dataclass(frozen=True)
class Asked:
    """One request as its agency knows it. `submitted_at` is on the agency's clock."""

    ref: str
    officer: str
    case_number: str
    case_key: str
    incident_type: str
    ranges: Ranges
    square_miles: float
    submitted_at: datetime

    @cached_property
    def cells(self) -> frozenset[int]:
        return frozenset(places.cells_of(self.ranges))

    def shares(self, other: Asked) -> float:
        """How much of the smaller of both areas lies in the other, from 0 to 1."""
        smaller = min(len(self.cells), len(other.cells))
        return len(self.cells & other.cells) / smaller if smaller else 0.0


@dataclass(frozen=True)
class Watched:
    """That an officer opens video of a request, with every earlier time that this one did. On the agency's clock."""

    at: datetime
    earlier: Sequence[datetime]
    had_to_do: bool
    """Whether the officer asked for it, or opened the request as the second one."""
    ended_at: datetime | None
    """When the request ended, if it has."""


@dataclass(frozen=True)
class Detector:
    """One of detectors.toml: its words for people, and its figures."""

    name: str
    title: str
    why: str
    figures: Mapping[str, float]

    def look(self, asked: Asked, earlier: Sequence[Asked], home: int | None) -> str:
        """What it saw in this request, beside the agency's earlier ones and its officer's home; empty for nothing."""
        seen = _OF_REQUESTS.get(self.name)
        return seen(asked, earlier, home, self.figures) if seen else ""

    def look_at_view(self, watched: Watched) -> str:
        """What it saw in how this officer opens video of a request; empty for nothing."""
        seen = _OF_VIEWS.get(self.name)
        return seen(watched, self.figures) if seen else ""


def _own_neighborhood(asked: Asked, earlier: Sequence[Asked], home: int | None, figures: Mapping[str, float]) -> str:
    if home is None or not places.overlaps(asked.ranges, home):
        return ""
    return "The area touches the neighborhood that the officer named as their own."


def _repeated_area(asked: Asked, earlier: Sequence[Asked], home: int | None, figures: Mapping[str, float]) -> str:
    there = [
        one
        for one in _since(asked, earlier, figures)
        if one.case_key != asked.case_key and one.shares(asked) >= figures["overlap"]
    ]
    cases = {one.case_key: one.case_number for one in there}
    if len(cases) + 1 < figures["requests"]:
        return ""
    named = ", ".join(sorted(cases.values())[:5])
    return f"{len(cases)} other cases in {figures['days']:g} days asked about much of this area: {named}."


def _same_small_area(asked: Asked, earlier: Sequence[Asked], home: int | None, figures: Mapping[str, float]) -> str:
    if asked.square_miles > figures["square_miles"]:
        return ""
    again = [
        one
        for one in _since(asked, earlier, figures)
        if one.officer == asked.officer
        and one.square_miles <= figures["square_miles"]
        and one.shares(asked) >= figures["overlap"]
    ]
    if len(again) + 1 < figures["requests"]:
        return ""
    named = ", ".join(sorted({one.case_number for one in again})[:5])
    return f"The same officer asked about this small area before, within {figures['days']:g} days: {named}."


def _odd_hour(asked: Asked, earlier: Sequence[Asked], home: int | None, figures: Mapping[str, float]) -> str:
    at_night = figures["from_hour"] <= asked.submitted_at.hour < figures["until_hour"]
    if not at_night or asked.square_miles > figures["square_miles"]:
        return ""
    return f"It was submitted at {asked.submitted_at:%H:%M}, about an area of {asked.square_miles:.3g} square miles."


def _case_reused(asked: Asked, earlier: Sequence[Asked], home: int | None, figures: Mapping[str, float]) -> str:
    same = [one for one in _since(asked, earlier, figures) if asked.case_key and one.case_key == asked.case_key]
    kinds = {one.incident_type for one in same if one.incident_type != asked.incident_type}
    elsewhere = [one for one in same if one.shares(asked) == 0.0]
    if not kinds and not elsewhere:
        return ""
    seen = []
    if kinds:
        seen.append("another kind of incident")
    if elsewhere:
        seen.append("a place that shares nothing with this one")
    return f"An earlier request under case {asked.case_number} was about {' and '.join(seen)}."


def _viewed_again(watched: Watched, figures: Mapping[str, float]) -> str:
    begin = watched.at - timedelta(days=figures["days"])
    on = {one.date() for one in (*watched.earlier, watched.at) if begin <= one <= watched.at}
    if len(on) < figures["different_days"]:
        return ""
    return f"The officer opened video of this request on {len(on)} different days within {figures['days']:g} days."


def _viewed_late(watched: Watched, figures: Mapping[str, float]) -> str:
    if watched.had_to_do or watched.ended_at is None:
        return ""
    after = watched.at - watched.ended_at
    if after < timedelta(days=figures["after_days"]):
        return ""
    return f"The officer neither asked for it nor opened the request, which had ended {after.days} days before."


def _since(asked: Asked, earlier: Sequence[Asked], figures: Mapping[str, float]) -> list[Asked]:
    begin = asked.submitted_at - timedelta(days=figures["days"])
    return [one for one in earlier if one.ref != asked.ref and begin <= one.submitted_at <= asked.submitted_at]


_OF_REQUESTS: Mapping[str, Callable[[Asked, Sequence[Asked], int | None, Mapping[str, float]], str]] = {
    "own_neighborhood": _own_neighborhood,
    "repeated_area": _repeated_area,
    "same_small_area": _same_small_area,
    "odd_hour": _odd_hour,
    "case_reused": _case_reused,
}
_OF_VIEWS: Mapping[str, Callable[[Watched, Mapping[str, float]], str]] = {
    "viewed_again": _viewed_again,
    "viewed_late": _viewed_late,
}


@cache
def detectors() -> tuple[Detector, ...]:
    """All of them, in the order of the file. Raises ValueError where file and code don't name the same ones."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    coded = _OF_REQUESTS.keys() | _OF_VIEWS.keys()
    if tables.keys() != coded:
        raise ValueError(f"detectors.toml and the code differ in {sorted(tables.keys() ^ coded)}")
    return tuple(
        Detector(
            name=name,
            title=table["title"],
            why=table["why"],
            figures={key: float(value) for key, value in table.items() if key not in ("title", "why")},
        )
        for name, table in tables.items()
    )


def detector(name: str) -> Detector:
    """One by its name. Raises StopIteration for one that is no more."""
    return next(one for one in detectors() if one.name == name)


def furthest_back(*, of_views: bool = False) -> timedelta:
    """How far back any of them compares requests, or views of video."""
    names = _OF_VIEWS if of_views else _OF_REQUESTS
    return timedelta(days=max(one.figures.get("days", 0) for one in detectors() if one.name in names))
