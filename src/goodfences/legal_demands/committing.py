"""Counts in bands, and a commitment to the demands behind them that doesn't tell how many there are.

A year has SLOTS places. Each confirmed demand has one by lot; all others are filled by chance. The root over them
(RFC 6962) stands in the ledger with the bands. When a demand is published, its salt and the path to that root show
that it is the one that was counted: none can be dropped, and none changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from goodfences.legal_demands.models import DemandCount, LegalDemand
from goodfences_record import merkle
from goodfences_record.canonical import canonical

SLOTS = 4096
BANDS = ((0, "0"), (9, "1–9"), (24, "10–24"), (49, "25–49"), (99, "50–99"), (249, "100–249"), (999, "250–999"))
BEYOND = "1000+"


def band(count: int) -> str:
    """How many, as the public reads it."""
    return next((name for most, name in BANDS if count <= most), BEYOND)


def details(demand: LegalDemand) -> dict[str, Any]:
    """What a demand's leaf covers, and what its entry says once it is published."""
    assert demand.confirmed_at is not None
    return {
        "demand": demand.ref,
        "kind": str(demand.kind),
        "authority": demand.authority,
        "scope": demand.scope,
        "received_on": demand.received_on.isoformat(),
        "outcome": str(demand.outcome),
        "handed_over": demand.handed_over,
        "document_sha256": demand.document_sha256,
        "silence": demand.secret_until is not None,
    }


def leaf(demand: LegalDemand) -> str:
    """Hexadecimal leaf hash (RFC 6962) of the canonical JSON of details and salt."""
    return merkle.leaf_hash(canonical({"details": details(demand), "salt": demand.salt})).hex()


def root(leaves: Mapping[str, str], seed: str) -> str:
    """The root over a year's slots."""
    return _levels(leaves, seed)[-1][0].hex()


def path(count: DemandCount, slot: int) -> list[str]:
    """From a slot up to the root of that entry: as many hashes whichever it is."""
    found, at = [], slot
    for level in _levels(count.leaves, count.seed)[:-1]:
        found.append(level[at ^ 1].hex())
        at >>= 1
    return found


def _levels(leaves: Mapping[str, str], seed: str) -> list[list[bytes]]:
    level = [
        bytes.fromhex(leaves[str(slot)]) if str(slot) in leaves else _nobody(seed, slot) for slot in range(SLOTS)
    ]
    levels = [level]
    while len(level) > 1:
        level = [merkle.node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
        levels.append(level)
    return levels


def _nobody(seed: str, slot: int) -> bytes:
    return hashlib.sha256(f"goodfences legal demands\n{seed}\n{slot}".encode()).digest()
