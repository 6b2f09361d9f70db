"""Northgate's city council, for which Cora signs in."""

from __future__ import annotations

from typing import Any

import pytest

from goodfences.agencies.models import Agency
from goodfences.oversight import actions
from goodfences.oversight.models import Seat
from goodfences.people.models import Account
from goodfences.video_requests.publication import publish_policy

COUNCIL = {"name": "Northgate City Council", "person": "Cora Council", "email": "cora@council.example"}
FOUND = "Four of five requests of this quarter said too little about why they were needed."


@pytest.fixture
def cora(northgate: Agency, otto: Account, clock: Any) -> Seat:
    """Her seat."""
    publish_policy()
    body = actions.name_body(operator=otto, slug=northgate.slug, **COUNCIL)
    return body.seats.get()
