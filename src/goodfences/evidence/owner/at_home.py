"""Asks that a hub shows to its owner at home, and what the owner decides there.

A hub isn't believed more than a browser: its decision is signed with the key that it was paired with, and then goes
through the same act as one made on a page. What it shares was uploaded before, by the owner's decision alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.errors import refuse
from goodfences.evidence.models.share import Share
from goodfences.evidence.models.wanted import WantedPart
from goodfences.evidence.owner import actions, choosing, wanting
from goodfences.evidence.owner.choosing import Choice
from goodfences.ledger import proofs
from goodfences.ledger.proofs import Vouched
from goodfences.people import access as people
from goodfences.people.models import Account
from goodfences.redaction import plans
from goodfences.video_requests import access as requests
from goodfences.video_requests import asks, queries
from goodfences.video_requests.details import details
from goodfences.video_requests.models.ask import Ask
from goodfences_record import notes
from goodfences_record.notes import BadNote, VerifierKey

DECISION = "goodfences-decision/1"


@dataclass(frozen=True)
class AtHome:
    """One ask as a hub is told of it: everything that the public record commits to, to be checked there."""

    ask: Ask
    cameras: list[Camera]
    details: dict[str, Any]
    wanted: list[WantedPart]


def waiting(device: Device, *, since: int) -> tuple[list[AtHome], Vouched]:
    """What the owner of `device` is asked and hasn't answered, with the proofs of each request's entry.

    `since` is the size of the checkpoint that the hub saw last. A request that no checkpoint vouches for is left out.
    """
    owner = _owner(device)
    found = [
        ask
        for ask in queries.undecided_asks(owner.pk)
        if ask.household_id == device.household_id and ask.video_request.takes_answers(source.now())
    ]
    vouched = proofs.vouched((_index(ask) for ask in found), since=since)
    wanted = wanting.waiting_of(found)
    return [_at_home(ask, wanted.get(ask.pk, [])) for ask in found if _index(ask) in vouched.bundles], vouched


def share(*, device: Device, ask_ref: str, note: str) -> Share:
    """Share what the owner decided at home. `note` is the decision, signed; sent again, it is the same share.

    Raises Refused for a decision that isn't this hub's or isn't about what it uploaded, and for all that
    `actions.share` refuses; NotFound for an ask that isn't its owner's.
    """
    owner = _owner(device)
    ask = requests.ask(owner, ask_ref)
    made = Share.objects.filter(ask=ask, decision=note).exclude(state=Share.State.FAILED).first()
    if made is not None:
        return made
    decided = _read(device, ask, note, "share")
    choices = [_choice(device, cut) for cut in decided["cuts"]]
    return actions.share(account=owner, ask_ref=ask.ref, cuts=choices, told={}, decision=note)


def decline(*, device: Device, ask_ref: str, note: str) -> Ask:
    """“Not this time”, said at home and signed there. Twice is once. Raises as `share` and `asks.decline` do."""
    ask = requests.ask(_owner(device), ask_ref)
    _read(device, ask, note, "decline")
    return asks.decline(ask_ref=ask.ref)


def _owner(device: Device) -> Account:
    return people.owner_of(device.household_id)


def _index(ask: Ask) -> int:
    index = ask.video_request.ledger_index
    assert index is not None, "nobody is asked before the entry is written"
    return index


def _at_home(ask: Ask, wanted: list[WantedPart]) -> AtHome:
    return AtHome(ask, choosing.cameras_of(ask), details(ask.video_request), wanted)


def _read(device: Device, ask: Ask, note: str, act: str) -> dict[str, Any]:
    """The decision, if this hub signed it and it is this act about this ask."""
    try:
        text = notes.open_note(note, VerifierKey.parse(device.decision_key))
        decided = json.loads(text)
    except (BadNote, ValueError, RecursionError) as error:
        raise refuse(
            "decision.signature", "decision", "The decision isn't signed with the key that this hub was paired with."
        ) from error
    request = ask.video_request
    named = {"format": DECISION, "act": act, "ask": ask.ref, "request": request.ref, "entry": _index(ask)}
    if not isinstance(decided, dict) or any(decided.get(name) != value for name, value in named.items()):
        raise refuse("decision.ask", "decision", "The decision is about another request, or another answer to it.")
    if act == "share" and not _is_list_of_cuts(decided.get("cuts")):
        raise refuse("decision.cuts", "decision", "The decision doesn't say what is shared.")
    return decided


def _is_list_of_cuts(cuts: object) -> bool:
    return isinstance(cuts, list) and all(isinstance(cut, dict) and _is_cut(cut) for cut in cuts)


def _is_cut(cut: dict[str, Any]) -> bool:
    fields = {"camera": str, "sha256": str, "audio": bool}
    return all(isinstance(cut.get(name), kind) for name, kind in fields.items())


def _choice(device: Device, cut: dict[str, Any]) -> Choice:
    """The whole of the clip that the decision names by its hash, as the hub announced it."""
    clip = Clip.objects.filter(
        camera__household_id=device.household_id, camera__ref=cut["camera"], announced_sha256=cut["sha256"]
    ).first()
    if clip is None or clip.checked_at is None:
        raise refuse("decision.clip", "decision", "Upload what is shared first, and wait until it is checked.")
    return Choice(clip.ref, 0, plans.duration_ms(clip), audio=cut["audio"])
