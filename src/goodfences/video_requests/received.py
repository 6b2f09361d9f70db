"""How many videos an agency received for a request, which it knows. The room that keeps them says so."""

from __future__ import annotations

from collections.abc import Callable

_counts: list[Callable[[int], int]] = []


def count_with(count: Callable[[int], int]) -> None:
    """Have `count(video_request_id)` say how many videos the agency received (registered by their room)."""
    _counts[:] = [count]


def videos(video_request_id: int) -> int:
    return sum(count(video_request_id) for count in _counts)
