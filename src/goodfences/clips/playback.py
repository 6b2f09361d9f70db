"""Opening a clip for the people of its household, by a short-lived pass that is good for one of them alone."""

from __future__ import annotations

from datetime import timedelta

from goodfences import passes
from goodfences.clips import access
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.people.models import Account
from goodfences.vault import blobs, keys
from goodfences.vault.errors import BlobMissing, KeyDestroyed
from goodfences.vault.seek import SeekableReader

PASS_LASTS = timedelta(hours=1)
"""Longer than any clip may be, so that a player isn't cut off in the middle of one."""
_SALT = "goodfences.clips.playback"


def open_clip(clip: Clip) -> SeekableReader:
    """The clip's plain bytes, unsealed chunk by chunk as they are read. The caller closes it.

    Raises NotFound where the clip has no file any more, vault.errors.Tampered where the file was changed.
    """
    return _open(clip, clip.blob)


def poster(clip: Clip) -> bytes:
    """The clip's still picture. Raises NotFound, vault.errors.Tampered."""
    with _open(clip, clip.poster_blob) as reader:
        return reader.readall()


def stills(clip: Clip) -> bytes:
    """The sheet of the clip's small stills. Raises NotFound, vault.errors.Tampered."""
    with _open(clip, clip.stills_blob) as reader:
        return reader.readall()


def pass_for(clip: Clip, account: Account) -> str:
    """What `account`'s player shows to fetch the clip, or its poster, for PASS_LASTS."""
    return passes.give(_SALT, clip.ref, account.pk, lasts=PASS_LASTS)


def clip_of_pass(pass_: str, account: Account) -> Clip:
    """The clip behind a pass, if it is this account's own, not too old, and the clip is still there to see."""
    ref, account_id = passes.read(_SALT, pass_)
    if account_id != account.pk:
        raise NotFound
    return access.clip(account, ref)


def _open(clip: Clip, blob: str) -> SeekableReader:
    if clip.key is None or not blob:
        raise NotFound
    try:
        identity = keys.identity(clip.key)
        return SeekableReader(blobs.store().open(blob), identity)
    except (KeyDestroyed, BlobMissing) as error:
        raise NotFound from error
