"""What of this room lies in the vault (vault.inventory)."""

from __future__ import annotations

from goodfences.people.models import ArchivePart
from goodfences.vault.inventory import Holding, Named


def _of_part(part: ArchivePart) -> list[Named]:
    return [Named(part.blob, part.archive.key_id)]


HOLDINGS = (Holding("archives", ("archives",), lambda: ArchivePart.objects.select_related("archive"), _of_part),)
