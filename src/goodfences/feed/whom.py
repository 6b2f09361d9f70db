"""Who may write, and who isn't shown to whom: what other rooms say of it. Registered in `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Callable

from goodfences.feed.models import Post
from goodfences.people.models import Account

MayWrite = Callable[[Account, str, Post | None], None]
Unseen = Callable[[Account], set[int]]

_before_writing: list[MayWrite] = []
_unseen: list[Unseen] = []


def before_writing(check: MayWrite) -> None:
    """Call `check(account, what, post)` before anything is written; it raises Refused to stop it.

    `what` is "post", "comment" (on `post`) or "edit". Called once the words may stand, outside the act's transaction,
    so that tries count.
    """
    if check not in _before_writing:
        _before_writing.append(check)


def on_unseen(unseen: Unseen) -> None:
    """`unseen(account)` gives the ids of accounts whose posts and comments this account isn't shown."""
    if unseen not in _unseen:
        _unseen.append(unseen)


def check_may_write(account: Account, what: str, post: Post | None = None) -> None:
    for check in _before_writing:
        check(account, what, post)


def unseen_by(account: Account) -> set[int]:
    return set().union(*(unseen(account) for unseen in _unseen))
