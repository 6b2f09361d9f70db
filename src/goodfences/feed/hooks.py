"""What other rooms do when the feed changes. Knows nobody: an agency's own posts come by here, too."""

from __future__ import annotations

from collections.abc import Callable

from goodfences.feed.models import Comment, Post

Told = Callable[[Post, Comment | None, str], None]

_on_told: list[Told] = []


def on_told(hook: Told) -> None:
    """Call `hook(post, comment, what)` for each event that others may see (`FeedEvent.What`), in its transaction.

    Registered in `AppConfig.ready`; twice is once.
    """
    if hook not in _on_told:
        _on_told.append(hook)


def tell(post: Post, comment: Comment | None, what: str) -> None:
    for hook in _on_told:
        hook(post, comment, what)
