"""Whose posts and comments somebody isn't shown, because they chose so."""

from __future__ import annotations

from goodfences.moderation.models import Block, lasting
from goodfences.people.models import Account


def unseen_by(account: Account) -> set[int]:
    """The accounts that it blocked or muted. What the blocked ones see never depends on it."""
    return set(Block.objects.filter(lasting(), account=account).values_list("other", flat=True))
