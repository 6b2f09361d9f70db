"""The custody log of one shared video as a hash chain. Knows no database and no Django.

Each event's hash covers the event and the hash before it; the first one is tied to the video itself. Nothing
can be taken out, changed or put in between without every later hash changing, the last of which a package signs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from goodfences_record.canonical import canonical

FORMAT = "goodfences-custody/1"
FIELDS = {"sequence", "kind", "at", "officer", "details", "previous_hash", "hash"}
VERBS = {
    "shared": "shared by an owner",
    "handed_in": "handed in for a public appeal, and checked",
    "viewed": "opened by",
    "downloaded": "downloaded by",
    "withdrawn": "taken back by its owner",
    "held": "put on legal hold by",
    "hold_lifted": "legal hold lifted by",
    "handed_on": "handed on by",
    "asked": "its owner was asked a question by",
    "reuse_allowed": "its owner allowed another case",
    "deletion_asked": "its owner asked for its deletion",
    "deletion_answered": "that was answered by",
    "destroyed": "the sealed copy kept by the instance was destroyed",
}


class BrokenChain(ValueError):
    """The log was changed. Says at which event."""


def start(video_ref: str, video_sha256: str) -> str:
    """What the first event follows: a hash that ties the log to this one video."""
    return hashlib.sha256(f"{FORMAT}\n{video_ref}\n{video_sha256}\n".encode()).hexdigest()


def link(event: Mapping[str, Any]) -> str:
    """The hash of `event`, whose own `hash` is left out of it."""
    return hashlib.sha256(canonical({key: event[key] for key in FIELDS - {"hash"}})).hexdigest()


def log_of(video_ref: str, video_sha256: str, events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The custody log as it goes into a package."""
    return {"format": FORMAT, "video": video_ref, "video_sha256": video_sha256, "events": [dict(e) for e in events]}


def check(log: Mapping[str, Any]) -> None:
    """Raises BrokenChain unless every event of `log` follows from the one before it."""
    if log.get("format") != FORMAT or not isinstance(log.get("events"), list) or not log["events"]:
        raise BrokenChain(f"It isn't a custody log in the form {FORMAT}.")
    before = start(str(log.get("video")), str(log.get("video_sha256")))
    for number, event in enumerate(log["events"], start=1):
        if not isinstance(event, dict) or set(event) != FIELDS or event["sequence"] != number:
            raise BrokenChain(f"Event {number} isn't in its place or lacks a part.")
        if event["previous_hash"] != before:
            raise BrokenChain(f"Event {number} doesn't follow the one before it.")
        if link(event) != event["hash"]:
            raise BrokenChain(f"Event {number} was changed after it was written.")
        before = event["hash"]


def in_words(log: Mapping[str, Any]) -> str:
    """The log as lines that a person can read, one an event."""
    lines = [f"Custody of the video {log['video']}", f"SHA-256 {log['video_sha256']}", ""]
    for event in log["events"]:
        officer = event["officer"]
        who = f" {officer['name']}, {officer['agency']}" if officer else ""
        lines.append(f"{event['sequence']}. {event['at']}  {VERBS[event['kind']]}{who}")
        if event["kind"] != "shared":  # whose only detail is the receipt's signature, which has a file of its own
            lines += [f"   {name}: {value}" for name, value in sorted(event["details"].items())]
        lines.append(f"   hash {event['hash']}")
    return "\n".join(lines) + "\n"
