"""Which hours of continuous video are still at home: the segments of a camera as few spans of time.

A week of segments is 150,000 rows. They are read once, in pages, so that whoever records never waits long for the
database; from then on only what was added, and when the oldest that is left begins.
"""

from __future__ import annotations

import bisect
from itertools import pairwise

from goodfences_hub.clock import Clock
from goodfences_hub.state import State

JOINED_S = 60.0
"""A hole of up to a minute is told as a gap, but doesn't end a span."""
MOST_SPANS = 100
AFRESH_S = 6 * 3600.0
"""How often all rows are read again, for what was removed out of the middle."""
PAGE = 2000

Span = tuple[float, float]
"""Seconds since 1970, UTC."""

_PAGE = """
SELECT starts_at, ends_at FROM segment WHERE camera = ? AND starts_at > ? AND starts_at < ? ORDER BY starts_at LIMIT ?
"""
_OLDEST = "SELECT MIN(starts_at) AS starts_at FROM segment WHERE camera = ?"


class Reach:
    """Of one hub."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._known: dict[str, _Spans] = {}
        self._begun = clock.monotonic()
        self._asked = 0.0

    def of(self, camera: str) -> list[Span]:
        """What is held of the camera until now, the oldest first; at most MOST_SPANS, the shortest holes closed."""
        self._forget_what_may_be_wrong()
        spans = self._known.setdefault(camera, _Spans())
        while rows := self._state.rows(_PAGE, (camera, spans.read_to, self._asked, PAGE)):
            for row in rows:
                spans.add(row["starts_at"], row["ends_at"])
        oldest = self._state.row(_OLDEST, (camera,))
        spans.begin_with(oldest["starts_at"] if oldest else None)
        return thinned(spans.until(self._asked))

    def _forget_what_may_be_wrong(self) -> None:
        """A clock that was set back records into the past, and leaves segments in the future."""
        now, since = self._clock.now().timestamp(), self._clock.monotonic() - self._begun
        if now < self._asked or since > AFRESH_S:
            self._known.clear()
            self._begun = self._clock.monotonic()
        self._asked = now


class _Spans:
    """Spans in order, those joined that are at most JOINED_S apart."""

    def __init__(self) -> None:
        self.read_to = float("-inf")
        self._spans: list[Span] = []

    def add(self, starts_at: float, ends_at: float) -> None:
        self.read_to = max(self.read_to, starts_at)
        if self._spans and self._spans[-1][0] <= starts_at <= self._spans[-1][1] + JOINED_S:
            self._spans[-1] = (self._spans[-1][0], max(self._spans[-1][1], ends_at))
        else:
            bisect.insort(self._spans, (starts_at, ends_at))

    def begin_with(self, oldest: float | None) -> None:
        """Drop what lies before the oldest segment that is left."""
        begins = float("inf") if oldest is None else oldest
        self._spans = [(max(begins, span[0]), span[1]) for span in self._spans if span[1] > begins]

    def until(self, moment: float) -> list[Span]:
        """What of them lies before it."""
        return [(begin, min(end, moment)) for begin, end in self._spans if begin < moment]


def thinned(spans: list[Span]) -> list[Span]:
    """At most MOST_SPANS of them, the shortest holes closed first."""
    if len(spans) <= MOST_SPANS:
        return spans
    holes = [after[0] - before[1] for before, after in pairwise(spans)]
    kept = sorted(sorted(range(len(holes)), key=lambda place: holes[place])[-(MOST_SPANS - 1) :])
    begins = [spans[0][0], *(spans[place + 1][0] for place in kept)]
    ends = [*(spans[place][1] for place in kept), spans[-1][1]]
    return list(zip(begins, ends, strict=True))
