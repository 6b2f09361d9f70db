"""Proofs about the log: that an entry is in it, and that it only ever grew (RFC 6962, 2.1.1 and 2.1.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from goodfences.ledger import queries, tree
from goodfences.ledger.models import LedgerEntry, SignedCheckpoint
from goodfences_record import canonical, merkle
from goodfences_record.notes import b64
from goodfences_record.offline import FORMAT


class NotSigned(LookupError):
    """The entry is written, but no checkpoint vouches for it yet: sign, then ask again."""


@dataclass(frozen=True)
class Vouched:
    """Entries with their proofs, all against one checkpoint, for a reader who remembers an earlier one."""

    checkpoint: str
    consistency: list[str]
    """Proves that the earlier checkpoint's tree is a beginning of this one's; base64."""
    bundles: dict[int, dict[str, Any]]


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
    return _bundle(index, queries.latest_checkpoint())


def vouched(indexes: Iterable[int], *, since: int) -> Vouched:
    """Those of the entries that the newest checkpoint vouches for, and the proof that it grew from an earlier one.

    `since`, the earlier one's size, is 0 for a reader who remembers nothing. The consistency proof is empty where
    there is nothing to prove: for 0, for the newest size, and for one that the log never had.
    """
    checkpoint = queries.latest_checkpoint()
    if checkpoint is None:
        return Vouched("", [], {})
    grew = 0 < since < checkpoint.size
    return Vouched(
        checkpoint=queries.cosigned_note(checkpoint),
        consistency=[b64(part) for part in consistency(since, checkpoint.size)] if grew else [],
        bundles={index: _bundle(index, checkpoint) for index in indexes if index < checkpoint.size},
    )


def _bundle(index: int, checkpoint: SignedCheckpoint | None) -> dict[str, Any]:
    entry = queries.entry(index)
    if checkpoint is None or checkpoint.size <= index:
        raise NotSigned(f"Ledger entry {index} is not under a signed checkpoint yet.")
    return {
        "format": FORMAT,
        "entry": shown(entry),
        "salt": entry.salt,
        "leaf": b64(bytes(entry.leaf)),
        "proof": {"size": checkpoint.size, "path": [b64(part) for part in inclusion(index, checkpoint.size)]},
        "checkpoint": queries.cosigned_note(checkpoint),
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
