"""The end of a handed-in video: by its agency's published time, as a shared one's, with a signed receipt.

A video on legal hold waits. Safe to run twice and after a kill anywhere: the file goes first, and a row whose file
is gone is tried again. What its sender told goes with it; who has the link is given the receipt.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from goodfences import source
from goodfences.appeals import custody, entries
from goodfences.appeals.models import HandIn, HandInEvent, HandInHold
from goodfences.evidence import keys, layout, receipts
from goodfences.evidence.after.holding import going
from goodfences.evidence.after_receipts import HAND_IN_DELETION_FORMAT
from goodfences.evidence.retention import HOW, WHY, shorten
from goodfences.ledger import actions as ledger
from goodfences.vault import blobs
from goodfences_record.canonical import canonical


def run_due(limit: int) -> int:
    """At most `limit` videos; returns how many were destroyed."""
    there = HandIn.objects.filter(state=HandIn.State.KEPT, destroyed_at__isnull=True)
    shorten(there, agency="appeal__agency", since="kept_at")
    return sum(_destroy(pk) for pk in list(_due()[:limit]))


def _due() -> QuerySet[HandIn, int]:
    held = going(HandInHold).filter(video=OuterRef("pk"))
    found = HandIn.objects.filter(state=HandIn.State.KEPT, destroyed_at__isnull=True, keep_until__lte=source.now())
    return found.filter(~Exists(held)).order_by("keep_until", "pk").values_list("pk", flat=True)


@transaction.atomic
def _destroy(pk: int) -> bool:
    """One video; False where a hold was faster, or its sender took it back."""
    if not HandIn.objects.select_for_update(no_key=True).filter(pk=pk, state=HandIn.State.KEPT).exists():
        return False
    # Read after the row is locked: a hold is put on it by an act that holds the same row.
    video = HandIn.objects.select_related("appeal__agency").filter(pk__in=_due(), pk=pk).first()
    if video is None:
        return False
    blobs.store().delete(video.blob)
    video.destroyed_at, video.blob, video.told, video.receipt = source.now(), "", {}, {}
    receipt = receipts.sign(_receipt(video), keys.evidence_key(), keys.voucher(), form=HAND_IN_DELETION_FORMAT)
    video.deletion_receipt = receipt
    video.save(update_fields=["destroyed_at", "blob", "told", "receipt", "deletion_receipt"])
    details = {"why": "retention", "receipt_signature": receipt["signature"]}
    custody.record(video, HandInEvent.Kind.DESTROYED, details=details)
    proof = hashlib.sha256(canonical(receipt)).hexdigest()
    body = entries.after(video.appeal, why="retention", receipt_sha256=proof)
    ledger.append(kind="appeal.video_deleted", subject=entries.subject(video.appeal), body=body)
    ledger.sign_after_commit()
    return True


def _receipt(video: HandIn) -> dict[str, Any]:
    assert video.kept_at is not None
    assert video.destroyed_at is not None
    return {
        "appeal": {"ref": video.appeal.ref, "agency": video.appeal.agency.name},
        "video": {"ref": video.ref, "sha256": video.kept_sha256, "size": video.kept_size},
        "kept_at": layout.moment(video.kept_at),
        "downloaded_at": layout.moment(video.downloaded_at) if video.downloaded_at else "",
        "deleted_at": layout.moment(video.destroyed_at),
        "why": WHY["retention"].format(agency=video.appeal.agency.name),
        "how": HOW,
    }
