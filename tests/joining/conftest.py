"""Springfield applies, by the acts that the pages call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from goodfences import places, source
from goodfences.agencies.actions import Terms
from goodfences.joining import actions
from goodfences.joining.checks import Applied
from goodfences.joining.models import Application
from goodfences.people.models import Account
from goodfences.video_requests.publication import publish_policy
from tests.agencies.conftest import AGREEMENT, CHIEF, SPRINGFIELD
from tests.joining import keys
from tests.joining.nameserver import NameServer, serving

TOWN_OUTLINE = places.jurisdiction(
    {"type": "Polygon", "coordinates": [[[24.90, 60.15], [24.99, 60.15], [24.99, 60.19], [24.90, 60.19]]]}
)
NOTICE = 14


def given(**changes: Any) -> Applied:
    """Springfield's application; `changes` are of its particulars."""
    own = {
        "area": TOWN_OUTLINE,
        "domain": "springfield.example",
        "responsible": "Carla Chief, Chief of Police",
        "retention_days": 30,
        "reuse": "case",
    }
    return Applied(
        particulars=replace(SPRINGFIELD, **{**own, **changes}),
        terms=Terms(text=AGREEMENT, signed_by="Carla Chief, Chief of Police", stricter={"request.expiry": 3}),
        admin=CHIEF,
        applicant_email="it@springfield.example",
        oversight={"name": "Springfield City Council", "person": "Cora Council", "email": "cora@council.example"},
    )


@pytest.fixture(autouse=True)
def _notice(settings: Any, db: None, clock: source.SeededSource, tmp_path: Any) -> None:
    settings.NOTICE_DAYS = NOTICE
    publish_policy()


@pytest.fixture
def nameserver(settings: Any) -> Iterator[NameServer]:
    with serving() as server:
        settings.DNS_RESOLVER = server.address
        yield server


@pytest.fixture
def applied() -> Application:
    return actions.apply(given=given(), peer="192.0.2.1")


@pytest.fixture
def signed(applied: Application) -> Application:
    """Proven and signed; it waits for the operator."""
    proven = actions.applying._prove(applied, Application.Proof.MAIL)
    return actions.sign(application=proven, signature=keys.signature(proven.statement.encode()))


@pytest.fixture
def announced(signed: Application, otto: Account) -> Application:
    return actions.announce(operator=otto, ref=signed.ref)


@pytest.fixture
def in_force(announced: Application, clock: source.SeededSource) -> Callable[[], Application]:
    """`in_force()` lets the notice end and the worker do its work."""

    def run() -> Application:
        clock.advance(timedelta(days=NOTICE))
        assert actions.bring_into_force(10) == 1
        announced.refresh_from_db()
        return announced

    return run
