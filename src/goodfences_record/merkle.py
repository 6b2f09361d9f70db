"""Merkle trees by RFC 6962, section 2: hashes, the shape of a tree, and checking proofs. Pure functions.

A tree of any size is made of full subtrees. A node is named by (level, index): the hash over the
2**level leaves that start at leaf index * 2**level.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

Node = tuple[int, int]
Span = tuple[int, int]

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf's bytes (RFC 6962, 2.1: a 0x00 byte first, so that no node passes for a leaf)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side (RFC 6962, 2.1: a 0x01 byte first)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def nodes_of(span: Span) -> list[Node]:
    """The full subtrees, widest first, that the subtree over leaves [begin, end) is made of.

    `span` must be one that RFC 6962's recursive split arrives at, so that its begin is a multiple of its widest part.
    """
    begin, end = span
    nodes = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        nodes.append((level, begin >> level))
        begin += 1 << level
    return nodes


def hash_of(span: Span, get: Callable[[Node], bytes]) -> bytes:
    """The Merkle tree hash over a span of leaves, where `get` answers the hash of a full subtree."""
    nodes = nodes_of(span)
    if not nodes:
        return EMPTY_ROOT
    result = get(nodes[-1])
    for node in reversed(nodes[:-1]):
        result = node_hash(get(node), result)
    return result


def inclusion_spans(index: int, size: int) -> list[Span]:
    """The spans whose hashes are the inclusion proof of leaf `index` in a tree of `size`, leaf upward.

    RFC 6962, 2.1.1. Raises ValueError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError(f"There is no leaf {index} in a tree of {size}.")
    spans = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
    return spans[::-1]


def consistency_spans(old: int, new: int) -> list[Span]:
    """The spans whose hashes prove that the tree of `old` leaves is a beginning of that of `new`.

    RFC 6962, 2.1.2. Raises ValueError unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise ValueError(f"A tree of {old} can't be compared with one of {new}: both need leaves, the older first.")
    spans = []
    begin, end = 0, new
    old_is_whole = True
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
            old_is_whole = False
    if not old_is_whole:
        spans.append((begin, end))
    return spans[::-1]


def inclusion_holds(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` proves that the leaf hash `leaf` is number `index` of the tree (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, result = index, size - 1, leaf
    for part in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            result = node_hash(part, result)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            result = node_hash(result, part)
        at, last = at >> 1, last >> 1
    return last == 0 and result == root


def consistency_holds(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` proves that the tree (old, old_root) is a beginning of (new, new_root) (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    parts = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not parts:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = parts[0]
    for part in parts[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            first, second = node_hash(part, first), node_hash(part, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = node_hash(second, part)
        at, last = at >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


class RunningTree:
    """The roots of a growing tree, keeping one hash a level: reads a log of any size in little memory."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, bytes]] = []

    @classmethod
    def of(cls, size: int, get: Callable[[Node], bytes]) -> RunningTree:
        """A tree that has `size` leaves already; `get` answers the hash of a full subtree."""
        tree = cls()
        tree.size = size
        tree._peaks = [(node[0], get(node)) for node in nodes_of((0, size))]
        return tree

    def append(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Add one leaf hash; answers every full subtree that it completes, the leaf itself first."""
        level, result = 0, leaf
        completed = [((0, self.size), leaf)]
        while self._peaks and self._peaks[-1][0] == level:
            result = node_hash(self._peaks.pop()[1], result)
            level += 1
            completed.append(((level, self.size >> level), result))
        self._peaks.append((level, result))
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The Merkle tree hash over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        result = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            result = node_hash(peak, result)
        return result


def _split(count: int) -> int:
    """The largest power of two smaller than `count` (RFC 6962's k)."""
    return 1 << ((count - 1).bit_length() - 1)
