"""Nadia, whose car was hit; Olive with a camera and a clip of it; and enough homes around to ask."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from goodfences import places, source
from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.neighbor_requests import actions, place, tasks
from goodfences.neighbor_requests.check import Draft
from goodfences.neighbor_requests.models import NeighborAsk, NeighborRequest
from goodfences.people.models import Account, Household, Membership
from goodfences.redaction import previewing
from goodfences.redaction.choosing import Choice
from tests import ingest, persons
from tests.clips import streams

REASON = "My parked blue car was hit on its left side last night, and whoever did it drove on."
AGE = timedelta(days=60)


def known_for_long(*accounts: Account) -> None:
    """They have been here for two months."""
    since = source.now() - AGE
    Account.objects.filter(pk__in=[one.pk for one in accounts]).update(created_at=since)
    Membership.objects.filter(account__in=accounts).update(joined_at=since)
    for one in accounts:
        one.refresh_from_db()


def window() -> tuple[datetime, datetime]:
    """Two hours of this morning."""
    return source.now() - timedelta(hours=5), source.now() - timedelta(hours=3)


def draft(**changes: Any) -> Draft:
    starts_at, ends_at = window()
    given = {"kind": "car_hit", "reason": REASON, "starts_at": starts_at, "ends_at": ends_at, "is_own": True}
    return Draft(**{**given, **changes})


def around(account: Account) -> list[int]:
    """The cells in which cameras are asked for this person."""
    home = account.households.get()
    return list(places.cells_of(place.around(home.cell, 150)))


def index_clip(camera: Camera, starts_at: datetime) -> Clip:
    """The row of a checked clip of half a minute, without its video."""
    return Clip.objects.create(
        camera=camera,
        state=Clip.State.STORED,
        kind=Clip.Kind.MOTION,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(seconds=30),
        announced_size=1000,
        announced_sha256=f"{Clip.objects.count():064x}",
        expires_on=(starts_at + timedelta(days=30)).date(),
        stored_at=starts_at,
        checked_at=starts_at,
    )


def add_homes(count: int, asker: Account, *, with_clips: bool = True, first: int = 0) -> list[Household]:
    """Homes with a camera that may be asked about, around the asker; `ownerN@example.org` owns each."""
    cells = around(asker)
    homes = []
    for number in range(first, first + count):
        home = persons.make_home(persons.make_account(f"Owner{number}"), persons.NADIAS_PLACE)
        Household.objects.filter(pk=home.pk).update(cell=cells[number % len(cells)])
        home.refresh_from_db()
        camera = persons.make_camera(home, "Street", "street", may_be_asked=True)
        if with_clips:
            index_clip(camera, window()[0] + timedelta(minutes=5))
        homes.append(home)
    return homes


@pytest.fixture(autouse=True)
def _still(clock: source.SeededSource, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "_kept", previewing._Kept())
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"


@pytest.fixture
def asker(nadia: Account) -> Account:
    known_for_long(nadia)
    return nadia


@pytest.fixture
def clip(olives_device: Device, street_camera: Camera) -> Clip:
    """Five seconds with sound of Olive's street camera, in the window."""
    data = streams.clip(bframes=3, audio=True)
    starts_at = window()[0] + timedelta(minutes=5)
    return ingest.checked(olives_device, street_camera, data, starts_at=starts_at, duration_ms=5000)


@pytest.fixture
def asked(asker: Account) -> NeighborRequest:
    """Nadia's request; the worker hasn't come by."""
    return actions.ask(account=asker, draft=draft(name="Nadia from the corner"))


@pytest.fixture
def olives_ask(asker: Account, clip: Clip, olive: Account, asked: NeighborRequest) -> NeighborAsk:
    """Olive and nine others were asked."""
    add_homes(9, asker)
    tasks.run_due(10)
    return NeighborAsk.objects.get(owner=olive)


def choice(clip: Clip, account: Account) -> Choice:
    """Two seconds of the clip, as they were shown."""
    from goodfences.redaction import plans

    plan = plans.plan(clip, 1000, 3000, exact=False, audio=False)
    return Choice(clip.ref, 1000, 3000, seen_sha256=previewing.preview(account.pk, plan).sha256)
