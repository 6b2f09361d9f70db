"""What other rooms do once mail of theirs went out, in the same transaction as the outbox's own row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

SentHook = Callable[[list[str]], None]

_on_sent: dict[str, list[SentHook]] = defaultdict(list)


def on_sent(template: str, hook: SentHook) -> None:
    """Call `hook(keys)` when messages of `template` were sent, with their `once` keys.

    A message whose fate is uncertain counts as sent. Registered in `AppConfig.ready`; twice is once.
    """
    if hook not in _on_sent[template]:
        _on_sent[template].append(hook)


def tell_sent(sent: Iterable[tuple[str, str]]) -> None:
    """Tell the rooms: `sent` holds (template, once) pairs. Called inside the outbox's transaction."""
    keys: dict[str, list[str]] = defaultdict(list)
    for template, once in sent:
        keys[template].append(once)
    for template, onces in keys.items():
        for hook in _on_sent.get(template, ()):
            hook(onces)
