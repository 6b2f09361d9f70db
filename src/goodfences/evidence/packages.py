"""Builds evidence packages out of what an agency was given."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.conf import settings
from django.urls import reverse

from goodfences import source
from goodfences.bag import Digests
from goodfences.errors import refuse
from goodfences.evidence import custody, keys, opening
from goodfences.evidence.assemble import Contents, Package, PackedVideo, assemble
from goodfences.evidence.models.shared_video import SharedVideo
from goodfences.ledger import keys as ledger_keys
from goodfences.ledger import proofs
from goodfences.video_requests.details import details
from goodfences.video_requests.models.request import VideoRequest


def build(request: VideoRequest, videos: Sequence[SharedVideo]) -> Package:
    """The package of these videos, all shared for `request`, as of now.

    Raises Refused while no checkpoint vouches for the request's ledger entry, container.TooLarge.
    """
    assert request.ledger_index is not None
    try:
        proof = proofs.bundle(request.ledger_index)
    except proofs.NotSigned as error:
        message = "The public ledger doesn't prove this request yet. Try again in a minute; nothing was downloaded."
        raise refuse("ledger.proof", "request", message) from error
    return assemble(
        Contents(
            request=request_as_json(request, proof),
            proof=proof,
            videos=[_packed(video) for video in videos],
            evidence_key=keys.evidence_key(),
            ledger_key=ledger_keys.public_key(),
            voucher=keys.voucher(),
            made_at=source.now(),
            instance=settings.INSTANCE_NAME,
            address=settings.SITE_URL + reverse("public:verify"),
        )
    )


def request_as_json(request: VideoRequest, proof: dict[str, Any]) -> dict[str, Any]:
    """request.json: what the public record says of a request, and the details that it commits to."""
    return {
        "ref": request.ref,
        "agency": request.agency.name,
        "case_number": request.case_number,
        "ledger": ledger_keys.origin(),
        "ledger_index": request.ledger_index,
        "public": proof["entry"]["body"],
        "details": details(request),
    }


def _packed(video: SharedVideo) -> PackedVideo:
    facts = video.facts
    return PackedVideo(
        ref=video.ref,
        starts_at=video.starts_at,
        digests=Digests(video.size, video.sha256, facts["sha512"]),
        crc=facts["crc32"],
        chunks=partial(opening.chunks, video),
        receipt=video.receipt,
        custody=custody.log_of(video),
    )
