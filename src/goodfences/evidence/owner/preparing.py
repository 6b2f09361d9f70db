"""Makes what an owner shared ready for the agency: cut, seal, hand over.

A share that is `preparing` is all the state there is. Each try writes the same file names, so that a worker
that was killed anywhere leaves nothing that the next try or the sweep doesn't find. The rows that
hand the videos over are written in one transaction, which a withdrawal in between makes come to nothing.
"""

from __future__ import annotations

import logging
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from goodfences import source
from goodfences.clips.arriving import Arriving, InMemory
from goodfences.clips.cutting import CutError
from goodfences.clips.models import Clip
from goodfences.evidence import agency_keys, clocks, credentials, custody, keys, layout, receipts
from goodfences.evidence.models.share import Share
from goodfences.evidence.models.shared_video import CustodyEvent, OwnKey, SharedVideo
from goodfences.evidence.owner import sealing
from goodfences.evidence.owner.sweeping import LATE
from goodfences.evidence.owner.terms import days_kept
from goodfences.redaction import making, plans
from goodfences.redaction.making import Hashes, Made
from goodfences.video_requests import asks
from goodfences.work.taking import take_one, worn_off

log = logging.getLogger(__name__)

State = Share.State
MAX_ATTEMPTS = 8
FACTS = ("codec", "width", "height", "frames", "reencoded", "audio", "boxes", "areas")
"""What an agency is told of a cut. Of what is covered in it: how many boxes and areas."""
_FIRST_WAIT = timedelta(seconds=10)
_TO_SEAL = 60
_LONGEST_WAIT = timedelta(hours=12)
"""No share is claimed, or put off, for longer."""


@dataclass(frozen=True)
class Ready:
    """One cut that is being sealed into the vault, not yet the agency's."""

    made: Made
    blob: str
    own_key: OwnKey | None
    """Where it is sealed to the agency's own key."""
    sealing: Future[Hashes | None]
    """Ends once it lies there, durably, with the sealed file's hashes where it is the agency's own key."""


def claim() -> Share | None:
    """The share that waits longest, so that no other worker takes it up before this one must be done with it."""
    now = source.now()
    waiting = Share.objects.filter(worn_off("due_at", now, _LONGEST_WAIT), state=State.PREPARING)
    return take_one(
        waiting.select_related("ask__video_request__agency").order_by("due_at", "pk"),
        lambda share: {"due_at": now + _patience(share)},
    )


def _patience(share: Share) -> timedelta:
    """How long preparing it may take: its file is another one with each try, and two must not be written at once."""
    cuts = ((cut["starts_ms"], cut["ends_ms"], cut["exact"]) for cut in share.cuts)
    cpu_s = sum(making.cpu_seconds(starts, ends, exact=exact) for starts, ends, exact in cuts)
    return timedelta(seconds=making.WAIT_A_CPU_SECOND * cpu_s + _TO_SEAL)


def prepare(share: Share) -> None:
    """Bring one share to `ready` or `failed`; where the trouble may pass, it stays `preparing` for a later try."""
    try:
        # One is sealed while it is cut, or the next one, or while credentials are made: each takes as long.
        with ThreadPoolExecutor(1) as beside:
            made = [_make(share, number, cut, beside) for number, cut in enumerate(share.cuts)]
            now = source.now()
            drafted = [_drafted(share, ready, now) for ready in made]
        _hand_over(share, drafted)
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


def _make(share: Share, number: int, cut: dict[str, Any], beside: Executor) -> Ready:
    """Cut one clip, and seal what comes of it while it comes.

    Raises CutError where that can never succeed, sandbox.Interrupted where it may another time.
    """
    assert share.ask is not None
    clip = Clip.objects.select_related("camera", "key").filter(
        ref=cut["clip"], camera__household=share.ask.household_id
    )
    found = clip.first()
    if found is None or not _is_there(found):
        raise CutError(_("The clip was deleted before it was handed over."))
    blob = share.blob_names()[number]
    agency = share.ask.video_request.agency
    own = agency_keys.in_force(agency)
    key = own or sealing.agency_key(agency)
    with Arriving() as arriving:
        sealed = beside.submit(sealing.store, blob, arriving.to_keep(), key)
        made = making.make(plans.read(found, cut), arriving, seen_sha256=cut["seen_sha256"])
    return Ready(made, blob, own, sealed)


def _is_there(clip: Clip) -> bool:
    """Whether the clip can still be shared: stored, checked, not refused."""
    return clip.state == Clip.State.STORED and clip.checked_at is not None and not clip.refusal


def _hand_over(share: Share, videos: list[SharedVideo]) -> None:
    with transaction.atomic():
        held = _still_preparing(share)
        if held is None:
            return
        for video in videos:
            video.save(force_insert=True)
            signature = {"receipt_signature": video.receipt["signature"]}
            custody.record(video, CustodyEvent.Kind.SHARED, details=signature)
        held.state = State.READY
        held.save(update_fields=["state"])


def _drafted(share: Share, ready: Ready, now: datetime) -> SharedVideo:
    """The row that will make a cut the agency's, with its consent receipt and content credentials.

    Made before the transaction that keeps it: credentials hash all of the video, and nobody's writing waits for that.
    """
    assert share.ask is not None
    request = share.ask.video_request
    made, hashes, facts = ready.made, ready.made.hashes, ready.made.facts
    video = SharedVideo(
        video_request=request,
        share_ref=share.ref,
        blob=ready.blob,
        own_key=ready.own_key,
        sha256=hashes.sha256,
        size=hashes.size,
        starts_at=made.starts_at,
        ends_at=made.ends_at,
        looks_at=made.clip.camera.looks_at,
        facts={name: facts[name] for name in FACTS} | {"sha512": hashes.sha512, "crc32": hashes.crc32},
        told=share.told,
        shared_at=now,
        keep_until=now + timedelta(days=days_kept(request.agency)),
    )
    content = _receipt(video, made.clip)
    video.receipt = receipts.sign(content, keys.evidence_key(), keys.voucher())
    video.credentials = credentials.sign(
        InMemory(made.content), video.receipt, keys.evidence_key(), keys.certificates()
    )
    if (sealed := ready.sealing.result()) is not None:
        video.facts["sealed"] = asdict(sealed)
    return video


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
        "device": {name: facts[name] for name in ("codec", "width", "height", "frames")},
        "clock": clocks.told(clip.clock_off_ms),
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
