"""The consent receipt of a share with a neighbor: what was given, what was not, and until when.

Signed as those of shares with agencies are. It names neither of the two, and no place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from goodfences.evidence import keys, receipts
from goodfences.redaction.models import Copy

UNTIL = "The owner can end it at any time; its key is destroyed then."
_NEVER = [
    "a file to keep, or a link to pass on",
    "the owner's name, email address, telephone number or address",
    "where the camera stands, and which way it looks",
    "anything recorded before or after this interval, and any other clip or camera of the owner",
    "anything to an agency: that would take a share of its own",
]


def content(ref: str, copies: Sequence[Copy], *, note: str, shared_at: datetime, until: datetime) -> dict[str, Any]:
    """What the receipt says."""
    return {
        "share": ref,
        "to": "one neighbor, who asked about an incident of their own",
        "videos": [_video(copy) for copy in copies],
        "given": ["to watch what is listed here, on this instance's page"] + (["a note"] if note else []),
        "not_given": _NEVER,
        "note": note,
        "shared_at": _text(shared_at),
        "until": _text(until),
        "taking_back": UNTIL,
    }


def sign(said: Mapping[str, Any]) -> dict[str, Any]:
    return receipts.sign(said, keys.evidence_key(), keys.voucher(), form=receipts.NEIGHBOR_FORMAT)


def _video(copy: Copy) -> dict[str, Any]:
    facts = copy.facts
    return {
        "sha256": copy.sha256,
        "size": copy.size,
        "starts_at": _text(copy.starts_at),
        "ends_at": _text(copy.ends_at),
        "reencoded": facts["reencoded"],
        "audio": facts["audio"],
        "covered": {"boxes": facts["boxes"], "areas": facts["areas"]},
    }


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
