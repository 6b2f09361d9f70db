"""The signed receipts of what came after a share: destroyed, or allowed for another case. Knows no Django."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

DELETION_FORMAT = "goodfences-deletion-receipt/1"
HAND_IN_DELETION_FORMAT = "goodfences-hand-in-deletion-receipt/1"
REUSE_FORMAT = "goodfences-reuse-receipt/1"


def told_deletion(content: Mapping[str, Any]) -> Iterator[str]:
    """What a receipt of deletion that holds says."""
    request = content["request"]
    what = f"a video shared with {request['agency']} for case {request['case_number']}"
    return _told_destroyed(content, what, content["shared_at"])


def told_handed_in(content: Mapping[str, Any]) -> Iterator[str]:
    """What a receipt of a hand-in that holds says."""
    whole, kept = content["as_handed_in"], content["as_kept"]
    yield f"holds   It was signed for the instance whose key you gave, {content['kept_at']}."
    yield f"        Handed in for a public appeal of {content['agency']}"
    yield f"        (entry {content['appeal_entry']} of the public ledger):"
    yield f"        a file of {whole['size']} bytes, SHA-256 {whole['sha256']}"
    yield f"        kept, without metadata, as {kept['size']} bytes, SHA-256 {kept['sha256']}"
    yield from (f"        agreed to: {line}" for line in content["consent"]["words"])
    yield from (f"        told: {field}: {value}" for field, value in content["told"].items())


def told_hand_in_deletion(content: Mapping[str, Any]) -> Iterator[str]:
    """What a receipt of the deletion of a handed-in video that holds says."""
    what = f"a video handed in for a public appeal of {content['appeal']['agency']}"
    return _told_destroyed(content, what, content["kept_at"])


def _told_destroyed(content: Mapping[str, Any], what: str, since: str) -> Iterator[str]:
    video = content["video"]
    yield f"holds   It was signed for the instance whose key you gave, {content['deleted_at']}."
    yield f"        Destroyed: {what}"
    yield f"        {since}, {video['size']} bytes, SHA-256 {video['sha256']}"
    yield f"        {content['why']}"
    yield f"        {content['how']}"
    if content["downloaded_at"]:
        yield f"        The agency had downloaded it, first {content['downloaded_at']}."


def told_reuse(content: Mapping[str, Any]) -> Iterator[str]:
    """What a receipt of another case that holds says."""
    request, also = content["request"], content["also_for"]
    yield f"holds   It was signed for the instance whose key you gave, {content['allowed_at']}."
    yield f"        The video shared with {request['agency']} for case {request['case_number']},"
    yield f"        SHA-256 {content['video']['sha256']}"
    yield f"        may serve case {also['case_number']}, too (entry {also['ledger_index']} of the ledger)."
