"""The tree against the vectors of RFC 6962's first implementation, and against another library."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from goodfences_record import merkle

# The reference tree of the Certificate Transparency project: eight leaves and its root at each size.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.integers(1, 70)


class Tree:
    """A tree held in memory: every full subtree by its name."""

    def __init__(self, leaves: list[bytes]) -> None:
        running = merkle.RunningTree()
        self.nodes = {node: value for leaf in leaves for node, value in running.append(merkle.leaf_hash(leaf))}

    def root(self, size: int) -> bytes:
        return merkle.hash_of((0, size), self.nodes.__getitem__)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        return [merkle.hash_of(span, self.nodes.__getitem__) for span in merkle.inclusion_spans(index, size)]

    def consistency(self, old: int, new: int) -> list[bytes]:
        return [merkle.hash_of(span, self.nodes.__getitem__) for span in merkle.consistency_spans(old, new)]


def numbered(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_the_reference_tree(size: int) -> None:
    assert Tree(LEAVES).root(size).hex() == ROOTS[size - 1]


def test_the_empty_tree_hashes_nothing() -> None:
    assert Tree([]).root(0) == hashlib.sha256().digest() == merkle.RunningTree().root()


def test_inclusion_proofs_are_those_of_the_reference_tree() -> None:
    path = Tree(LEAVES).inclusion(5, 8)
    assert [part.hex() for part in path] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_consistency_proofs_are_those_of_the_reference_tree() -> None:
    assert [part.hex() for part in Tree(LEAVES).consistency(6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(SIZES)
def test_every_entry_of_every_size_is_proven_as_another_library_proves_it(size: int) -> None:
    ours, theirs = Tree(numbered(size)), InmemoryTree(algorithm="sha256")
    theirs.append_entries(numbered(size))
    assert ours.root(size) == theirs.get_root()
    for index in range(size):
        leaf = merkle.leaf_hash(str(index).encode())
        path = ours.inclusion(index, size)
        assert merkle.inclusion_holds(leaf, index, size, path, theirs.get_root())
        proof = theirs.prove_inclusion(index + 1, size)
        verify_inclusion(leaf, ours.root(size), proof)
        assert proof.path[1:] == path


@given(SIZES, st.data())
def test_growth_is_proven_as_another_library_proves_it(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    ours, theirs = Tree(numbered(new)), InmemoryTree(algorithm="sha256")
    theirs.append_entries(numbered(new))
    path = ours.consistency(old, new)
    assert merkle.consistency_holds(old, theirs.get_root(old), new, theirs.get_root(new), path)
    verify_consistency(ours.root(old), ours.root(new), theirs.prove_consistency(old, new))


@given(SIZES, st.data())
def test_a_proof_of_inclusion_with_anything_changed_does_not_hold(size: int, data: st.DataObject) -> None:
    tree = Tree(numbered(size))
    index = data.draw(st.integers(0, size - 1))
    leaf, path, root = merkle.leaf_hash(str(index).encode()), tree.inclusion(index, size), tree.root(size)
    other = data.draw(st.integers(0, size + 2).filter(lambda number: number != index))
    assert not merkle.inclusion_holds(leaf, other, size, path, root)
    assert not merkle.inclusion_holds(leaf, index, size, [*path, root], root)
    assert not merkle.inclusion_holds(flipped(leaf, data), index, size, path, root)
    assert not merkle.inclusion_holds(leaf, index, size, path, flipped(root, data))
    if path:
        assert not merkle.inclusion_holds(leaf, index, size, path[:-1], root)
        assert not merkle.inclusion_holds(leaf, index, size, flipped_part(path, data), root)


@given(SIZES, st.data())
def test_a_proof_of_growth_with_anything_changed_does_not_hold(new: int, data: st.DataObject) -> None:
    tree = Tree(numbered(new))
    old = data.draw(st.integers(1, new))
    first, last, path = tree.root(old), tree.root(new), tree.consistency(old, new)
    assert not merkle.consistency_holds(old, flipped(first, data), new, last, path)
    assert not merkle.consistency_holds(old, first, new, flipped(last, data), path)
    assert not merkle.consistency_holds(old, first, new, last, [*path, last])
    if path:
        assert not merkle.consistency_holds(old, first, new, last, path[:-1])
        assert not merkle.consistency_holds(old, first, new, last, flipped_part(path, data))


def test_growth_needs_an_older_and_a_newer_tree() -> None:
    root = Tree(numbered(3)).root(3)
    assert not merkle.consistency_holds(0, merkle.EMPTY_ROOT, 3, root, [])
    assert not merkle.consistency_holds(3, root, 2, root, [])
    assert not merkle.consistency_holds(3, root, 5, root, [])
    with pytest.raises(ValueError, match="A tree of 0"):
        merkle.consistency_spans(0, 3)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    assert not merkle.inclusion_holds(b"", index, size, [], merkle.EMPTY_ROOT)
    with pytest.raises(ValueError, match="There is no leaf"):
        merkle.inclusion_spans(index, size)


def test_proofs_of_a_large_tree_are_short() -> None:
    size = 100_000_007
    spans = merkle.inclusion_spans(77_777_777, size) + merkle.consistency_spans(50_000_001, size)
    assert sum(len(merkle.nodes_of(span)) for span in spans) < 80


def flipped(value: bytes, data: st.DataObject) -> bytes:
    """`value` with one bit turned over."""
    bit = data.draw(st.integers(0, 8 * len(value) - 1))
    return bytes(byte ^ (1 << bit % 8 if place == bit // 8 else 0) for place, byte in enumerate(value))


def flipped_part(path: list[bytes], data: st.DataObject) -> list[bytes]:
    """`path` with one bit of one hash turned over."""
    which = data.draw(st.integers(0, len(path) - 1))
    return [flipped(part, data) if place == which else part for place, part in enumerate(path)]
