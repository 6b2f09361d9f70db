"""How well events that a program recorded fit the walks that there were."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

LEARNS_S = 15.0
"""What a program does in a film's first seconds, in which nobody walks, isn't counted: it gets to know the place."""
BEFORE_S, AFTER_S = 1.0, 2.0
"""How far an event may miss a walk: programs tell whole seconds, and find the end of a walk late."""
LONG_S = 15.0


@dataclass(frozen=True)
class Event:
    """From the first movement that a program saw to the last, in seconds of the film."""

    starts_s: float
    ends_s: float


@dataclass(frozen=True)
class Score:
    """Of one film."""

    found: tuple[bool, ...]
    """A walk each."""
    false_alarms: int
    """Events that meet no walk; and one more for every whole 15 seconds that an event goes on without one: recording
    always would find everything."""
    recorded_s: float


def score(walks: Sequence[dict[str, Any]], events: Iterable[Event]) -> Score:
    """Compare. A walk is found if an event goes on during it."""
    seen = [event for event in events if event.ends_s > LEARNS_S]
    spans = [(walk["starts_s"] - BEFORE_S, walk["ends_s"] + AFTER_S) for walk in walks]
    return Score(
        found=tuple(any(_shared(event, span) is not None for event in seen) for span in spans),
        false_alarms=sum(_false_alarms(event, spans) for event in seen),
        recorded_s=sum(event.ends_s - event.starts_s for event in seen),
    )


def _shared(event: Event, span: tuple[float, float]) -> float | None:
    """Seconds that an event and a walk have in common; None where they don't meet."""
    seconds = min(event.ends_s, span[1]) - max(event.starts_s, span[0])
    return seconds if seconds >= 0 else None


def _false_alarms(event: Event, spans: Sequence[tuple[float, float]]) -> int:
    shared = [seconds for span in spans if (seconds := _shared(event, span)) is not None]
    alone = event.ends_s - event.starts_s - sum(shared)
    return int(not shared) + int(alone // LONG_S)
