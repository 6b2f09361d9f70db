"""Proofs made from a log's public tiles, by whoever reads it: no log need be asked for one. Knows no database."""

from __future__ import annotations

from collections.abc import Callable

from goodfences_record import merkle
from goodfences_record.tilepaths import TILE_WIDTH, tile_path

Fetch = Callable[[str], bytes]
_LEVELS = 8


class BadTile(ValueError):
    """A tile isn't what its address says."""


class TileReader:
    """Hashes of a log of `size` entries, read from its tiles as they are needed; each tile once.

    Nothing read here is believed by itself: a proof made of it holds against a signed root, or doesn't.
    """

    def __init__(self, fetch: Fetch, size: int) -> None:
        self._fetch = fetch
        self._size = size
        self._tiles: dict[str, bytes] = {}

    def inclusion(self, index: int) -> list[bytes]:
        """RFC 6962, 2.1.1. Raises ValueError unless 0 <= index < size, BadTile."""
        return [self._hash(span) for span in merkle.inclusion_spans(index, self._size)]

    def consistency(self, old: int) -> list[bytes]:
        """RFC 6962, 2.1.2: that the first `old` entries are a beginning of all. Raises ValueError, BadTile."""
        return [self._hash(span) for span in merkle.consistency_spans(old, self._size)]

    def root(self) -> bytes:
        """The root that the tiles hash to. Raises BadTile."""
        return self._hash((0, self._size))

    def _hash(self, span: merkle.Span) -> bytes:
        return merkle.hash_of(span, self._node)

    def _node(self, node: merkle.Node) -> bytes:
        """A full subtree's hash: of one hash of a tile, or of up to 128 that stand side by side in it."""
        level, index = node
        height = level % _LEVELS
        first = index << height
        held = self._tile(level // _LEVELS, first // TILE_WIDTH)
        at = first % TILE_WIDTH
        parts = [held[32 * place : 32 * place + 32] for place in range(at, at + (1 << height))]
        while len(parts) > 1:
            parts = [merkle.node_hash(left, right) for left, right in zip(parts[::2], parts[1::2], strict=True)]
        return parts[0]

    def _tile(self, level: int, number: int) -> bytes:
        width = min(TILE_WIDTH, (self._size >> (_LEVELS * level)) - number * TILE_WIDTH)
        path = tile_path(level, number, width)
        if path not in self._tiles:
            tile = self._fetch(path)
            if len(tile) != width * merkle.HASH_BYTES:
                raise BadTile(f"{path} holds {len(tile)} bytes, not {width * merkle.HASH_BYTES}.")
            self._tiles[path] = tile
        return self._tiles[path]
