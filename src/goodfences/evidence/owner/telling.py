"""Brings an agency's acts on a video to its owner, once the public record has them (P5).

No officer waits for it, and it is done for every act alike, whether an owner is still there or not (P2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models, transaction

from goodfences import source
from goodfences.evidence.models.after import DeletionRequest, HandOn, LegalHold, Question, Reuse
from goodfences.evidence.owner import letters
from goodfences.ledger import queries as ledger
from goodfences.video_requests.models.ask import Ask

_ACTS: tuple[tuple[type[models.Model], Callable[[Ask, Any], None]], ...] = (
    (HandOn, letters.handed_on),
    (LegalHold, letters.held),
    (DeletionRequest, letters.answered),
    (Question, letters.question),
    (Reuse, letters.reuse),
)


def tell_due(limit: int) -> int:
    """At most `limit` of each kind. Returns how many there were."""
    signed, done = ledger.signed_size(), 0
    for model, letter in _ACTS:
        untold = model._default_manager.filter(told_at__isnull=True, ledger_index__lt=signed)
        for pk in list(untold.order_by("ledger_index").values_list("pk", flat=True)[:limit]):
            _tell(model, letter, pk)
            done += 1
    return done


@transaction.atomic
def _tell(model: type[models.Model], letter: Callable[[Ask, Any], None], pk: int) -> None:
    found: Any = (
        model._default_manager.select_for_update(of=("self",), no_key=True)
        .select_related("video", "officer")
        .filter(pk=pk, told_at__isnull=True)
        .first()
    )
    if found is None:
        return
    ask = letters.ask_of(found.video)
    if ask is not None:
        letter(ask, found)
    found.told_at = source.now()
    found.save(update_fields=["told_at"])
