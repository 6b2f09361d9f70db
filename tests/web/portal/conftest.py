"""Omar's request in each of its states, and what he posts."""

from __future__ import annotations

import json
import zoneinfo
from typing import Any

import pytest

from goodfences.ledger import actions as ledger
from goodfences.people.models import Account
from goodfences.video_requests import actions
from goodfences.video_requests.models.request import VideoRequest
from goodfences.video_requests.publication import publish_policy
from tests.persons import OLIVES_PLACE, TOWN_ZONE, officer
from tests.video_requests.conftest import REASON, fields

HELSINKI = zoneinfo.ZoneInfo(TOWN_ZONE)


def square(half: float = 0.004) -> str:
    """A GeoJSON square around Olive's place; `half` a side in degrees of latitude."""
    lat, lon = OLIVES_PLACE
    ring = [
        [lon - 2 * half, lat - half],
        [lon + 2 * half, lat - half],
        [lon + 2 * half, lat + half],
        [lon - 2 * half, lat + half],
        [lon - 2 * half, lat - half],
    ]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def form(**changes: Any) -> dict[str, Any]:
    """What Omar's browser posts: the evening before, from eight to ten on the clocks of Helsinki."""
    given = {
        "area": square(),
        "place_name": "Oak Street",
        "starts_at": "2026-11-23T20:00",
        "ends_at": "2026-11-23T22:00",
        "incident_type": "vandalism",
        "case_number": "26-0412",
        "reason": REASON,
        "contact": "omar@northgate.example",
    }
    return {**given, **changes}


@pytest.fixture(autouse=True)
def _policy_published(db: None, clock: Any) -> None:
    publish_policy()


@pytest.fixture
def draft(omar: Account) -> VideoRequest:
    return actions.save_draft(officer=officer(omar), fields=fields())


@pytest.fixture
def submitted(draft: VideoRequest, omar: Account) -> VideoRequest:
    return actions.submit(officer=officer(omar), ref=draft.ref)


@pytest.fixture
def opened(submitted: VideoRequest, ada: Account) -> VideoRequest:
    request = actions.approve(officer=officer(ada), ref=submitted.ref)
    ledger.sign_checkpoint()
    return request
