"""Proofs about the log: that an entry is in it, and that it only ever grew (RFC 6962, 2.1.1 and 2.1.2)."""

from __future__ import annotations

from typing import Any

from goodfences.ledger import queries, tree
from goodfences.ledger.models import LedgerEntry
from goodfences_record import canonical, merkle
from goodfences_record.notes import b64
from goodfences_record.offline import FORMAT


class NotSigned(LookupError):
    """The entry is written, but no checkpoint vouches for it yet: sign, then ask again."""


def inclusion(index: int, size: int) -> list[bytes]:
    """The hashes that prove entry `index` to be in the tree of the first `size` entries.

    Raises ValueError unless 0 <= index < size and the log has so many.
    """
    _within(size)
    return tree.hashes(merkle.inclusion_spans(index, size))


def consistency(old: int, new: int) -> list[bytes]:
    """The hashes that prove the tree of `old` entries to be a beginning of that of `new`.

    Raises ValueError unless 0 < old <= new and the log has so many.
    """
    _within(new)
    return tree.hashes(merkle.consistency_spans(old, new))


def bundle(index: int) -> dict[str, Any]:
    """All that `offline.verify_bundle` needs, as plain JSON values, against the newest checkpoint.

    Raises errors.NotFound where there is no such entry, NotSigned where no checkpoint vouches for it yet.
    """
    entry = queries.entry(index)
    checkpoint = queries.latest_checkpoint()
    if checkpoint is None or checkpoint.size <= index:
        raise NotSigned(f"Ledger entry {index} is not under a signed checkpoint yet.")
    return {
        "format": FORMAT,
        "entry": shown(entry),
        "salt": entry.salt,
        "leaf": b64(bytes(entry.leaf)),
        "proof": {"size": checkpoint.size, "path": [b64(part) for part in inclusion(index, checkpoint.size)]},
        "checkpoint": checkpoint.note,
    }


def shown(entry: LedgerEntry) -> dict[str, Any]:
    """An entry as everyone reads it; `body` is None once erased."""
    return {
        "index": entry.index,
        "kind": entry.kind,
        "at": canonical.timestamp(entry.at),
        "subject": entry.subject,
        "body": entry.body,
    }


def _within(size: int) -> None:
    held = tree.size()
    if size > held:
        raise ValueError(f"The log has {held} entries, not {size}.")
