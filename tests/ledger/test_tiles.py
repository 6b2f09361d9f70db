"""The addresses and contents of tiles by C2SP tlog-tiles."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from goodfences.errors import NotFound
from goodfences.ledger import actions, queries, tiles, tree
from goodfences_record import merkle, tilepaths
from tests.ledger.logs import grow


def test_the_example_of_the_specification() -> None:
    assert tilepaths.tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tilepaths.entries_path(1234067, 112) == "tile/entries/x001/x234/067.p/112"
    assert tilepaths.contents_path(0) == "contents/000"


def test_a_tree_of_seventy_thousand_has_the_tiles_of_the_specification() -> None:
    assert list(tilepaths.widths(70_000))[-1] == (273, 112)
    assert list(tilepaths.widths(70_000, 1)) == [(0, 256), (1, 17)]
    assert list(tilepaths.widths(70_000, 2)) == [(0, 1)]
    assert list(tilepaths.widths(256)) == [(0, 256)]
    assert list(tilepaths.widths(0)) == []


@given(st.integers(0, 10**15 - 1))
def test_a_number_is_read_as_it_is_written(number: int) -> None:
    assert tilepaths.parse_number(tilepaths.tile_path(0, number).removeprefix("tile/0/")) == number


@pytest.mark.parametrize("text", ["", "0", "00", "x000/000", "x000/x001/000", "x1/000", "000/000", "x001/", "x" * 30])
def test_a_number_has_one_spelling(text: str) -> None:
    assert tilepaths.parse_number(text) is None


@pytest.mark.django_db
def test_tiles_hold_the_hashes_of_full_subtrees() -> None:
    grow(258)
    leaves = [merkle.leaf_hash(bytes(entry.leaf)) for entry in queries.entries()]
    assert tiles.tile(0, 0) == b"".join(leaves[:256])
    assert tiles.tile(0, 1, 2) == b"".join(leaves[256:])
    assert tiles.tile(1, 0, 1) == tree.root(256)


@pytest.mark.django_db
def test_nothing_beyond_the_signed_checkpoint_is_served() -> None:
    grow(2)
    with transaction.atomic():
        actions.append(kind="policy", subject="policy", body={})
    assert len(tiles.tile(0, 0, 2)) == 64
    for serve in (tiles.entries, tiles.contents):
        assert serve(0, 2)
        with pytest.raises(NotFound):
            serve(0, 3)
        with pytest.raises(NotFound):
            serve(0)
    for level, number, width in [(0, 0, 3), (0, 1, 1), (1, 0, 1), (8, 0, 1), (63, 0, 1)]:
        with pytest.raises(NotFound):
            tiles.tile(level, number, width)
