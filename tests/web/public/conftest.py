"""A public record with something on it: requests that went through their real life."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from goodfences import source
from goodfences.ledger import actions as ledger
from goodfences.people.models import Account
from goodfences.places import area_from_circle
from goodfences.video_requests import actions
from goodfences.video_requests.fields import RequestFields
from goodfences.video_requests.models.request import VideoRequest
from goodfences.video_requests.publication import publish_policy
from tests.agencies.conftest import admit
from tests.persons import TOWN, officer

__all__ = ["admit"]

SECRET_WORDS = "A cyclist was hit at Mill and Third, and the driver of a light van left."
CASE = "NG-2026-11873"
REFUSAL = "No incident is named, so nobody should be asked."


@pytest.fixture
def submitted(clock: source.SeededSource, omar: Account, ada: Account) -> Callable[..., VideoRequest]:
    """`submitted(place_name="…")` is a request of Omar's that waits for Ada."""
    publish_policy()
    numbers = iter(range(100))

    def run(by: Account = omar, **changes: Any) -> VideoRequest:
        given = {
            "case_number": f"{CASE}-{next(numbers)}",
            "incident_type": "hit_and_run",
            "reason": SECRET_WORDS,
            "contact": "555-0101",
            "place_name": "Mill quarter",
            "area": area_from_circle(*TOWN, 300),
            "starts_at": source.now() - timedelta(hours=10),
            "ends_at": source.now() - timedelta(hours=8, minutes=30),
        }
        draft = actions.save_draft(officer=officer(by), fields=RequestFields(**{**given, **changes}))
        return actions.submit(officer=officer(by), ref=draft.ref)

    return run


@pytest.fixture
def opened(submitted: Callable[..., VideoRequest], ada: Account) -> Callable[..., VideoRequest]:
    """A request that Ada opened, under a signed checkpoint."""

    def run(**changes: Any) -> VideoRequest:
        request = actions.approve(officer=officer(ada), ref=submitted(**changes).ref)
        ledger.sign_checkpoint()
        return request

    return run


@pytest.fixture
def refused(submitted: Callable[..., VideoRequest], ada: Account) -> VideoRequest:
    """A request that Ada refused."""
    request = actions.reject(officer=officer(ada), ref=submitted().ref, reason=REFUSAL)
    ledger.sign_checkpoint()
    return request
