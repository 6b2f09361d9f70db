"""What the ask pages show, gathered from the rooms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from goodfences import places, source
from goodfences.cameras.models import Camera
from goodfences.evidence.models.share import Share
from goodfences.evidence.models.shared_video import SharedVideo
from goodfences.evidence.owner import afterwards, choosing, proof, queries, wanting
from goodfences.people.models import Account
from goodfences.video_requests import letters, outcomes
from goodfences.video_requests import queries as requests
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest


@dataclass(frozen=True)
class Listed:
    """One ask on the list of them: what became of it, whether what was shared was opened, and whether it helped."""

    ask: Ask
    incident: str
    share: Share | None
    touches: Sequence[queries.Touch]
    outcome: str


def letter(ask: Ask) -> dict[str, Any]:
    """Who asks, why, where and when, with the public record checked at this moment."""
    request = ask.video_request
    cameras = choosing.cameras_of(ask)
    muted = {mute.agency_id for mute in requests.mutes_of(ask.owner_id)}
    return {
        "ask": ask,
        "asked": request,
        "agency": request.agency,
        "incident": letters.incident(request, ask.owner.language),
        "on_record": proof.look(request),
        "open": request.takes_answers(source.now()),
        "map": around(request, cameras),
        "cameras": cameras,
        "seen_before": [touch for touch in queries.custody_of(ask.owner, ask) if touch.taken_back],
        "agency_muted": request.agency_id in muted,
        "all_muted": None in muted,
    }


def around(request: VideoRequest, cameras: Iterable[Camera]) -> dict[str, Any]:
    """The area and the owner's own cameras in it, as GeoJSON for this owner's map alone."""
    area = {"type": "Feature", "properties": {"kind": "area"}, "geometry": places.outline(request.ranges)}
    return {"type": "FeatureCollection", "features": [area, *(_dot(camera) for camera in cameras)]}


def _dot(camera: Camera) -> dict[str, Any]:
    lat, lon = places.center(camera.cell)
    point = {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}
    return {"type": "Feature", "properties": {"kind": "own", "name": camera.name}, "geometry": point}


def listed(account: Account) -> tuple[list[Listed], list[Listed]]:
    """Asks that wait for an answer, urgent ones first, and all others; the newest first."""
    asks = list(requests.asks_of(account.pk))
    shares = queries.shares_of(asks)
    touches: dict[str, list[queries.Touch]] = {}
    for touch in queries.custody_of(account):
        touches.setdefault(touch.ask_ref, []).append(touch)
    said = outcomes.answers(ask.video_request_id for ask in asks if ask.state == Ask.State.SHARED)
    found = [
        Listed(
            ask,
            letters.incident(ask.video_request, account.language),
            shares.get(ask.pk),
            touches.get(ask.ref, []),
            said.get(ask.video_request_id, "") if ask.state == Ask.State.SHARED else "",
        )
        for ask in asks
    ]
    waiting = [one for one in found if is_waiting(one.ask)]
    waiting.sort(key=lambda one: not one.ask.video_request.urgent)
    return waiting, [one for one in found if not is_waiting(one.ask)]


def is_waiting(ask: Ask) -> bool:
    """Whether the owner can still answer and hasn't."""
    undecided = ask.state in (Ask.State.WAITING, Ask.State.SENT, Ask.State.OPENED)
    return undecided and ask.video_request.takes_answers(source.now())


def given(ask: Ask) -> dict[str, Any]:
    """What was shared for an ask, what became of it, and who opened it."""
    share = queries.share_of(ask)
    videos = queries.videos_of(share) if share else []
    return {
        "share": share,
        "videos": videos,
        "downloaded": queries.downloaded(videos),
        "touches": [touch for touch in queries.custody_of(ask.owner, ask) if not touch.taken_back],
        "receipts": [(video, receipt_url(ask, video)) for video in videos],
        "words_wanted": afterwards.waiting(ask.owner, videos),
        "outcome": outcomes.of_request(ask.video_request),
    }


def at_home(ask: Ask) -> dict[str, Any]:
    """What hubs still hold of the request's time, and what became of the parts that the owner wanted to see here."""
    request = ask.video_request
    held = wanting.held_for(ask)
    spans = [{"starts_at": begins, "ends_at": ends} for begins, ends in (wanting.inside(s, request) for s in held)]
    wanted = wanting.wanted_of(ask)
    return {
        "held": held,
        "held_spans": spans,
        "wanted": wanted,
        "is_bringing": any(part.state == part.State.WAITING for part in wanted),
    }


def receipt_url(ask: Ask, video: SharedVideo) -> str:
    return reverse("resident:ask_receipt", args=[ask.ref, video.ref])
