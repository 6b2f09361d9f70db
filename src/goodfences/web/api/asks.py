"""What a hub calls about video requests: what its owner is asked, and what the owner decided at home.

There is no call that makes a hub send anything: a hub reads what its owner was asked and, away from home, wants to
see, checks the public record itself, and sends what its owner chose or allowed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from goodfences.evidence.owner import at_home, wanting
from goodfences.evidence.owner.at_home import AtHome
from goodfences.web.api.auth import DeviceToken, signed_in

_LONGEST_DECISION = 16_384

router = Router(auth=DeviceToken())


class WantedOut(Schema):
    """A part of the home buffer that the owner asked for on the network's page, to look at it there."""

    ref: str
    camera: str
    starts_at: datetime
    ends_at: datetime


class AskOut(Schema):
    """Who asks, for what and when is told by the entry and the details alone, which the hub checks."""

    ref: str
    cameras: list[str] = Field(description="Refs of the home's cameras in the area")
    details: dict[str, Any] = Field(description="What the entry's details_sha256 commits to, as canonical JSON")
    bundle: dict[str, Any] = Field(description="The entry that opened the request, with its proof")
    wanted: list[WantedOut] = Field(description="Sent only by a hub whose owner allowed it at home")


class SeenIn(Schema):
    since: int = Field(0, ge=0, le=2**53, description="Size of the checkpoint that the hub saw last; 0 for none")


class AsksOut(Schema):
    checkpoint: str = Field(description="The newest signed checkpoint (C2SP); every bundle is against it")
    consistency: list[str] = Field(description="Proof that the checkpoint of `since` is a beginning of it; base64")
    asks: list[AskOut]


class DecisionIn(Schema):
    decision: str = Field(description="A note signed with the key of pairing", max_length=_LONGEST_DECISION)


class AnswerIn(Schema):
    why: str = Field("", description="Empty where it was brought: its clips are uploaded", max_length=20)


class AnswerOut(Schema):
    state: str


class ShareOut(Schema):
    ref: str
    state: str


class DeclinedOut(Schema):
    state: str


@router.get("/asks", response=AsksOut, summary="What the owner is asked and hasn't answered", url_name="asks")
def waiting(request: HttpRequest, seen: Query[SeenIn]) -> AsksOut:
    found, vouched = at_home.waiting(signed_in(request), since=seen.since)
    asks = [_ask(one, vouched.bundles) for one in found]
    return AsksOut(checkpoint=vouched.checkpoint, consistency=vouched.consistency, asks=asks)


@router.post("/asks/{ref}/share", response=ShareOut, summary="Share what was chosen at home", url_name="ask_share")
def share(request: HttpRequest, ref: str, body: DecisionIn) -> ShareOut:
    """The clips that the decision names were uploaded before. The same decision again is the same share."""
    made = at_home.share(device=signed_in(request), ask_ref=ref, note=body.decision)
    return ShareOut(ref=made.ref, state=made.state)


@router.post("/asks/{ref}/decline", response=DeclinedOut, summary="Not this time", url_name="ask_decline")
def decline(request: HttpRequest, ref: str, body: DecisionIn) -> DeclinedOut:
    """Signed as well: a token alone answers for nobody."""
    return DeclinedOut(state=at_home.decline(device=signed_in(request), ask_ref=ref, note=body.decision).state)


@router.post("/wanted/{ref}", response=AnswerOut, summary="What became of a wanted part", url_name="wanted")
def answer_wanted(request: HttpRequest, ref: str, body: AnswerIn) -> AnswerOut:
    return AnswerOut(state=wanting.answer(device=signed_in(request), wanted_ref=ref, why=body.why).state)


def _ask(found: AtHome, bundles: dict[int, dict[str, Any]]) -> AskOut:
    index = found.ask.video_request.ledger_index
    assert index is not None, "nobody is asked before the entry is written"
    return AskOut(
        ref=found.ask.ref,
        cameras=[camera.ref for camera in found.cameras],
        details=found.details,
        bundle=bundles[index],
        wanted=[
            WantedOut(ref=each.ref, camera=each.camera.ref, starts_at=each.starts_at, ends_at=each.ends_at)
            for each in found.wanted
        ],
    )
