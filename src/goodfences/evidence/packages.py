"""Builds evidence packages out of what an agency was given."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse

from goodfences import source
from goodfences.bag import Digests
from goodfences.errors import refuse
from goodfences.evidence import custody, keys, opening
from goodfences.evidence.assemble import Contents, Package, PackedVideo, Prepared, assemble, prepare
from goodfences.evidence.models.shared_video import SharedVideo
from goodfences.evidence.stamps import Away, Server
from goodfences.ledger import keys as ledger_keys
from goodfences.ledger import proofs
from goodfences.video_requests.details import details
from goodfences.video_requests.models.request import VideoRequest

log = logging.getLogger(__name__)


def prepared(request: VideoRequest, videos: Sequence[SharedVideo]) -> Prepared:
    """The package of these videos, all shared for `request`, as of now; signed, and without its time stamp.

    Raises Refused while no checkpoint vouches for the request's ledger entry, container.TooLarge.
    """
    assert request.ledger_index is not None
    try:
        proof = proofs.bundle(request.ledger_index)
    except proofs.NotSigned as error:
        message = "The public ledger doesn't prove this request yet. Try again in a minute; nothing was downloaded."
        raise refuse("ledger.proof", "request", message) from error
    contents = Contents(
        request=request_as_json(request, proof),
        proof=proof,
        videos=[_packed(video) for video in videos],
        evidence_key=keys.evidence_key(),
        ledger_key=ledger_keys.public_key(),
        voucher=keys.voucher(),
        made_at=source.now(),
        instance=settings.INSTANCE_NAME,
        address=settings.SITE_URL + reverse("public:verify"),
        certificates=keys.certificates(),
        stamper=_stamper(settings.TSA_URL, settings.TSA_CA),
    )
    return prepare(contents)


def build(package: Prepared) -> Package:
    """The package, with a time stamp where the instance has a server for them and it answers. No transaction may be
    open: another machine is asked, and nobody's writing should wait for that."""
    try:
        return package.finish()
    except Away as error:
        # Whether there is a stamp stands in signed parts of it, so that it is made anew without.
        log.warning("A package was made without a time stamp: %s", error)
        return assemble(replace(package.contents, stamper=None))


@lru_cache(maxsize=1)
def _stamper(url: str, authority: str) -> Server | None:
    return Server(url, Path(authority).read_bytes()) if url else None


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
    facts: dict[str, Any] = {"size": video.size, "sha256": video.sha256, **video.facts}
    sealed = video.own_key_id is not None
    packed = facts["sealed"] if sealed else facts
    return PackedVideo(
        ref=video.ref,
        starts_at=video.starts_at,
        digests=Digests(packed["size"], packed["sha256"], packed["sha512"]),
        crc=packed["crc32"],
        chunks=partial(opening.sealed_chunks if sealed else opening.chunks, video),
        sealed=sealed,
        receipt=video.receipt,
        custody=custody.log_of(video),
        credentials=bytes(video.credentials),
    )
