"""Checks, before anything of an owner moves, that the request stands in the public ledger (P5)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from goodfences.errors import NotFound, refuse
from goodfences.evidence.after.asking import details_hash as reuse_hash
from goodfences.evidence.models.after import Reuse
from goodfences.ledger import keys, proofs
from goodfences.video_requests.details import details_hash
from goodfences.video_requests.models.request import VideoRequest
from goodfences_record import offline
from goodfences_record.offline import Proven

log = logging.getLogger(__name__)


class NotOnRecord(Exception):
    """The public record doesn't prove this request, or proves another one. Says why."""


@dataclass(frozen=True)
class OnRecord:
    """What a page shows of the check."""

    proven: Proven | None
    why_not: str = ""


def proven(request: VideoRequest) -> Proven:
    """The ledger entry that opened `request`, its inclusion proof and checkpoint signature checked here and now.

    The entry must be of this very request and commit to the details that the owner reads. Raises NotOnRecord.
    """
    return _proven(request, "request.opened", request.ledger_index, details_hash(request))


def _proven(request: VideoRequest, kind: str, index: int | None, details_sha256: str) -> Proven:
    if index is None:
        raise NotOnRecord(_("This request has no entry in the public ledger."))
    try:
        found = offline.verify_bundle(proofs.bundle(index), public_key=keys.public_key())
    except proofs.NotSigned as error:
        message = _("Ledger entry %(index)d isn't under a signed checkpoint yet.") % {"index": index}
        raise NotOnRecord(message) from error
    except (offline.Broken, NotFound) as error:
        log.error("Ledger entry %d can't be proven: %s", index, error)
        message = _("Ledger entry %(index)d can't be proven.") % {"index": index}
        raise NotOnRecord(message) from error
    if found.kind != kind or found.subject != f"request:{request.ref}":
        raise NotOnRecord(
            _("Ledger entry %(index)d is not the one that opened this request.") % {"index": found.index}
        )
    if not found.body or found.body.get("details_sha256") != details_sha256:
        raise NotOnRecord(
            _("Ledger entry %(index)d says otherwise than what you read here.") % {"index": found.index}
        )
    return found


def look(request: VideoRequest) -> OnRecord:
    """The same check for a page, which shows either outcome."""
    try:
        return OnRecord(proven(request))
    except NotOnRecord as error:
        return OnRecord(None, str(error))


def require(request: VideoRequest) -> Proven:
    """As `proven`. Raises Refused in words for the owner."""
    return _required(lambda: proven(request))


def require_reuse(reuse: Reuse) -> Proven:
    """The same for the entry by which an owner is asked about another case. Raises Refused."""
    request = reuse.video.video_request
    return _required(lambda: _proven(request, "request.reuse_asked", reuse.ledger_index, reuse_hash(reuse)))


def _required(check: Callable[[], Proven]) -> Proven:
    try:
        return check()
    except NotOnRecord as error:
        raise refuse(
            "ledger.proof",
            "ask",
            _(
                "The public record of this request can't be confirmed, so nothing was shared. %(why)s "
                "Your choice isn't lost: try again in a minute."
            )
            % {"why": error},
        ) from error
