"""What an owner does about a share: give, take back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import refuse
from goodfences.evidence import custody
from goodfences.evidence.models.after import Question, Reuse
from goodfences.evidence.models.share import Share
from goodfences.evidence.models.shared_video import CustodyEvent, SharedVideo
from goodfences.evidence.owner import access, choosing, proof
from goodfences.evidence.owner.choosing import Choice
from goodfences.evidence.owner.sweeping import LATE
from goodfences.people.models import Account
from goodfences.video_requests import access as requests
from goodfences.video_requests import asks

State = Share.State


def share(
    *, account: Account, ask_ref: str, cuts: Sequence[Choice], told: Mapping[str, str], decision: str = ""
) -> Share:
    """Give what was chosen to the one request of this ask. `decision` is the owner's from home, where it was one.

    When it returns, the decision is durable: the worker cuts, seals and hands over, however often it is killed.
    Raises Refused for anything that can't be shared, for a request that has ended or was answered, and where
    the public ledger doesn't prove the request (P5); NotFound where the ask isn't the account's own.
    """
    ask = requests.ask(account, ask_ref)
    planned = choosing.planned(ask, cuts)
    added = choosing.told(dict(told))
    proof.require(ask.video_request)
    with transaction.atomic():
        asks.mark_shared(ask_ref=ask.ref)
        return Share.objects.create(ask=ask, cuts=[cut.kept() for cut in planned], told=added, decision=decision)


@transaction.atomic
def withdraw(*, account: Account, share_ref: str) -> Share:
    """Take a share back: the agency finds nothing any more, and its sealed copies are deleted.

    Twice is once. Raises Refused once the agency has downloaded any of it, NotFound.
    """
    share = _locked(access.share(account, share_ref))
    if share.state == State.WITHDRAWN:
        return share
    if share.state == State.FAILED:
        raise refuse(
            "share.failed", "share", _("This share failed, and nothing of it left. There is nothing to take back.")
        )
    videos = list(SharedVideo.objects.select_for_update(no_key=True).filter(share_ref=share.ref).order_by("pk"))
    if any(video.downloaded_at for video in videos):
        assert share.ask is not None
        name = share.ask.video_request.agency.name
        message = _("%(agency)s has downloaded it, so it can’t be taken back any more.") % {"agency": name}
        raise refuse("share.downloaded", "share", message)
    now = source.now()
    take_back(videos)
    share.due_at = now if share.state == State.READY else now + LATE
    share.state, share.withdrawn_at, share.told = State.WITHDRAWN, now, {}
    share.save(update_fields=["state", "withdrawn_at", "told", "due_at"])
    assert share.ask is not None
    asks.mark_unshared(ask_ref=share.ask.ref)
    return share


def take_back(videos: Sequence[SharedVideo]) -> None:
    """Hide videos that nobody downloaded, in the caller's transaction; their files go as soon as the worker comes."""
    for video in videos:
        # The receipt repeats what was told; that there was one stays in the custody log as its signature.
        video.withdrawn_at, video.told, video.receipt, video.credentials = source.now(), {}, {}, b""
        video.save(update_fields=["withdrawn_at", "told", "receipt", "credentials"])
        custody.record(video, CustodyEvent.Kind.WITHDRAWN)
        Question.objects.filter(video=video).delete()
        Reuse.objects.filter(video=video).delete()


def take_back_again(refs: Sequence[str]) -> int:
    """Take back videos that an older backup brought back, by their references, in the caller's transaction."""
    videos = list(
        SharedVideo.objects.select_for_update(no_key=True)
        .filter(ref__in=refs, withdrawn_at=None, downloaded_at=None)
        .order_by("pk")
    )
    take_back(videos)
    for share in Share.objects.filter(ref__in={video.share_ref for video in videos}, state=State.READY):
        if SharedVideo.objects.filter(share_ref=share.ref, withdrawn_at=None).exists():
            continue
        share.state, share.withdrawn_at, share.told, share.due_at = State.WITHDRAWN, source.now(), {}, source.now()
        share.save(update_fields=["state", "withdrawn_at", "told", "due_at"])
        if share.ask is not None:
            asks.mark_unshared(ask_ref=share.ask.ref)
    return len(videos)


def _locked(share: Share) -> Share:
    return (
        Share.objects.select_for_update(of=("self",), no_key=True)
        .select_related("ask__video_request__agency")
        .get(pk=share.pk)
    )
