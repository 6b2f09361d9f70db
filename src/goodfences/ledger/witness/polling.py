"""Looking at a log from time to time, by its public files alone, and cosigning what only grew."""

from __future__ import annotations

from collections.abc import Callable

from goodfences_record import merkle, notes
from goodfences_record.notes import BadNote, Checkpoint, VerifierKey
from goodfences_record.offline import Broken
from goodfences_record.tilereading import BadTile, TileReader
from goodfences_record.witnessing import Submission, Witness

Fetch = Callable[[str], bytes]


def look(witness: Witness, key: VerifierKey, fetch: Fetch) -> str:
    """Look at the log of `key` once, and say what was seen. Raises Broken where the log contradicts itself."""
    try:
        note = fetch("checkpoint").decode()
        seen = notes.open_checkpoint(note, key)
    except (BadNote, UnicodeDecodeError) as error:
        raise Broken(str(error)) from error
    last = _last(witness, key)
    if last is None:
        return _cosigned(witness, Submission(0, [], note), seen)
    if seen.size < last.size:
        raise Broken(
            f"The log went back: {last.size:,} entries were cosigned, and now it says that it has {seen.size:,}."
        )
    if seen == last:
        return f"Still {seen.size:,} entries."
    proof = [] if seen.size == last.size else _proof(witness, fetch, last, seen, note)
    return _cosigned(witness, Submission(last.size, proof, note), seen)


def _last(witness: Witness, key: VerifierKey) -> Checkpoint | None:
    note = witness.last(key.name)
    return None if note is None else notes.parse_checkpoint(notes.split(note)[0])


def _proof(witness: Witness, fetch: Fetch, last: Checkpoint, seen: Checkpoint, note: str) -> list[bytes]:
    """The proof that `seen` grew from `last`, made of the log's tiles."""
    reader = TileReader(fetch, seen.size)
    try:
        if reader.root() != seen.root:
            raise Broken("The log's tiles are not those that its checkpoint signs.")
        proof = reader.consistency(last.size)
    except BadTile as error:
        raise Broken(str(error)) from error
    if not merkle.consistency_holds(last.size, last.root, seen.size, seen.root, proof):
        # The tiles are those that it signs, and don't begin with what it signed before: its own key accuses it.
        witness.accuse(seen.origin, note)
        raise Broken(_rewritten(last))
    return proof


def _cosigned(witness: Witness, submission: Submission, seen: Checkpoint) -> str:
    answer = witness.add_checkpoint(submission.body())
    if answer.status == 200:
        return f"Cosigned {seen.size:,} entries."
    if answer.status == 409 and answer.body != f"{submission.old}\n":
        return "Somebody else submitted a checkpoint meanwhile."
    if answer.status == 409:
        raise Broken(_rewritten(seen))
    raise Broken(answer.body.strip())


def _rewritten(signed: Checkpoint) -> str:
    return (
        f"The log was rewritten: its first {signed.size:,} entries are not those that were cosigned. "
        "Both checkpoints are kept in the folder; each is signed by the log, and together they prove it."
    )
