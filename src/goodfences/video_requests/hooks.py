"""What other rooms do once owners were asked, in the transaction that makes the asks; no officer waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from goodfences.video_requests.models.ask import Ask

Hook = Callable[[Sequence[Ask]], None]

_on_asked: list[Hook] = []


def on_asked(hook: Hook) -> None:
    """Call `hook(asks)` for each batch of asks. Registered in `AppConfig.ready`; twice is once."""
    if hook not in _on_asked:
        _on_asked.append(hook)


def tell_asked(asks: Sequence[Ask]) -> None:
    for hook in _on_asked:
        hook(asks)
