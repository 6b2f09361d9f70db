"""What of this room lies in the vault (vault.inventory)."""

from __future__ import annotations

from goodfences.legal_demands.actions import FOLDER
from goodfences.legal_demands.models import LegalDemand
from goodfences.vault.inventory import Holding, Named


def _of_demand(demand: LegalDemand) -> list[Named]:
    return [Named(demand.document_blob, demand.key_id, demand.document_sha256)]


HOLDINGS = (
    Holding(
        "legal demands",
        (FOLDER,),
        lambda: LegalDemand.objects.exclude(document_blob=""),
        _of_demand,
        fields=("document_blob",),
    ),
)
