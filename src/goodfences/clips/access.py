"""The only way to fetch a clip for a person. What a member may do is the owner's choice (`cameras.rights`)."""

from __future__ import annotations

from goodfences import source
from goodfences.cameras import rights
from goodfences.cameras.rights import Rights
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.people import access as people
from goodfences.people.models import Account
from goodfences.rows import the_row


def clip(account: Account, ref: str) -> Clip:
    """A clip of the household that `account` belongs to and may watch, which was checked and is still kept."""
    return _clip_and_rights(account, ref)[0]


def own_clip(account: Account, ref: str) -> Clip:
    """A clip of the household that `account` owns."""
    people.owned_home(account)
    return clip(account, ref)


def clip_to_mark(account: Account, ref: str) -> Clip:
    """A clip that `account` may star, note and save."""
    found, may = _clip_and_rights(account, ref)
    if not may.mark:
        raise NotFound
    return found


def clip_to_download(account: Account, ref: str) -> Clip:
    """A clip whose file `account` may have."""
    found, may = _clip_and_rights(account, ref)
    if not may.download:
        raise NotFound
    return found


def clip_to_delete(account: Account, ref: str) -> Clip:
    """A clip that `account` may delete."""
    found, may = _clip_and_rights(account, ref)
    if not may.delete:
        raise NotFound
    return found


def deleted_clip(account: Account, ref: str) -> Clip:
    """A clip that was deleted a moment ago, and that `account` may take back or end for good."""
    found = _in_home(account, ref)
    if found.state != Clip.State.DELETED:
        raise NotFound
    if found.undo_until is None:
        raise NotFound
    if found.undo_until <= source.now():
        raise NotFound
    if not rights.of(account, found.camera).delete:
        raise NotFound
    return found


def rights_to(account: Account, clip: Clip) -> Rights:
    """What `account` may do with a clip that it was given."""
    return rights.of(account, clip.camera)


def _clip_and_rights(account: Account, ref: str) -> tuple[Clip, Rights]:
    found = _in_home(account, ref)
    if found.state != Clip.State.STORED:
        raise NotFound
    if found.checked_at is None:
        raise NotFound
    may = rights.of(account, found.camera)
    if not may.watch:
        raise NotFound
    return found, may


def _in_home(account: Account, ref: str) -> Clip:
    home = people.home(account)
    found = the_row(Clip.objects.select_related("camera", "key").filter(ref=ref, camera__household=home))
    if found is None:
        raise NotFound
    return found
