"""What became of a video after the share, as its owner takes it along (P12)."""

from __future__ import annotations

from typing import Any

from goodfences.agencies.models import Officer
from goodfences.evidence.models.after import DeletionRequest, HandOn, LegalHold, Question, Reuse
from goodfences.evidence.models.declined import ReuseDecline
from goodfences.evidence.models.shared_video import SharedVideo

_HAND_ON = ("to", "name", "why", "at")
_HOLD = ("ground", "begins_at", "ends_at", "lifted_at")
_QUESTION = ("text", "asked_at", "answer", "answered_at")
_REUSE = (
    *("ref", "case_number", "case_key", "reason", "salt", "proposed_at", "opened_at", "expires_at"),
    *("allowed_at", "receipt"),
)
_DELETION = ("asked_at", "due_at", "overdue_at", "answer", "why", "law", "answered_at")


def of_video(video: SharedVideo) -> dict[str, Any]:
    """Every act on it and every answer of its owner's."""
    declined = dict(ReuseDecline.objects.filter(reuse__video=video).values_list("reuse_id", "at"))
    return {
        "hand_ons": [_told(row, _HAND_ON) for row in _rows(HandOn, video)],
        "holds": [_told(row, _HOLD) for row in _rows(LegalHold, video)],
        "questions": [_told(row, _QUESTION) for row in _rows(Question, video)],
        "reuses": [_told(row, _REUSE) | {"declined_at": declined.get(row.pk)} for row in _rows(Reuse, video)],
        "deletions": [_told(row, _DELETION) for row in _rows(DeletionRequest, video)],
    }


def _rows(model: Any, video: SharedVideo) -> Any:
    return model.objects.filter(video=video).select_related("officer").order_by("pk")


def _told(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    officer: Officer | None = row.officer
    by = {"by": officer.shown_as if officer else "", "ledger_index": row.ledger_index, "told_at": row.told_at}
    return {name: getattr(row, name) for name in names} | by
