"""What a stranger can check with the files and the public key alone."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from goodfences.ledger import actions, keys, proofs, queries, tree
from goodfences.ledger.models import LedgerEntry
from goodfences_record import canonical, merkle, notes, offline
from goodfences_record.notes import b64
from tests.ledger.logs import changed, fetch, grow

pytestmark = pytest.mark.django_db
Bundle = dict[str, Any]


def verify(bundle: Bundle, **options: Any) -> offline.Proven:
    return offline.verify_bundle(bundle, public_key=keys.public_key(), **options)


def verify_log(read: Callable[[str], bytes] = fetch, **options: Any) -> offline.Report:
    return offline.verify_log(read, public_key=keys.public_key(), **options)


@pytest.fixture
def bundle() -> Bundle:
    grow(7)
    read: Bundle = json.loads(json.dumps(proofs.bundle(4)))
    return read


def test_roots_and_proofs_of_the_database_are_those_of_another_library() -> None:
    grow(21)
    theirs = InmemoryTree(algorithm="sha256")
    theirs.append_entries([bytes(entry.leaf) for entry in queries.entries()])
    for size in (1, 2, 7, 8, 16, 21):
        assert tree.root(size) == theirs.get_root(size)
        assert proofs.inclusion(size - 1, size) == theirs.prove_inclusion(size, size).path[1:]
        path = proofs.consistency(size, 21)
        assert merkle.consistency_holds(size, theirs.get_root(size), 21, theirs.get_root(), path)


def test_a_bundle_proves_its_entry(bundle: Bundle) -> None:
    proven = verify(bundle)
    assert (proven.index, proven.kind, proven.subject) == (4, "request.opened", "request:4")
    assert proven.body == {"word": "x", "miles": 0.11}
    assert proven.checkpoint.size == 7


def test_a_bundle_of_an_only_entry_needs_no_hashes() -> None:
    grow(1)
    assert proofs.bundle(0)["proof"]["path"] == []
    assert verify(proofs.bundle(0)).index == 0


def test_an_entry_that_no_checkpoint_vouches_for_has_no_bundle(bundle: Bundle) -> None:
    actions.append(kind="policy", subject="policy", body={})
    with pytest.raises(proofs.NotSigned, match="entry 7"):
        proofs.bundle(7)


def test_before_the_first_checkpoint_nothing_has_a_bundle() -> None:
    actions.append(kind="policy", subject="policy", body={})
    with pytest.raises(proofs.NotSigned):
        proofs.bundle(0)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
def test_a_changed_byte_anywhere_in_a_bundle_is_found(bundle: Bundle, data: st.DataObject) -> None:
    written = canonical.canonical(bundle)
    place = data.draw(st.integers(0, len(written) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != written[place]))
    raw = written[:place] + bytes([other]) + written[place + 1 :]
    with pytest.raises((offline.Broken, ValueError)):
        verify(json.loads(raw))


def set_at(*path: Any, to: Any) -> Callable[[Bundle], Any]:
    """A change of one field of a bundle."""

    def change(bundle: Bundle) -> Any:
        inner = bundle
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = to
        return bundle

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda bundle: [], "The bundle is not an object"),
        (lambda bundle: {}, "exactly these fields"),
        (set_at("more", to=1), "exactly these fields"),
        (set_at("format", to="other/1"), "format is 'other/1'"),
        (set_at("entry", to=None), "The entry is not an object"),
        (set_at("entry", "index", to="4"), "not a number"),
        (set_at("entry", "index", to=True), "not a number"),
        (set_at("entry", "index", to=5), "at place 5"),
        (set_at("entry", "index", to=-1), "at place -1"),
        (set_at("entry", "index", to=7), "at place 7"),
        (set_at("entry", "kind", to="policy"), "kind or the time"),
        (set_at("entry", "at", to="2020-01-01T00:00:00Z"), "kind or the time"),
        (set_at("entry", "subject", to="request:5"), "commitment doesn't match"),
        (set_at("entry", "subject", to=5), "subject is not text"),
        (set_at("entry", "body", "word", to="y"), "commitment doesn't match"),
        (set_at("entry", "body", "word", to=2**60), "can't be read"),
        (set_at("entry", "body", to="x"), "contents are not an object"),
        (set_at("entry", "body", to=None), "was erased"),
        (set_at("salt", to=""), "commitment doesn't match"),
        (set_at("salt", to="zz"), "can't be read"),
        (set_at("salt", to=5), "salt is not text"),
        (set_at("leaf", to="!"), "leaf is not base64"),
        (set_at("leaf", to=b64(b"{")), "isn't JSON"),
        (set_at("leaf", to=b64(b"[]")), "is not an object"),
        (set_at("leaf", to=b64(b"[" * 100_000)), "isn't JSON"),
        (set_at("leaf", to=b64(b'{"at": "x","commitment":"","kind":"","v":1}')), "isn't written as leaves are"),
        (set_at("leaf", to=b64(b'{"at":"x","commitment":"","kind":"","v":2}')), "isn't written as leaves are"),
        (set_at("leaf", to=b64(b'{"at":1e999,"commitment":"","kind":"","v":1}')), "isn't written as leaves are"),
        (set_at("leaf", to=b64(b'{"at":1,"commitment":"","kind":"","v":1}')), "at of a leaf is not text"),
        (set_at("proof", to={}), "exactly these fields"),
        (set_at("proof", "size", to=6), "another size"),
        (set_at("proof", "size", to=True), "another size"),
        (set_at("proof", "path", to={}), "not a list"),
        (set_at("proof", "path", to=["AA=="] * 65), "not a list of at most 64"),
        (set_at("proof", "path", to=[]), "doesn't hold"),
        (set_at("proof", "path", to=[5]), "part of the proof is not text"),
        (set_at("checkpoint", to=5), "checkpoint is not text"),
        (set_at("checkpoint", to="x"), "isn't a signed note"),
    ],
)
def test_what_is_wrong_with_a_bundle_is_said_in_words(bundle: Bundle, change: Any, words: str) -> None:
    with pytest.raises(offline.Broken, match=words):
        verify(change(bundle))


def test_a_bundle_of_another_log_is_not_believed(bundle: Bundle) -> None:
    other = str(notes.SigningKey.new(keys.origin()).verifier)
    with pytest.raises(offline.Broken, match="isn't signed by"):
        offline.verify_bundle(bundle, public_key=other)
    with pytest.raises(offline.Broken, match="public key"):
        offline.verify_bundle(bundle, public_key="")


def test_an_erased_entry_is_proven_in_its_place_and_no_further(bundle: Bundle) -> None:
    actions.erase(4)
    erased = proofs.bundle(4)
    with pytest.raises(offline.Broken, match="was erased"):
        verify(erased)
    proven = verify(erased, erased_ok=True)
    assert (proven.index, proven.kind, proven.body) == (4, "request.opened", None)


def test_an_entry_that_only_lost_its_contents_is_not_taken_for_an_erased_one(bundle: Bundle) -> None:
    bundle["entry"]["body"] = None
    with pytest.raises(offline.Broken, match="wasn't erased"):
        verify(bundle, erased_ok=True)


def test_a_whole_log_holds() -> None:
    grow(300)
    actions.erase(17)
    told: list[str] = []
    report = verify_log(tell=told.append)
    assert (report.checkpoint.size, report.grew_from, report.erased) == (300, None, 1)
    assert report.kinds == {"request.opened": 300}
    assert told[0].startswith("The checkpoint over 300 entries is signed by")
    assert any("erased by law" in sentence for sentence in told)


def test_a_log_of_an_exact_tile_has_no_empty_one() -> None:
    grow(256)
    assert verify_log().checkpoint.size == 256


def test_a_log_is_checked_without_its_contents_where_nobody_wants_them() -> None:
    grow(3)
    read: list[str] = []

    def remember(path: str) -> bytes:
        read.append(path)
        return fetch(path)

    assert verify_log(remember, contents=False).erased == 0
    assert read == ["checkpoint", "tile/entries/000.p/3", "tile/0/000.p/3"]


@pytest.mark.parametrize("first", [0, 1, 5, 256])
def test_a_log_that_grew_still_begins_with_what_was_seen(first: int) -> None:
    remembered = notes.sign(notes.Checkpoint(keys.origin(), 0, merkle.EMPTY_ROOT).text(), keys.signing_key())
    if first:
        grow(first)
        remembered = fetch("checkpoint").decode()
    grow(4)
    assert verify_log(remembered=remembered).grew_from == first


def test_a_log_that_was_seen_a_moment_ago_is_the_same() -> None:
    grow(5)
    assert verify_log(remembered=fetch("checkpoint").decode()).grew_from == 5


def signed(size: int, root: bytes) -> str:
    """What the holder of the key could sign if they wanted to lie."""
    return notes.sign(notes.Checkpoint(keys.origin(), size, root).text(), keys.signing_key())


def test_a_log_that_was_rewritten_is_found_though_its_new_story_fits_together() -> None:
    grow(5)
    other = signed(3, merkle.leaf_hash(b"another story"))
    with pytest.raises(offline.Broken, match="first 3 entries are not those"):
        verify_log(remembered=other)


def test_a_log_that_shrank_is_found() -> None:
    grow(3)
    with pytest.raises(offline.Broken, match="had 5 entries, and now says that it has 3"):
        verify_log(remembered=signed(5, b"0" * 32))


def test_a_remembered_checkpoint_that_was_tampered_with_is_named() -> None:
    grow(3)
    with pytest.raises(offline.Broken, match="remembered from last time"):
        verify_log(remembered="x")


def first_entry(change: Callable[[dict[str, Any]], Any]) -> Callable[[bytes], bytes]:
    def run(raw: bytes) -> bytes:
        shown = json.loads(raw)
        change(shown[0])
        return json.dumps(shown).encode()

    return run


@pytest.mark.parametrize(
    ("where", "change", "words"),
    [
        ("checkpoint", lambda raw: raw.replace(b"\n300\n", b"\n299\n"), "doesn't belong to this checkpoint"),
        ("checkpoint", lambda raw: b"\xff", "not UTF-8"),
        ("tile/entries/000", lambda raw: raw[:-1], "ends in the middle"),
        ("tile/entries/000", lambda raw: raw + b"\x00", "ends in the middle"),
        ("tile/entries/000", lambda raw: b"", "holds 0 entries, not 256"),
        ("tile/entries/001.p/44", lambda raw: raw * 2, "holds 88 entries, not 44"),
        ("tile/entries/000", lambda raw: raw.replace(b'"v":1', b'"v":2', 1), "isn't written as leaves are"),
        ("tile/0/000", lambda raw: bytes([raw[0] ^ 1]) + raw[1:], "tile/0/000 doesn't hold the hashes"),
        ("tile/0/001.p/44", lambda raw: raw[:-1], "tile/0/001.p/44 doesn't hold the hashes"),
        ("tile/1/000.p/1", lambda raw: raw[::-1], "tile/1/000.p/1 doesn't hold the hashes"),
        ("contents/000", lambda raw: b"[]", "shows 0 entries, not 256"),
        ("contents/000", lambda raw: b"<html>", "isn't JSON"),
        ("contents/000", lambda raw: b"{}", "is not a list"),
        ("contents/000", lambda raw: json.dumps([5] * 256).encode(), "Entry 0 as shown is not an object"),
        ("contents/000", first_entry(lambda entry: entry.update(index=3)), "In the place of entry 0, entry 3"),
        (
            "contents/000",
            first_entry(lambda entry: entry.update(subject="request:9")),
            "Entry 0: What the entry says",
        ),
        ("contents/000", first_entry(lambda entry: entry.pop("salt")), "exactly these fields"),
        ("contents/000", first_entry(lambda entry: entry.update(body=None)), "Entry 0: .* wasn't erased"),
    ],
)
def test_whatever_a_log_serves_wrong_is_found(where: str, change: Any, words: str) -> None:
    grow(300)
    with pytest.raises(offline.Broken, match=words):
        verify_log(changed(where, change))


def test_entries_that_the_checkpoint_does_not_sign_are_found() -> None:
    """Leaves and tiles that fit each other, but not the signature."""
    grow(2)
    leaf = canonical.leaf_bytes(kind="policy", at=queries.entry(0).at, commitment="")
    other = struct.pack(">H", len(leaf)) + leaf
    files = {
        "tile/entries/000.p/2": other * 2,
        "tile/0/000.p/2": merkle.leaf_hash(leaf) * 2,
    }
    with pytest.raises(offline.Broken, match="not those that its checkpoint signs"):
        verify_log(lambda path: files.get(path) or fetch(path), contents=False)


def test_a_row_that_was_changed_in_the_database_is_found_by_anyone() -> None:
    grow(5)
    LedgerEntry.objects.filter(index=2).update(body={"word": "another story"})
    with pytest.raises(offline.Broken, match="Entry 2: What the entry says"):
        verify_log()


def test_a_row_that_was_taken_out_of_the_database_is_found_by_anyone() -> None:
    grow(5)
    LedgerEntry.objects.filter(index=2).delete()
    with pytest.raises(offline.Broken, match="holds 4 entries, not 5"):
        verify_log()


def test_the_offline_checks_need_no_django() -> None:
    program = (
        "import sys; sys.modules['django'] = None\n"
        "import goodfences_record.offline, goodfences.ledger.command\n"
        "assert not any(name.startswith('django.') for name in sys.modules)"
    )
    source = Path(offline.__file__).parents[1]
    subprocess.run([sys.executable, "-c", program], check=True, env={"PYTHONPATH": str(source)})
