"""The only way to a neighbor's request, an ask, a share or a video of one."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from goodfences import passes, source
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.neighbor_requests.models import (
    NeighborAsk,
    NeighborRequest,
    NeighborShare,
    NeighborVideo,
    NeighborWatch,
)
from goodfences.people.models import Account
from goodfences.redaction import actions as redaction
from goodfences.vault.seek import SeekableReader

VISIT_LASTS = timedelta(hours=2)
_SALT = "goodfences.neighbor_requests.visit"


def request(account: Account, ref: str) -> NeighborRequest:
    """The asker's own request. Raises NotFound for everyone else, of the same household too."""
    found = NeighborRequest.objects.filter(ref=ref, asker_id=account.pk).first()
    if found is None or not account.is_active:
        raise NotFound
    return found


def request_of_anyone(moderator: Account, ref: str) -> NeighborRequest:
    """A request that still asks, for moderators: any of them, reported or not. Raises NotFound for everyone else."""
    require_moderator(moderator)
    found = NeighborRequest.objects.filter(ref=ref).first()
    if found is None or not found.takes_answers(source.now()):
        raise NotFound
    return found


def require_moderator(account: Account) -> None:
    """Raises NotFound where the account isn't a moderator's."""
    if account.kind != Account.Kind.MODERATOR or not account.is_active:
        raise NotFound


def ask(account: Account, ref: str) -> NeighborAsk:
    """The owner's own ask. Raises NotFound for everyone else."""
    found = find_ask(account, ref)
    if found is None:
        raise NotFound
    return found


def find_ask(account: Account, ref: str) -> NeighborAsk | None:
    """The owner's own ask; None where the reference is none, or is somebody else's."""
    if not account.is_active:
        return None
    asks = NeighborAsk.objects.select_related("request", "owner", "household")
    return asks.filter(ref=ref, owner_id=account.pk).first()


def ask_of_link(ref: str) -> NeighborAsk:
    """The ask that a signed link names, for whoever holds that link. Raises NotFound.

    The caller has read `ref` out of the link (goodfences.mail.links); no other reference may get here.
    """
    found = NeighborAsk.objects.select_related("request", "owner").filter(ref=ref, owner__is_active=True).first()
    if found is None:
        raise NotFound
    return found


def share(account: Account, ref: str) -> NeighborShare:
    """What the account gave to a neighbor. Raises NotFound for everyone else."""
    found = NeighborShare.objects.select_related("ask__request", "ask__owner").filter(ref=ref).first()
    if found is None:
        raise NotFound
    if found.ask.owner_id != account.pk:
        raise NotFound
    if not account.is_active:
        raise NotFound
    return found


def video(account: Account, ref: str) -> NeighborVideo:
    """A video that was shared with the account, while it is there. The same NotFound for all else."""
    found = NeighborVideo.objects.select_related("share__ask__request", "copy__clip", "copy__key").filter(ref=ref)
    video = found.first()
    if video is None:
        raise NotFound
    if video.share.ask.request.asker_id != account.pk:
        raise NotFound
    if not account.is_active:
        raise NotFound
    if not is_there(video):
        raise NotFound
    return video


def is_there(video: NeighborVideo) -> bool:
    """Whether it can be watched: not ended, its day not over, and its clip where it was."""
    if video.share.ended_at is not None or video.share.expires_at <= source.now():
        return False
    return video.copy is not None and video.copy.clip.state == Clip.State.STORED


def visit(video: NeighborVideo) -> str:
    """A pass for the player of the asker, good for one video and two hours."""
    return passes.give(_SALT, video.ref, source.new_ref("neighbor_visit"), lasts=VISIT_LASTS)


def open_video(account: Account, ref: str, pass_: str) -> SeekableReader:
    """The plain bytes for a visit. Its first use is written down for who shared it (P10); the caller closes."""
    named, nonce = passes.read(_SALT, pass_)
    if named != video(account, ref).ref:
        raise NotFound
    with transaction.atomic():
        # Held, and read anew: either its owner ends it unseen, or it was watched before.
        list(NeighborShare.objects.select_for_update(no_key=True).filter(videos__ref=ref))
        found = video(account, ref)
        digest = source.token_digest(nonce)
        NeighborWatch.objects.get_or_create(video=found, visit=digest, defaults={"at": source.now()})
    assert found.copy is not None
    return redaction.open_copy(found.copy)
