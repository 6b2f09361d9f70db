"""What other rooms do once owners were asked by a neighbor, in the transaction that makes the asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from goodfences.neighbor_requests.models import NeighborAsk

Hook = Callable[[Sequence[NeighborAsk]], None]

_on_asked: list[Hook] = []


def on_asked(hook: Hook) -> None:
    """Call `hook(asks)` for the asks of each request. Registered in `AppConfig.ready`; twice is once."""
    if hook not in _on_asked:
        _on_asked.append(hook)


def tell_asked(asks: Sequence[NeighborAsk]) -> None:
    for hook in _on_asked:
        hook(asks)
