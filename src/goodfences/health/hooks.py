"""What other rooms do once something of a household fell silent, in the transaction that makes the silence."""

from __future__ import annotations

from collections.abc import Callable

Hook = Callable[[int, str], None]

_on_silent: list[Hook] = []


def on_silent(hook: Hook) -> None:
    """Call `hook(household_id, household_ref)` for each silence that its people are told of. Twice is once."""
    if hook not in _on_silent:
        _on_silent.append(hook)


def tell_silent(household_id: int, household_ref: str) -> None:
    for hook in _on_silent:
        hook(household_id, household_ref)
