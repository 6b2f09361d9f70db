"""What other rooms do once a clip can be watched, in the transaction that makes it so."""

from __future__ import annotations

from collections.abc import Callable

from goodfences.clips.models import Clip

Hook = Callable[[Clip], None]

_on_checked: list[Hook] = []


def on_checked(hook: Hook) -> None:
    """Call `hook(clip)` when a clip has passed its check. Registered in `AppConfig.ready`; twice is once."""
    if hook not in _on_checked:
        _on_checked.append(hook)


def tell_checked(clip: Clip) -> None:
    for hook in _on_checked:
        hook(clip)
