"""Checking the log from outside, with nothing but what it publishes and its public key.

Imports neither Django nor anything that does, so that an evidence package, a hub or anyone's own script can use it.
"""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from goodfences_record import canonical, merkle
from goodfences_record.notes import BadNote, Checkpoint, VerifierKey, open_checkpoint, unb64
from goodfences_record.tilepaths import TILE_WIDTH, contents_path, entries_path, tile_path, widths

FORMAT = "goodfences-ledger-bundle/1"
Fetch = Callable[[str], bytes]
_ENTRY_FIELDS = {"index", "kind", "at", "subject", "body"}
_BUNDLE_FIELDS = {"format", "entry", "salt", "leaf", "proof", "checkpoint"}


class Broken(Exception):
    """Something doesn't hold. Says what, in words that a clerk can read aloud."""


@dataclass(frozen=True)
class Proven:
    """An entry that was proven to be in the log; `body` is None where it was erased."""

    index: int
    kind: str
    at: str
    subject: str
    body: dict[str, Any] | None
    checkpoint: Checkpoint


@dataclass(frozen=True)
class Report:
    """What `verify_log` found to hold. What doesn't is raised as Broken."""

    checkpoint: Checkpoint
    note: str
    grew_from: int | None
    kinds: dict[str, int]
    erased: int


def verify_bundle(bundle: Mapping[str, Any], *, public_key: str, erased_ok: bool = False) -> Proven:
    """Check that an entry says what its leaf commits to, and that a signed checkpoint has this leaf.

    `bundle` is what `proofs.bundle` made, `public_key` a C2SP verifier key from somewhere that the bundle is not.
    Raises Broken. An erased entry raises too, unless `erased_ok`: then its place is proven, not its contents.
    """
    fields = _object(bundle, "The bundle", _BUNDLE_FIELDS)
    if fields["format"] != FORMAT:
        raise Broken(f"The bundle's format is {fields['format']!r}, not {FORMAT!r}.")
    entry = _object(fields["entry"], "The entry", _ENTRY_FIELDS)
    proof = _object(fields["proof"], "The proof", {"size", "path"})
    leaf = _base64(fields["leaf"], "The leaf")
    if entry["body"] is None and not erased_ok:
        raise Broken("What this entry said was erased: its place in the log can be proven, its contents can't.")
    _check_commitment(entry, _text(fields["salt"], "The salt"), leaf)
    checkpoint = _checkpoint(_text(fields["checkpoint"], "The checkpoint"), _key(public_key))
    if proof["size"] != checkpoint.size or isinstance(proof["size"], bool):
        raise Broken("The proof is for another size of the log than the checkpoint.")
    path = [_base64(part, "A part of the proof") for part in _list(proof["path"], "The proof's path", 64)]
    index = _index(entry["index"])
    if not merkle.inclusion_holds(merkle.leaf_hash(leaf), index, checkpoint.size, path, checkpoint.root):
        raise Broken(f"The proof doesn't hold: the signed log does not have this entry at place {index}.")
    return Proven(index, entry["kind"], entry["at"], entry["subject"], entry["body"], checkpoint)


def verify_log(
    fetch: Fetch,
    *,
    public_key: str,
    remembered: str | None = None,
    contents: bool = True,
    tell: Callable[[str], None] = lambda sentence: None,
) -> Report:
    """Read a whole log and check that everything that it publishes fits together.

    `fetch` answers the bytes at a path below the log's address (`checkpoint`, `tile/0/000`) and raises Broken
    where there are none. `remembered` is the note of a checkpoint seen earlier: the log must still begin with it.
    With `contents`, what each entry says is read too, and must be what its leaf commits to.
    `tell` is given a sentence about each thing that was found to hold, as it is found.
    Raises Broken at the first thing that doesn't.
    """
    key = _key(public_key)
    note = _decoded(fetch("checkpoint"), "The checkpoint")
    checkpoint = _checkpoint(note, key)
    entries = "1 entry" if checkpoint.size == 1 else f"{checkpoint.size:,} entries"
    tell(f"The checkpoint over {entries} is signed by {key.name}.")
    before = None if remembered is None else _checkpoint(remembered, key, "The checkpoint remembered from last time")
    if before is not None and before.size > checkpoint.size:
        raise Broken(f"The log has shrunk: it had {before.size} entries, and now says that it has {checkpoint.size}.")
    reader = _Reader(fetch, checkpoint, before, contents)
    reader.read()
    report = Report(checkpoint, note, None if before is None else before.size, reader.kinds, reader.erased)
    for sentence in _findings(report, contents):
        tell(sentence)
    return report


def _findings(report: Report, contents: bool) -> Iterator[str]:
    if report.grew_from is not None:
        if report.grew_from == 1:
            yield "The one entry of last time is still there, unchanged."
        else:
            yield f"The {report.grew_from:,} entries of last time are still there, unchanged and in their order."
    yield "Every entry that the log serves is under that checkpoint, and every tile fits the entries below it."
    if contents:
        yield "Every entry says what was written into the log."
    if report.erased:
        yield f"What {report.erased:,} of them said was erased by law; that they were written can still be proven."


class _Reader:
    """Reads every entry bundle and tile, and holds each against what the leaves hash to."""

    def __init__(self, fetch: Fetch, checkpoint: Checkpoint, before: Checkpoint | None, contents: bool) -> None:
        self._fetch = fetch
        self._checkpoint = checkpoint
        self._before = before
        self._contents = contents
        self._tree = merkle.RunningTree()
        self._tiles: dict[int, list[bytes]] = {}
        self._tile_counts: Counter[int] = Counter()
        self.kinds: Counter[str] = Counter()
        self.erased = 0

    def read(self) -> None:
        self._check_before()
        for number, width in widths(self._checkpoint.size):
            path = entries_path(number, width)
            leaves = _leaves(self._fetch(path), path)
            if len(leaves) != width:
                raise Broken(f"{path} holds {len(leaves)} entries, not {width}.")
            for leaf in leaves:
                self._add(leaf)
            if self._contents:
                self._check_contents(number, leaves)
        self._check_partial_tiles()
        if self._tree.root() != self._checkpoint.root:
            raise Broken("The entries that the log serves are not those that its checkpoint signs.")

    def _add(self, leaf: bytes) -> None:
        self.kinds[_leaf_fields(leaf)["kind"]] += 1
        for (level, _), value in self._tree.append(merkle.leaf_hash(leaf)):
            if level % 8 == 0:
                self._collect(level // 8, value)
        self._check_before()

    def _check_before(self) -> None:
        before = self._before
        if before is not None and before.size == self._tree.size and before.root != self._tree.root():
            raise Broken(
                f"The log was rewritten: its first {before.size} entries are not those that it signed when it was "
                "last checked. Keep both checkpoints: together they prove it."
            )

    def _check_contents(self, number: int, leaves: list[bytes]) -> None:
        path = contents_path(number, len(leaves))
        shown = _list(_json(self._fetch(path), path), path, len(leaves))
        if len(shown) != len(leaves):
            raise Broken(f"{path} shows {len(shown)} entries, not {len(leaves)}.")
        for index, (raw, leaf) in enumerate(zip(shown, leaves, strict=True), start=number * TILE_WIDTH):
            self._check_entry(index, raw, leaf)

    def _check_entry(self, index: int, raw: Any, leaf: bytes) -> None:
        fields = _object(raw, f"Entry {index} as shown", {*_ENTRY_FIELDS, "salt"})
        if fields["index"] != index:
            raise Broken(f"In the place of entry {index}, entry {fields['index']!r} is shown.")
        try:
            _check_commitment(fields, _text(fields["salt"], "The salt"), leaf)
        except Broken as error:
            raise Broken(f"Entry {index}: {error}") from error
        self.erased += fields["body"] is None

    def _collect(self, level: int, value: bytes) -> None:
        tile = self._tiles.setdefault(level, [])
        tile.append(value)
        if len(tile) == TILE_WIDTH:
            self._check_tile(level, tile)
            self._tile_counts[level] += 1
            tile.clear()

    def _check_partial_tiles(self) -> None:
        for level, tile in sorted(self._tiles.items()):
            if tile:
                self._check_tile(level, tile)

    def _check_tile(self, level: int, tile: list[bytes]) -> None:
        path = tile_path(level, self._tile_counts[level], len(tile))
        if self._fetch(path) != b"".join(tile):
            raise Broken(f"{path} doesn't hold the hashes of the entries below it.")


def _check_commitment(entry: Mapping[str, Any], salt: str, leaf: bytes) -> None:
    fields = _leaf_fields(leaf)
    if entry["kind"] != fields["kind"] or entry["at"] != fields["at"]:
        raise Broken("The kind or the time shown is not the one in the log.")
    subject = _text(entry["subject"], "The subject")
    if entry["body"] is None:
        if salt:
            raise Broken("The entry's contents are missing, though it wasn't erased: its salt is still there.")
        return
    if not isinstance(entry["body"], Mapping):
        raise Broken("The entry's contents are not an object.")
    try:
        raw_salt = bytes.fromhex(salt)
        expected = canonical.commitment(raw_salt, subject, entry["body"])
    except ValueError as error:
        raise Broken(f"The entry can't be read: {error}") from error
    if raw_salt.hex() != salt or len(raw_salt) != canonical.SALT_BYTES or expected != fields["commitment"]:
        raise Broken("What the entry says is not what was written into the log: its commitment doesn't match.")


def _leaf_fields(leaf: bytes) -> dict[str, Any]:
    fields = _object(_json(leaf, "A leaf of the log"), "A leaf of the log", {"v", "kind", "at", "commitment"})
    if fields["v"] != canonical.VERSION or not _is_canonical(fields, leaf):
        raise Broken("A leaf of the log isn't written as leaves are.")
    for name in ("kind", "at", "commitment"):
        _text(fields[name], f"The {name} of a leaf")
    return fields


def _leaves(bundle: bytes, path: str) -> list[bytes]:
    """The entries of a bundle: each after its length, a big-endian uint16 (tlog-tiles, "Log entries")."""
    leaves, at = [], 0
    while at < len(bundle):
        length = struct.unpack_from(">H", bundle, at)[0] if at + 2 <= len(bundle) else None
        if length is None or at + 2 + length > len(bundle):
            raise Broken(f"{path} ends in the middle of an entry.")
        leaves.append(bundle[at + 2 : at + 2 + length])
        at += 2 + length
    return leaves


def _key(public_key: str) -> VerifierKey:
    try:
        return VerifierKey.parse(public_key)
    except BadNote as error:
        raise Broken(str(error)) from error


def _checkpoint(note: str, key: VerifierKey, what: str = "The checkpoint") -> Checkpoint:
    try:
        return open_checkpoint(note, key)
    except BadNote as error:
        raise Broken(str(error).replace("The checkpoint", what, 1)) from error


def _object(value: Any, what: str, fields: set[str]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Broken(f"{what} is not an object.")
    if set(value) != fields:
        raise Broken(f"{what} should have exactly these fields: {', '.join(sorted(fields))}.")
    return dict(value)


def _list(value: Any, what: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise Broken(f"{what} is not a list of at most {most}.")
    return value


def _json(raw: bytes, what: str) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Broken(f"{what} can't be read: it isn't JSON.") from error


def _is_canonical(fields: dict[str, Any], leaf: bytes) -> bool:
    try:
        return canonical.canonical(fields) == leaf
    except canonical.NotCanonical:
        return False


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise Broken(f"{what} is not text.")
    return value


def _index(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Broken("The entry's place in the log is not a number.")
    return value


def _base64(value: Any, what: str) -> bytes:
    try:
        return unb64(_text(value, what), what)
    except BadNote as error:
        raise Broken(str(error)) from error


def _decoded(raw: bytes, what: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Broken(f"{what} is not UTF-8 text.") from error
