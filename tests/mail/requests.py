"""An open request and its asks, as the outbox meets them."""

from __future__ import annotations

from datetime import timedelta

from goodfences import source
from goodfences.agencies.models import Agency
from goodfences.mail import outbox
from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from goodfences.people.queries import OwnerContact
from goodfences.video_requests import letters
from goodfences.video_requests.models import Ask, VideoRequest
from tests.persons import officer


def open_request(omar: Account, **changes: object) -> VideoRequest:
    """A request of Omar's that is open; its ledger entry is another test's matter."""
    by = officer(omar)
    now = source.now()
    fields: dict[str, object] = {
        "agency": by.agency,
        "requester": by,
        "state": VideoRequest.State.OPEN,
        "case_number": "2026-1182",
        "incident_type": "burglary",
        "reason": "Two people in dark jackets left through the back garden with a gray bag.",
        "contact": "omar@northgate-police.example",
        "ranges": [[1, 2]],
        "area_m2": 300_000.0,
        "place_cells": [1],
        "place_name": "Elm Street",
        "starts_at": now - timedelta(hours=20),
        "ends_at": now - timedelta(hours=18),
        "time_zone": by.agency.time_zone,
        "opened_at": now,
        "expires_at": now + timedelta(days=7),
        "ledger_index": 123,
    }
    return VideoRequest.objects.create(**{**fields, **changes})


def ask_for(request: VideoRequest, owner: Account) -> Ask:
    """The owner's ask, not yet mailed."""
    return Ask.objects.create(video_request=request, owner=owner, household=owner.households.get())


def queue_ask(ask: Ask) -> OutboxMessage:
    """Write the ask's email into the outbox, as the fan-out does."""
    owner, request = ask.owner, ask.video_request
    contact = OwnerContact(owner.pk, owner.email, owner.language, owner.time_zone)
    outbox.queue_many(letters.messages(request, [ask], {owner.pk: contact}))
    return OutboxMessage.objects.get(ref=ask.ref)


def agency_named(agency: Agency, name: str) -> None:
    agency.name = name
    agency.save()
