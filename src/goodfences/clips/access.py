"""The only way to fetch a clip for a person."""

from __future__ import annotations

from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.people import access as people
from goodfences.people.models import Account


def clip(account: Account, ref: str) -> Clip:
    """A clip of the household that `account` belongs to, which was checked and is still kept."""
    home = people.home(account)
    found = Clip.objects.select_related("camera", "key").filter(ref=ref, camera__household=home).first()
    if found is None:
        raise NotFound
    if found.state != Clip.State.STORED:
        raise NotFound
    if found.checked_at is None:
        raise NotFound
    return found


def own_clip(account: Account, ref: str) -> Clip:
    """A clip of the household that `account` owns, and so may delete."""
    people.owned_home(account)
    return clip(account, ref)
