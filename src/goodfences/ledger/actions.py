"""Everything that changes the ledger: append, sign, erase, adopt."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from goodfences import source
from goodfences.errors import NotFound
from goodfences.ledger import durable, keys, tree
from goodfences.ledger.models import LedgerEntry, LedgerNode, SignedCheckpoint
from goodfences_record import canonical, merkle, notes
from goodfences_record.notes import Checkpoint

log = logging.getLogger(__name__)

_KIND = re.compile(r"[a-z_]+(\.[a-z_]+)?")


class NoTransaction(RuntimeError):
    """An entry was about to be written apart from the act that it tells of."""


class WouldFork(RuntimeError):
    """Signing would tell two stories about one log. Nothing was signed; says what to do."""


def append(*, kind: str, subject: str, body: Mapping[str, Any]) -> LedgerEntry:
    """Write one public entry in the caller's open transaction: the act and its entry stand or fall together.

    `kind` as in `request.opened`; `subject` as in `request:REF`; `body` is what anyone may read, as plain
    JSON values (see canonical). Call it last in the transaction: it locks the log until the commit.
    Raises NoTransaction where none is open, canonical.NotCanonical for a body without one agreed form.
    """
    if not connection.in_atomic_block:
        raise NoTransaction(f"Append {kind!r} inside the transaction of its act (transaction.atomic).")
    if not _KIND.fullmatch(kind) or len(kind) > 40 or not 0 < len(subject) <= 60:
        raise ValueError(
            f"{kind!r} of {subject!r} isn't an entry: the kind is like request.opened, the subject short."
        )
    at = source.now().replace(microsecond=0)
    salt = source.random_bytes("ledger.salt", canonical.SALT_BYTES)
    leaf = canonical.leaf_bytes(kind=kind, at=at, commitment=canonical.commitment(salt, subject, body))
    tree.lock()
    entry = LedgerEntry(
        index=tree.size(), kind=kind, at=at, subject=subject, body=dict(body), salt=salt.hex(), leaf=leaf
    )
    entry.save(force_insert=True)
    _grow(entry.index, merkle.leaf_hash(leaf))
    return entry


def sign_checkpoint() -> SignedCheckpoint | None:
    """Sign and publish the present tree; None while the log is empty. Safe to call at any time, from anywhere.

    Call it after the commit, never inside a transaction (RuntimeError): what is signed can't be rolled back.
    The file LEDGER_STATE/checkpoint is written, durably, before the row that publishes the checkpoint, and
    lives outside the database: a database that was set back to a backup doesn't contain what the file
    remembers, and signing it is refused (WouldFork).
    """
    with transaction.atomic(durable=True):
        tree.lock()
        size = tree.size()
        remembered = _remembered()
        published = SignedCheckpoint.objects.order_by("-size").first()
        _refuse_fork(size, remembered, published)
        if size == 0:
            return None
        if published is not None and published.size == size:
            _remember(published.note)
            return published
        checkpoint = Checkpoint(keys.origin(), size, tree.root(size))
        note = notes.sign(checkpoint.text(), keys.signing_key())
        _remember(note)
        return SignedCheckpoint.objects.create(size=size, root=checkpoint.root, note=note)


def sign_after_commit() -> None:
    """Sign as soon as the open transaction is committed.

    The act has succeeded by then, so that a failure is logged and left to the worker (tasks.run_due).
    """
    transaction.on_commit(_sign_or_log)


def erase(index: int) -> None:
    """Erase what an entry says, as the law may demand: subject, leaf and every proof stay. Raises NotFound."""
    if not LedgerEntry.objects.filter(index=index).update(body=None, salt=""):
        raise NotFound(f"There is no ledger entry {index}.")


def adopt_checkpoint(note: str) -> Checkpoint:
    """Make `note` the checkpoint that this machine remembers, after the file was lost.

    Take the newest copy that anyone has (a mirror, whoever ran `goodfences verify ledger`, an evidence package).
    Raises notes.BadNote if this log's key didn't sign it, WouldFork if the database doesn't contain it
    or the file remembers a newer one.
    """
    checkpoint = notes.open_checkpoint(note, keys.signing_key().verifier)
    with transaction.atomic(durable=True):
        tree.lock()
        remembered = _remembered()
        _refuse_other_story(checkpoint, tree.size())
        if remembered is not None and remembered.size > checkpoint.size:
            raise WouldFork(
                f"This machine remembers {remembered.size} signed entries, the given checkpoint only "
                f"{checkpoint.size}. Nothing was changed: keep the newer one."
            )
        _remember(note)
    return checkpoint


def bring_back(entries: Sequence[Mapping[str, Any]], note: str) -> int:
    """Append entries that a restored database lacks, as they were, up to the signed checkpoint `note`; how many.

    Each is {index, kind, at, subject, body, salt, leaf}, the leaf in hexadecimal; those that are there already are
    passed over. Raises WouldFork, and changes nothing, where they don't make the log that was signed.
    """
    checkpoint = notes.open_checkpoint(note, keys.signing_key().verifier)
    with transaction.atomic(durable=True):
        tree.lock()
        before = tree.size()
        for entry in sorted(entries, key=lambda one: int(one["index"])):
            if tree.size() <= entry["index"] < checkpoint.size:
                _bring_back(entry)
        _refuse_other_story(checkpoint, tree.size())
        return tree.size() - before


def _bring_back(entry: Mapping[str, Any]) -> None:
    if entry["index"] != tree.size():
        raise WouldFork(f"Entry {tree.size()} of the ledger is missing in what was kept. Nothing was changed.")
    leaf = bytes.fromhex(entry["leaf"])
    row = LedgerEntry(
        index=entry["index"],
        kind=entry["kind"],
        at=entry["at"],
        subject=entry["subject"],
        body=entry["body"],
        salt=entry["salt"],
        leaf=leaf,
    )
    row.save(force_insert=True)
    _grow(row.index, merkle.leaf_hash(leaf))


def remember_newer(note: str) -> bool:
    """Let this machine's memory of what was signed be `note` where that is newer, whatever the database holds.

    What somebody else saw of the log can only make the signer refuse more. Raises notes.BadNote where this log's key
    didn't sign it, WouldFork where it contradicts a checkpoint of the same size.
    """
    checkpoint = notes.open_checkpoint(note, keys.signing_key().verifier)
    remembered = _remembered()
    if remembered is not None and remembered.size == checkpoint.size and remembered.root != checkpoint.root:
        raise WouldFork(f"Two checkpoints over {checkpoint.size} entries were signed that can't both be true.")
    if remembered is not None and remembered.size >= checkpoint.size:
        return False
    _remember(note)
    return True


def checkpoint_path() -> Path:
    """Where the last signed checkpoint lies outside the database."""
    return Path(settings.LEDGER_STATE) / "checkpoint"


def would_fork() -> str:
    """Why signing would be refused; empty where it wouldn't."""
    try:
        _refuse_fork(tree.size(), _remembered(), SignedCheckpoint.objects.order_by("-size").first())
    except WouldFork as error:
        return str(error)
    return ""


def is_behind() -> bool:
    """Whether the database lacks entries that were signed, as one does that was set back to a backup."""
    remembered = _remembered()
    return remembered is not None and remembered.size > tree.size()


def _grow(index: int, leaf: bytes) -> None:
    """Store the leaf's hash and that of every full subtree that it completes."""
    completed = [LedgerNode(level=0, index=index, hash=leaf)]
    level, here, lefts = 0, index, []
    while here & 1:
        lefts.append((level, here - 1))
        level, here = level + 1, here >> 1
    known = tree.nodes(lefts)
    result = leaf
    for level, left in lefts:
        result = merkle.node_hash(known[level, left], result)
        completed.append(LedgerNode(level=level + 1, index=left >> 1, hash=result))
    LedgerNode.objects.bulk_create(completed)


def _remember(note: str) -> None:
    """Keep the newest checkpoint outside the database; a file that already says so is left alone."""
    content = note.encode()
    path = checkpoint_path()
    if not path.exists() or path.read_bytes() != content:
        durable.replace(path, content)


def _remembered() -> Checkpoint | None:
    try:
        note = checkpoint_path().read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        return notes.open_checkpoint(note, keys.signing_key().verifier)
    except notes.BadNote as error:
        raise WouldFork(
            f"{checkpoint_path()} can't be trusted: {error} Nothing was signed. Put back the signing key that "
            "belongs to it, or the file as it was."
        ) from error


def _refuse_fork(size: int, remembered: Checkpoint | None, published: SignedCheckpoint | None) -> None:
    if remembered is not None:
        _refuse_other_story(remembered, size)
    if published is None:
        return
    if remembered is None:
        raise WouldFork(
            f"{published.size} entries have been signed, and {checkpoint_path()} is missing, so that nobody can tell "
            "whether more were. Nothing was signed. Put the file back, or have the newest checkpoint that anyone "
            "holds adopted: goodfences manage adoptcheckpoint FILE."
        )
    _refuse_other_story(Checkpoint(remembered.origin, published.size, bytes(published.root)), size)


def _refuse_other_story(signed: Checkpoint, size: int) -> None:
    if signed.size > size:
        raise WouldFork(
            f"The database holds {size} ledger entries, but {signed.size} were signed: an older backup seems to have "
            "been restored. Nothing was signed. Bring back the missing entries from a newer backup or a mirror."
        )
    if tree.root(signed.size) != signed.root:
        raise WouldFork(
            f"The first {signed.size} ledger entries are not those that were signed. Nothing was signed. "
            "Restore the database that belongs to this machine's signed checkpoint."
        )


def _sign_or_log() -> None:
    try:
        sign_checkpoint()
    except Exception:
        log.exception("The ledger could not be signed; the worker will try again.")
