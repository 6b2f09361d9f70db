"""What a resident takes along of asks and mutes. Both go with the account by themselves."""

from __future__ import annotations

from typing import Any

from goodfences.video_requests import queries


def export_asks(account: Any, household: Any) -> list[dict[str, Any]]:
    """Every ask of the owner and what became of it; of the request, what its public entry says."""
    return [
        {
            "ref": ask.ref,
            "state": ask.state,
            "agency": ask.video_request.agency.name,
            "case_number": ask.video_request.case_number,
            "starts_at": ask.video_request.starts_at,
            "ends_at": ask.video_request.ends_at,
            "ledger_index": ask.video_request.ledger_index,
            "created_at": ask.created_at,
            "sent_at": ask.sent_at,
            "opened_at": ask.opened_at,
            "decided_at": ask.decided_at,
            "digest_due_at": ask.digest_due_at,
            "digest": ask.digest,
            "remind_at": ask.remind_at,
        }
        for ask in queries.asks_of(account.pk)
    ]


def export_mutes(account: Any, household: Any) -> list[dict[str, Any]]:
    """Whom the owner doesn't want to hear from; `agency` None means nobody at all."""
    return [
        {"agency": mute.agency.name if mute.agency else None, "created_at": mute.created_at}
        for mute in queries.mutes_of(account.pk)
    ]
