"""The public record as this hub knows it: its key, kept since pairing, and the newest checkpoint that was seen.

Footage moves for a request that the record proves, and for no other (P5). The network that asks is not believed: the
hub checks signature, proof and that the record only ever grew, and remembers it when one of them doesn't hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from goodfences_hub.clock import Clock, local
from goodfences_hub.errors import HubError
from goodfences_hub.state import State

if TYPE_CHECKING:
    from goodfences_record.offline import Proven

KEY = "record key"
CHECKPOINT = "record checkpoint"
ALARM = "record alarm"
OPENED = "request.opened"


def pin(state: State, key: str) -> None:
    """Keep the key of the network's public record, for good. Another one is another network's: begin anew."""
    if state.fact(KEY) != key:
        with state.transaction():
            state.do("DELETE FROM fact WHERE name IN (?, ?)", (CHECKPOINT, ALARM))
            state.do("UPDATE ask SET state = 'over' WHERE state IN ('waiting', 'sharing', 'declining')")
            state.remember(KEY, key)


class NotOnRecord(HubError):
    """The public record doesn't prove what the network says. Nothing is sent."""


@dataclass(frozen=True)
class Request:
    """A video request as the public record proves it, with the details that its entry commits to."""

    ref: str
    entry: int
    agency: str
    incident: str
    place: str
    officers: str
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime
    case_number: str
    reason: str
    contact: str


@dataclass(frozen=True)
class Alarm:
    """Something that the network said and the record contradicts."""

    at: datetime
    words: str


class Record:
    """Of the network that this hub is paired with."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    @property
    def key(self) -> str:
        """The record's C2SP verifier key; empty where the hub was paired before it kept one."""
        return self._state.fact(KEY)

    @property
    def size(self) -> int:
        """How many entries the record had when it was seen last; 0 for never."""
        # The second line of a checkpoint, which was checked before it was kept (C2SP tlog-checkpoint).
        lines = self._state.fact(CHECKPOINT).split("\n")
        return int(lines[1]) if len(lines) > 1 else 0

    def alarm(self) -> Alarm | None:
        """What was last found not to hold."""
        if not (kept := self._state.fact(ALARM)):
            return None
        found = json.loads(kept)
        return Alarm(local(found["at"]), found["words"])

    def take_in(self, note: str, consistency: Sequence[str]) -> None:
        """Remember a newer checkpoint, if the record that it signs begins with the one that was seen last.

        Raises NotOnRecord, and remembers an alarm: the record was rewritten, shortened or signed by somebody else.
        """
        with self.checking(note):
            self._check_growth(note, consistency)
        self._state.remember(CHECKPOINT, note)

    def request(self, bundle: Mapping[str, Any], details: Mapping[str, Any]) -> Request:
        """The request that `bundle` proves to be in the record at the checkpoint seen last, with its `details`.

        Raises NotOnRecord, and remembers an alarm.
        """
        with self.checking():
            return _request(self._proven(bundle), details)

    def _check_growth(self, note: str, consistency: Sequence[str]) -> None:
        from goodfences_record import merkle, notes

        if not self.key:
            raise NotOnRecord("This hub has no key of the public record. Pair it again.")
        key = notes.VerifierKey.parse(self.key)
        new = notes.open_checkpoint(note, key)
        if not (kept := self._state.fact(CHECKPOINT)):
            return
        seen = notes.open_checkpoint(kept, key)
        if new.size < seen.size:
            raise NotOnRecord(f"The public record has shrunk from {seen.size} to {new.size} entries.")
        path = [notes.unb64(part, "A part of the proof") for part in consistency]
        if not merkle.consistency_holds(seen.size, seen.root, new.size, new.root, path):
            raise NotOnRecord("The public record was rewritten: it doesn't begin with what it said before.")

    def _proven(self, bundle: Mapping[str, Any]) -> Proven:
        from goodfences_record import offline

        proven = offline.verify_bundle(bundle, public_key=self.key)
        if bundle["checkpoint"] != self._state.fact(CHECKPOINT):
            raise NotOnRecord("The proof of the request is not of the newest public record.")
        return proven

    @contextmanager
    def checking(self, note: str = "") -> Iterator[None]:
        """Turn whatever doesn't hold into NotOnRecord, and remember an alarm with both checkpoints, as evidence."""
        from goodfences_record.notes import BadNote
        from goodfences_record.offline import Broken

        try:
            yield
            return
        except (NotOnRecord, Broken, BadNote) as error:
            words = str(error)
        except (ValueError, KeyError, TypeError, AttributeError):
            words = "What the network told makes no sense."
        kept = {
            "at": self._clock.now().timestamp(),
            "words": words,
            "seen": self._state.fact(CHECKPOINT),
            "told": note,
        }
        self._state.remember(ALARM, json.dumps(kept))
        raise NotOnRecord(words)


def _request(proven: Proven, details: Mapping[str, Any]) -> Request:
    import hashlib

    from goodfences_record.canonical import canonical

    body = proven.body
    if proven.kind != OPENED or body is None or proven.subject != f"request:{body['request']}":
        raise NotOnRecord("The entry is not one that opened a request.")
    details_sha256 = hashlib.sha256(canonical(details)).hexdigest()
    if details["request"] != body["request"] or details_sha256 != body["details_sha256"]:
        raise NotOnRecord("The request says otherwise than what was published.")
    return Request(
        ref=str(body["request"]),
        entry=proven.index,
        agency=str(body["agency_name"]),
        incident=str(body["incident_type"]).replace("_", " ").replace("-", " "),
        place=str(body["place_name"]),
        officers=f"{body['requested_by']}, approved by {body['approved_by']}",
        starts_at=_moment(body["window_starts_at"]),
        ends_at=_moment(body["window_ends_at"]),
        expires_at=_moment(body["expires_at"]),
        case_number=str(details["case_number"]),
        reason=str(details["reason"]),
        contact=str(details["contact"]),
    )


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise NotOnRecord("A time in the entry has no zone.")
    return found
