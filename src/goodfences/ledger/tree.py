"""The Merkle tree as it lies in the database: its size, its nodes, its roots."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Max, Q

from goodfences.ledger.models import LedgerEntry, LedgerLock, LedgerNode
from goodfences_record import merkle


def lock() -> None:
    """Wait for, and take, the right to change the log until the open transaction ends.

    Takes the last of a transaction's locks: call it after other rows were locked, never before.
    """
    if LedgerLock.objects.select_for_update().filter(pk=1).first() is None:
        LedgerLock.objects.bulk_create([LedgerLock(pk=1)], ignore_conflicts=True)
        LedgerLock.objects.select_for_update().get(pk=1)


def size() -> int:
    """How many entries there are, signed or not."""
    last: int | None = LedgerEntry.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else last + 1


def nodes(wanted: Iterable[merkle.Node]) -> dict[merkle.Node, bytes]:
    """The hashes of these full subtrees, in one query. KeyError on use where one isn't complete yet."""
    levels: dict[int, list[int]] = {}
    for level, index in wanted:
        levels.setdefault(level, []).append(index)
    if not levels:
        return {}
    which = reduce(or_, (Q(level=level, index__in=indexes) for level, indexes in levels.items()))
    rows = LedgerNode.objects.filter(which).values_list("level", "index", "hash")
    return {(level, index): bytes(value) for level, index, value in rows}


def hashes(spans: Iterable[merkle.Span]) -> list[bytes]:
    """The Merkle tree hash of each span, from O(log n) nodes read at once."""
    spans = list(spans)
    known = nodes(node for span in spans for node in merkle.nodes_of(span))
    return [merkle.hash_of(span, known.__getitem__) for span in spans]


def root(size: int) -> bytes:
    """The root of the tree as it was when it had `size` leaves."""
    return hashes([(0, size)])[0]
