"""The only way for an owner to a share."""

from __future__ import annotations

from goodfences.errors import NotFound
from goodfences.evidence.models.share import Share
from goodfences.evidence.models.shared_video import SharedVideo
from goodfences.people.models import Account


def share(account: Account, ref: str) -> Share:
    """The owner's own share, with its ask. Raises NotFound for everyone else."""
    found = Share.objects.select_related("ask__video_request__agency").filter(ref=ref).first()
    if found is None:
        raise NotFound
    if found.ask is None or found.ask.owner_id != account.pk:
        raise NotFound
    if not account.is_active:
        raise NotFound
    return found


def shared_video(account: Account, ref: str) -> SharedVideo:
    """A video that the owner shared, taken back or not. Raises NotFound for everyone else."""
    found = SharedVideo.objects.filter(ref=ref).first()
    if found is None:
        raise NotFound
    share(account, found.share_ref)
    return found
