"""The commitment to what owners read of a request and the public doesn't.

The ledger's entry holds SHA-256 over the canonical JSON (RFC 8785 subset, goodfences_record.canonical) of
`details(request)`. Owners and the agency hold the details, salt included, and can show that what was asked
is what was published; nobody can guess them from the entry.
"""

from __future__ import annotations

import hashlib
from typing import Any

from goodfences.places import cell_to_hex
from goodfences.video_requests.models.request import VideoRequest
from goodfences_record.canonical import canonical


def details(request: VideoRequest) -> dict[str, Any]:
    """Case number, reason, contact, exact area and why it can't wait, with their salt; cells as H3 writes them."""
    told = {
        "area": [[cell_to_hex(low), cell_to_hex(high)] for low, high in request.ranges],
        "case_number": request.case_number,
        "contact": request.contact,
        "reason": request.reason,
        "request": request.ref,
        "salt": request.details_salt,
    }
    # Only where it is urgent: entries that were written before there was such a thing commit to details without it.
    return told | ({"urgent_reason": request.urgent_reason} if request.urgent else {})


def details_hash(request: VideoRequest) -> str:
    """Hexadecimal SHA-256 of the details, as the ledger's entry has it."""
    return hashlib.sha256(canonical(details(request))).hexdigest()
