"""The only way to fetch a copy for a person."""

from __future__ import annotations

from goodfences.clips import access as clips
from goodfences.errors import NotFound
from goodfences.people.models import Account
from goodfences.redaction.models import Copy


def copy(account: Account, ref: str) -> Copy:
    """A copy of a clip that `account` may see."""
    found = Copy.objects.select_related("clip", "key").filter(ref=ref).first()
    if found is None:
        raise NotFound
    clips.clip(account, found.clip.ref)
    return found
