"""What of this room lies in the vault (vault.inventory)."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from goodfences.appeals import checking, handing
from goodfences.appeals.models import HandIn
from goodfences.evidence.models.shared_video import AgencyKey
from goodfences.vault.inventory import Holding, Named


def _rows() -> QuerySet[Any]:
    held = AgencyKey.objects.filter(agency=OuterRef("appeal__agency")).values("key")[:1]
    return HandIn.objects.exclude(Q(blob="") & Q(parts=[])).annotate(agency_key_id=Subquery(held))


def _of_hand_in(held: Any) -> list[Named]:
    """The parts as they came, under a key of their own; once it was checked, what is kept, under its agency's."""
    if held.blob:
        return [Named(held.blob, held.agency_key_id, held.kept_sha256)]
    return [Named(part["blob"], held.key_id) for part in held.parts]


HOLDINGS = (Holding("hand-ins", (handing.FOLDER, checking.FOLDER), _rows, _of_hand_in, lists=("parts",)),)
