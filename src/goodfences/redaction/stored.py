"""What of this room lies in the vault (vault.inventory)."""

from __future__ import annotations

from goodfences.redaction.actions import FOLDER
from goodfences.redaction.models import Copy
from goodfences.vault.inventory import Holding, Named

HOLDINGS = (
    Holding("copies", (FOLDER,), Copy.objects.all, lambda copy: [Named(copy.blob, copy.key_id, copy.sha256)]),
)
