"""The end of a shared video: its sealed copy is destroyed when its agency's time is over, with a signed receipt.

A video on legal hold waits. Safe to run twice and after a kill anywhere: the file goes first, and a row whose file
is gone is tried again. What an agency downloaded isn't here; of that the receipt says that it isn't reached.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from goodfences import source
from goodfences.agencies.models import Agency
from goodfences.evidence import custody, keys, layout, receipts
from goodfences.evidence.after.holding import going
from goodfences.evidence.after.locked import publish, timestamp
from goodfences.evidence.after_receipts import DELETION_FORMAT
from goodfences.evidence.models.after import DeletionRequest, LegalHold
from goodfences.evidence.models.shared_video import CustodyEvent, SharedVideo
from goodfences.evidence.owner import letters
from goodfences.evidence.owner.terms import days_kept
from goodfences.vault import blobs
from goodfences_record.canonical import canonical

WHY = {
    "retention": "The time was over for which {agency} keeps video that it was given.",
    "asked": "Its owner asked for it, and {agency} answered that it is deleted.",
}
HOW = (
    "The sealed copy that this instance kept for the agency was deleted. Copies that the agency downloaded are "
    "not reached by this; its agreement binds it to delete them too."
)


def run_due(limit: int) -> int:
    """At most `limit` videos, and as many answers that are overdue. Returns how much was done."""
    there = SharedVideo.objects.filter(destroyed_at__isnull=True, withdrawn_at=None)
    shorten(there, agency="video_request__agency", since="shared_at")
    due = list(_due()[:limit])
    done = sum(_destroy(pk) for pk in due)
    late = DeletionRequest.objects.filter(answer="", overdue_at__isnull=True, due_at__lte=source.now())
    return done + sum(_overdue(pk) for pk in late.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])


def shorten(there: QuerySet[Any], *, agency: str, since: str) -> None:
    """Who publishes a shorter time than when a video came is held to it; a longer one changes nothing.

    `agency` and `since` are the fields of these videos that say whose they are and when they came.
    """
    for one in Agency.objects.filter(pk__in=there.values(agency)).order_by("pk"):
        days = timedelta(days=days_kept(one))
        too_long = there.filter(**{agency: one, "keep_until__gt": F(since) + days})
        # Looked at first: an update waits for whoever writes, and nearly always there is nothing to shorten.
        if too_long.exists():
            too_long.update(keep_until=F(since) + days)


def _due() -> QuerySet[SharedVideo, int]:
    now = source.now()
    held = going(LegalHold).filter(video=OuterRef("pk"))
    found = SharedVideo.objects.filter(withdrawn_at__isnull=True, destroyed_at__isnull=True, keep_until__lte=now)
    return found.filter(~Exists(held)).order_by("keep_until", "pk").values_list("pk", flat=True)


@transaction.atomic
def _destroy(pk: int) -> bool:
    """One video; False where a hold or a withdrawal was faster."""
    if not SharedVideo.objects.select_for_update(no_key=True).filter(pk=pk, destroyed_at__isnull=True).exists():
        return False
    # Read after the row is locked: a hold is put on it by an act that holds the same row.
    video = SharedVideo.objects.select_related("video_request__agency").filter(pk__in=_due(), pk=pk).first()
    if video is None:
        return False
    blobs.store().delete(video.blob)
    asked = DeletionRequest.objects.filter(video=video, answer=DeletionRequest.Answer.DELETED).exists()
    why = "asked" if asked else "retention"
    video.destroyed_at, video.blob = source.now(), ""
    content = _receipt(video, why)
    video.deletion_receipt = receipts.sign(content, keys.evidence_key(), keys.voucher(), form=DELETION_FORMAT)
    video.save(update_fields=["destroyed_at", "blob", "deletion_receipt"])
    details = {"why": why, "receipt_signature": video.deletion_receipt["signature"]}
    custody.record(video, CustodyEvent.Kind.DESTROYED, details=details)
    letters.destroyed(video)
    proof = hashlib.sha256(canonical(video.deletion_receipt)).hexdigest()
    publish("request.video_deleted", video, why=why, receipt_sha256=proof)
    return True


def _receipt(video: SharedVideo, why: str) -> dict[str, Any]:
    request = video.video_request
    assert video.destroyed_at is not None
    return {
        "request": {"ref": request.ref, "agency": request.agency.name, "case_number": request.case_number},
        "video": {"ref": video.ref, "sha256": video.sha256, "size": video.size},
        "shared_at": layout.moment(video.shared_at),
        "downloaded_at": layout.moment(video.downloaded_at) if video.downloaded_at else "",
        "deleted_at": layout.moment(video.destroyed_at),
        "why": WHY[why].format(agency=request.agency.name),
        "how": HOW,
    }


@transaction.atomic
def _overdue(pk: int) -> bool:
    found = (
        DeletionRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("video__video_request__agency")
        .get(pk=pk)
    )
    if found.answer or found.overdue_at is not None:
        return False
    found.overdue_at = source.now()
    found.save(update_fields=["overdue_at"])
    publish("request.deletion_overdue", found.video, due_at=timestamp(found.due_at))
    return True
