"""Whose posts and comments somebody isn't shown, because they chose so."""

from __future__ import annotations

from django.db.models import Q

from goodfences import source
from goodfences.moderation.models import Block
from goodfences.people.models import Account


def unseen_by(account: Account) -> set[int]:
    """The accounts that it blocked or muted. What the blocked ones see never depends on it."""
    lasting = Q(ends_at__isnull=True) | Q(ends_at__gt=source.now())
    return set(Block.objects.filter(lasting, account=account).values_list("other", flat=True))
