"""A request that passes every rule, in each of its states, and homes around it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import h3
import pytest
from django.db import transaction

from goodfences import source
from goodfences.agencies.models import Agency
from goodfences.cameras.models import Camera
from goodfences.clips.models import Clip
from goodfences.ledger import actions as ledger
from goodfences.people.models import Account, Household
from goodfences.places import area_from_circle
from goodfences.video_requests import actions
from goodfences.video_requests.fields import RequestFields
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from goodfences.video_requests.publication import publish_policy
from tests.persons import OLIVES_PLACE, make_account, make_camera, make_home, officer

AREA = area_from_circle(*OLIVES_PLACE, 500)
REASON = "Two parked cars had their windows broken. We look for whoever walked along the street that night."


def fields(**changes: Any) -> RequestFields:
    """What Omar fills in: last night from eight to ten, around Olive's street."""
    now = source.now()
    given: dict[str, Any] = {
        "case_number": "26-0412",
        "incident_type": "vandalism",
        "reason": REASON,
        "contact": "omar@northgate.example",
        "place_name": "Oak Street",
        "area": AREA,
        "starts_at": now - timedelta(hours=16),
        "ends_at": now - timedelta(hours=14),
    }
    return RequestFields(**{**given, **changes})


@pytest.fixture
def policy_published(db: None, clock: source.SeededSource) -> None:
    publish_policy()


@pytest.fixture
def draft(omar: Account, policy_published: None) -> VideoRequest:
    return actions.save_draft(officer=officer(omar), fields=fields())


@pytest.fixture
def submitted(draft: VideoRequest, omar: Account) -> VideoRequest:
    return actions.submit(officer=officer(omar), ref=draft.ref)


@pytest.fixture
def unsigned(submitted: VideoRequest, ada: Account) -> VideoRequest:
    """Open, and its ledger entry not yet vouched for by a checkpoint."""
    return actions.approve(officer=officer(ada), ref=submitted.ref)


@pytest.fixture
def opened(unsigned: VideoRequest) -> VideoRequest:
    ledger.sign_checkpoint()
    return unsigned


def open_another(request: VideoRequest, agency: Agency, number: int, **changes: Any) -> VideoRequest:
    """An open request like this one, of the same agency or another's, with an entry of its own in the ledger."""
    copy = VideoRequest.objects.get(pk=request.pk)
    copy.pk, copy.ref, copy.agency = None, f"another{number}", agency
    with transaction.atomic():
        entry = ledger.append(kind="request.opened", subject=f"request:{copy.ref}", body={"like": request.ref})
        copy.ledger_index = entry.index
        for name, value in changes.items():
            setattr(copy, name, value)
        copy.save()
    ledger.sign_checkpoint()
    return copy


def add_clip(
    camera: Camera, request: VideoRequest, *, after: timedelta = timedelta(minutes=5), **changes: Any
) -> Clip:
    """A checked, stored clip of half a minute that begins `after` the start of the window."""
    number = Clip.objects.count()
    starts_at = request.starts_at + after
    given: dict[str, Any] = {
        "camera": camera,
        "state": Clip.State.STORED,
        "kind": Clip.Kind.MOTION,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(seconds=30),
        "announced_size": 1000,
        "announced_sha256": f"{number:064x}",
        "expires_on": (starts_at + timedelta(days=30)).date(),
        "stored_at": starts_at,
        "checked_at": starts_at,
    }
    return Clip.objects.create(**{**given, **changes})


def add_homes(count: int, request: VideoRequest | None = None, *, first: int = 0) -> list[Household]:
    """Homes on cells around Olive's, each with an owner `ownerN@example.org` and one askable camera.

    With `request` each camera has a clip in its window.
    """
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(*OLIVES_PLACE, 11), 8))
    homes = []
    for number in range(first, first + count):
        home = make_home(make_account(f"Owner{number}"), OLIVES_PLACE)
        Household.objects.filter(pk=home.pk).update(cell=int(cells[number % len(cells)], 16))
        home.refresh_from_db()
        camera = make_camera(home, "Street", "street", may_be_asked=True)
        if request is not None:
            add_clip(camera, request)
        homes.append(home)
    return homes


@pytest.fixture
def olives_ask(opened: VideoRequest, olive: Account) -> Ask:
    """Olive's ask about the open request, its email already sent."""
    return Ask.objects.create(
        video_request=opened, owner=olive, household=olive.households.get(), state=Ask.State.SENT
    )
