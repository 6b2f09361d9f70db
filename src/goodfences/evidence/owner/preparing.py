"""Makes what an owner shared ready for the agency: cut, seal, hand over.

A share that is `preparing` is all the state there is. Each try writes the same file names, so that a worker
that was killed anywhere leaves nothing that the next try or the sweep doesn't find. The rows that
hand the videos over are written in one transaction, which a withdrawal in between makes come to nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from goodfences import source
from goodfences.clips.cutting import CutError
from goodfences.clips.models import Clip
from goodfences.evidence import custody, keys, layout, receipts
from goodfences.evidence.models.share import Share
from goodfences.evidence.models.shared_video import CustodyEvent, SharedVideo
from goodfences.evidence.owner import sealing
from goodfences.evidence.owner.sweeping import LATE
from goodfences.redaction import making, plans
from goodfences.redaction.making import Made
from goodfences.video_requests import asks

log = logging.getLogger(__name__)

State = Share.State
MAX_ATTEMPTS = 8
FACTS = ("codec", "width", "height", "frames", "reencoded", "audio", "boxes", "areas")
"""What an agency is told of a cut. Of what is covered in it: how many boxes and areas."""
_FIRST_WAIT = timedelta(seconds=10)


@dataclass(frozen=True)
class Ready:
    """One cut that lies sealed in the vault, not yet the agency's."""

    made: Made
    blob: str


def due(limit: int) -> list[Share]:
    """Shares to prepare now, the oldest first."""
    waiting = Share.objects.filter(state=State.PREPARING, due_at__lte=source.now())
    return list(waiting.select_related("ask__video_request__agency").order_by("due_at", "pk")[:limit])


def prepare(share: Share) -> None:
    """Bring one share to `ready` or `failed`; where the trouble may pass, it stays `preparing` for a later try."""
    try:
        _hand_over(share, [_make(share, number, cut) for number, cut in enumerate(share.cuts)])
    except CutError as error:
        fail(share, str(error))
    except Exception:
        log.exception("A share could not be prepared; it is tried again later.")
        _put_off(share)


def fail(share: Share, why: str) -> None:
    """Nothing left, and the owner can choose anew. Does nothing to a share that isn't `preparing` any more."""
    with transaction.atomic():
        held = _still_preparing(share)
        if held is None:
            return
        held.state, held.failure, held.told, held.due_at = State.FAILED, why[:300], {}, source.now() + LATE
        held.save(update_fields=["state", "failure", "told", "due_at"])
        if held.ask is not None:
            asks.mark_unshared(ask_ref=held.ask.ref)


def _make(share: Share, number: int, cut: dict[str, Any]) -> Ready:
    """Cut and seal one clip. Raises CutError where that can never succeed, sandbox.Interrupted where it may."""
    assert share.ask is not None
    clip = Clip.objects.select_related("camera", "key").filter(
        ref=cut["clip"], camera__household=share.ask.household_id
    )
    found = clip.first()
    if found is None or not _is_there(found):
        raise CutError(_("The clip was deleted before it was handed over."))
    made = making.make(plans.read(found, cut))
    if cut["seen_sha256"] and cut["seen_sha256"] != made.sha256:
        raise CutError(_("What would have left is not what you were shown, so nothing left."))
    blob = share.blob_names()[number]
    sealing.store(blob, made.content, sealing.agency_key(share.ask.video_request.agency))
    return Ready(made, blob)


def _is_there(clip: Clip) -> bool:
    """Whether the clip can still be shared: stored, checked, not refused."""
    return clip.state == Clip.State.STORED and clip.checked_at is not None and not clip.refusal


def _hand_over(share: Share, made: list[Ready]) -> None:
    with transaction.atomic():
        held = _still_preparing(share)
        if held is None:
            return
        now = source.now()
        for ready in made:
            _give(held, ready, now)
        held.state = State.READY
        held.save(update_fields=["state"])


def _give(share: Share, ready: Ready, now: datetime) -> None:
    """The row that makes a cut the agency's, its consent receipt and the first event of its custody."""
    assert share.ask is not None
    request = share.ask.video_request
    made, hashes, facts = ready.made, ready.made.hashes, ready.made.facts
    video = SharedVideo(
        video_request=request,
        share_ref=share.ref,
        blob=ready.blob,
        sha256=hashes.sha256,
        size=hashes.size,
        starts_at=made.starts_at,
        ends_at=made.ends_at,
        looks_at=made.clip.camera.looks_at,
        facts={name: facts[name] for name in FACTS} | {"sha512": hashes.sha512, "crc32": hashes.crc32},
        told=share.told,
        shared_at=now,
    )
    content = _receipt(video, made.clip)
    video.receipt = receipts.sign(content, keys.evidence_key(), keys.voucher())
    video.save(force_insert=True)
    custody.record(video, CustodyEvent.Kind.SHARED, details={"receipt_signature": video.receipt["signature"]})


def _receipt(video: SharedVideo, clip: Clip) -> dict[str, Any]:
    request, facts = video.video_request, video.facts
    spoken = {"audio": facts["audio"], "told": video.told, "boxes": facts["boxes"], "areas": facts["areas"]}
    return {
        "request": {
            "ref": request.ref,
            "agency": request.agency.name,
            "case_number": request.case_number,
            "ledger_index": request.ledger_index,
        },
        "video": {
            "ref": video.ref,
            "file": layout.video_file(video.ref, video.starts_at),
            "sha256": video.sha256,
            "sha512": facts["sha512"],
            "size": video.size,
            "starts_at": layout.moment(video.starts_at),
            "ends_at": layout.moment(video.ends_at),
            "reencoded": facts["reencoded"],
            "audio": facts["audio"],
            "covered": {"boxes": facts["boxes"], "areas": facts["areas"]},
            "looks_at": video.looks_at,
        },
        "cut_from": {"sha256": clip.sha256, "sha256_as_recorded": clip.announced_sha256},
        "given": receipts.given(reencoded=facts["reencoded"], **spoken),
        "not_given": receipts.not_given(**spoken),
        "told": video.told,
        "shared_at": layout.moment(video.shared_at),
        "taking_back": receipts.UNTIL,
    }


def _put_off(share: Share) -> None:
    attempts = share.attempts + 1
    if attempts >= MAX_ATTEMPTS:
        fail(share, _("It couldn't be prepared, whatever we tried. Nothing left."))
        return
    later = source.now() + _FIRST_WAIT * 2**attempts
    Share.objects.filter(pk=share.pk, state=State.PREPARING).update(attempts=attempts, due_at=later)


def _still_preparing(share: Share) -> Share | None:
    """The share, locked, unless its owner took it back in between."""
    return (
        Share.objects.select_for_update(of=("self",), no_key=True)
        .select_related("ask__video_request__agency")
        .filter(pk=share.pk, state=State.PREPARING)
        .first()
    )
