"""What a witness does: it remembers each log's newest checkpoint, and cosigns what only grew. C2SP tlog-witness.

Knows neither network nor disk: `Memory` keeps what was cosigned, and says how it is kept from two at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from goodfences_record import cosignatures, merkle, notes
from goodfences_record.notes import BadNote, Checkpoint, SigningKey, VerifierKey

SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
MAX_PROOF = 63
MAX_BODY = notes.MAX_NOTE * 4 + 4096
_OLD = re.compile(r"old (0|[1-9][0-9]{0,17})")


class Held(Protocol):
    """A log's place in a witness's memory while nobody else can change it."""

    note: str | None
    """The newest checkpoint that was cosigned, with the log's signature and the witness's."""

    def keep(self, note: str) -> None:
        """Remember `note`, durably, before anyone hears of it."""

    def accuse(self, note: str) -> None:
        """Keep a note that the log signed and that contradicts the one remembered."""


class Memory(Protocol):
    def holding(self, origin: str) -> AbstractContextManager[Held]:
        """The log's place, for this caller alone until it is left."""


@dataclass(frozen=True)
class Answer:
    """What a witness answers, as HTTP says it."""

    status: int
    body: str
    content_type: str = TEXT_TYPE


@dataclass(frozen=True)
class Submission:
    """The body of an `add-checkpoint` call."""

    old: int
    proof: list[bytes]
    note: str

    def body(self) -> str:
        proof = "".join(f"{notes.b64(part)}\n" for part in self.proof)
        return f"old {self.old}\n{proof}\n{self.note}"

    @classmethod
    def parse(cls, body: str) -> Submission:
        """Raises BadNote."""
        head, found, note = body.partition("\n\n")
        first, *proof = head.split("\n")
        old = _OLD.fullmatch(first)
        if old is None or not found:
            raise BadNote("The call doesn't begin with the line `old` and a size, a proof, and an empty line.")
        if len(proof) > MAX_PROOF:
            raise BadNote(f"The proof has more than {MAX_PROOF} lines.")
        hashes = [notes.unb64(line, "A line of the proof") for line in proof]
        if any(len(part) != merkle.HASH_BYTES for part in hashes):
            raise BadNote("A line of the proof is no hash.")
        return cls(int(old[1]), hashes, note)


@dataclass(frozen=True)
class Witness:
    """Whoever holds `key` and looks after `logs`, which are named by their origin."""

    key: SigningKey
    logs: Mapping[str, VerifierKey]
    memory: Memory
    now: Callable[[], float]

    def add_checkpoint(self, body: str) -> Answer:
        """Answer a log, or anyone, who submits a checkpoint."""
        try:
            submitted = Submission.parse(body)
            origin = notes.split(submitted.note)[0].split("\n", 1)[0]
        except BadNote as error:
            return _refused(HTTPStatus.BAD_REQUEST, str(error))
        if origin not in self.logs:
            return _refused(HTTPStatus.NOT_FOUND, f"This witness doesn't look after a log named {origin!r}.")
        try:
            text = notes.open_note(submitted.note, self.logs[origin])
        except BadNote as error:
            return _refused(HTTPStatus.FORBIDDEN, str(error))
        try:
            checkpoint = notes.parse_checkpoint(text, origin)
        except BadNote as error:
            return _refused(HTTPStatus.BAD_REQUEST, str(error))
        if submitted.old > checkpoint.size:
            return _refused(HTTPStatus.BAD_REQUEST, "The old size is larger than the checkpoint's.")
        return self._compare(submitted, text, checkpoint)

    def last(self, origin: str) -> str | None:
        """The newest checkpoint of this log that was cosigned here; None before the first."""
        with self.memory.holding(origin) as held:
            return held.note

    def accuse(self, origin: str, note: str) -> None:
        """Keep a note that this log signed and that can't belong to the one remembered."""
        with self.memory.holding(origin) as held:
            held.accuse(note)

    def _compare(self, submitted: Submission, text: str, new: Checkpoint) -> Answer:
        # One after the other: of two that arrive at once, the second meets what the first left (tlog-witness).
        with self.memory.holding(new.origin) as held:
            last = None if held.note is None else notes.parse_checkpoint(notes.split(held.note)[0])
            size = last.size if last else 0
            if last is not None and last.size == new.size and last.root != new.root:
                held.accuse(submitted.note)
                return Answer(HTTPStatus.CONFLICT, f"{size}\n", SIZE_TYPE)
            if submitted.old != size:
                return Answer(HTTPStatus.CONFLICT, f"{size}\n", SIZE_TYPE)
            if not _grew(last, new, submitted.proof):
                return _refused(
                    HTTPStatus.UNPROCESSABLE_ENTITY,
                    f"The proof doesn't show that the log's first {size} entries are still those that were cosigned.",
                )
            cosigned = cosignatures.cosign(text, self.key, int(self.now())).line()
            held.keep(_only_by(submitted.note, self.logs[new.origin]) + cosigned)
        return Answer(HTTPStatus.OK, cosigned)


def _grew(last: Checkpoint | None, new: Checkpoint, proof: list[bytes]) -> bool:
    if last is None or last.size == 0:
        return not proof and (new.size > 0 or new.root == merkle.EMPTY_ROOT)
    return merkle.consistency_holds(last.size, last.root, new.size, new.root, proof)


def _only_by(note: str, key: VerifierKey) -> str:
    """The note with this key's signatures and nobody else's."""
    text, signatures = notes.split(note)
    return f"{text}\n" + "".join(signature.line() for signature in signatures if signature.is_of(key))


def _refused(status: HTTPStatus, why: str) -> Answer:
    return Answer(status, f"{why}\n")
