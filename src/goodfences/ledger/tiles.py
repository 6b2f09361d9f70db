"""The log as static files by C2SP tlog-tiles. Nothing beyond the newest signed checkpoint is ever served."""

from __future__ import annotations

import struct
from typing import Any

from goodfences.errors import NotFound
from goodfences.ledger import proofs, queries
from goodfences.ledger.models import LedgerEntry, LedgerNode
from goodfences_record.tilepaths import TILE_WIDTH


def tile(level: int, number: int, width: int = TILE_WIDTH) -> bytes:
    """`width` hashes of a tile, 32 bytes each. Raises NotFound where the signed log doesn't have them all."""
    first = number * TILE_WIDTH
    if level > 7 or first + width > queries.signed_size() >> (8 * level):
        raise NotFound(f"The signed log has no tile {number} of width {width} at level {level}.")
    rows = LedgerNode.objects.filter(level=8 * level, index__gte=first, index__lt=first + width)
    return b"".join(bytes(value) for value in rows.order_by("index").values_list("hash", flat=True))


def contents(number: int, width: int = TILE_WIDTH) -> list[dict[str, Any]]:
    """What the entries of a bundle say, each with its salt. Raises NotFound as `entries` does."""
    first = number * TILE_WIDTH
    if first + width > queries.signed_size():
        raise NotFound(f"The signed log has no entries {first} to {first + width - 1}.")
    rows = queries.entries().filter(index__gte=first, index__lt=first + width)
    return [proofs.shown(entry) | {"salt": entry.salt} for entry in rows]


def entries(number: int, width: int = TILE_WIDTH) -> bytes:
    """`width` leaves, each after its length. Raises NotFound where the signed log doesn't have them all."""
    first = number * TILE_WIDTH
    if first + width > queries.signed_size():
        raise NotFound(f"The signed log has no entries {first} to {first + width - 1}.")
    rows = LedgerEntry.objects.filter(index__gte=first, index__lt=first + width).order_by("index")
    leaves = (bytes(leaf) for leaf in rows.values_list("leaf", flat=True))
    return b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves)
