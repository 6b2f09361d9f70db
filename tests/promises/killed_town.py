"""`python -m tests.promises.killed_town COMMAND …`: what a test of P8 sets up and looks up inside a running instance.

Commands print JSON. `build HOMES REQUESTS`: a town where Omar has submitted requests that Ada may approve. `operator
ARRIVED…`: what an operator does about messages of which nobody knows whether they went out, having read in the mail
server's log which ones arrived; and as much time passes as a killed worker's claims of clips last. `state`: all
that the test compares.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import timedelta
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from django.conf import settings
from django.db import transaction

from goodfences import source
from goodfences.agencies.models import Agency, Officer
from goodfences.bench.faulty.town import operator
from goodfences.cameras.models import Camera
from goodfences.clips import playback
from goodfences.clips.models import Clip
from goodfences.ledger import keys as ledger_keys
from goodfences.ledger import proofs
from goodfences.mail.models import OutboxMessage
from goodfences.video_requests.models import Ask, VideoRequest
from goodfences_record import offline
from tests import persons, story


@transaction.atomic
def build(homes: str, requests: str) -> dict[str, Any]:
    agency = persons.make_agency("northgate-police", "Northgate Police", Agency.Kind.POLICE)
    omar = persons.make_officer(agency, "Omar", Officer.Role.REQUESTER, "Officer", "4411")
    ada = persons.make_officer(agency, "Ada", Officer.Role.APPROVER, "Sergeant", "3102")
    for home in story.neighbors_with_cameras(int(homes)):
        camera = Camera.objects.get(household=home)
        story.index_clip(camera, starts_at=source.now() - timedelta(minutes=30))
    olive = persons.make_home(persons.make_account("Olive"), persons.OLIVES_PLACE)
    persons.make_device(olive, "Hub", persons.OLIVES_TOKEN)
    client = persons.signed_in(ada)
    submitted = [story.submit(omar, story.fields(case=f"NG-{number}")).ref for number in range(int(requests))]
    return {
        "camera": persons.make_camera(olive, "Street", "street").ref,
        "session": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "requests": submitted,
    }


def state() -> dict[str, Any]:
    asks = Ask.objects.select_related("video_request", "owner")
    return {
        "clips": {clip.announced_sha256: _kept(clip) for clip in Clip.objects.filter(announced_size__gt=1)},
        "requests": {request.case_number: _proven(request) for request in VideoRequest.objects.all()},
        "asks": {f"{ask.video_request.case_number} {ask.owner.email}": ask.state for ask in asks},
        "refs": {ask.ref: f"{ask.video_request.case_number} {ask.owner.email}" for ask in asks},
        "outbox": dict.fromkeys(OutboxMessage.objects.values_list("state", flat=True)),
    }


def _kept(clip: Clip) -> list[Any]:
    """State, SHA-256 and facts of a clip, whose sealed file must hold just those bytes."""
    with playback.open_clip(clip) as reader:
        assert hashlib.sha256(reader.readall()).hexdigest() == clip.sha256
    assert playback.poster(clip)
    return [clip.state, clip.sha256, clip.facts]


def _proven(request: VideoRequest) -> str:
    """The state of a request; of an open one, the public ledger must prove its entry."""
    if request.ledger_index is not None:
        offline.verify_bundle(proofs.bundle(request.ledger_index), public_key=ledger_keys.public_key())
    return request.state


if __name__ == "__main__":
    command = {"build": build, "operator": operator, "state": state}[sys.argv[1]]
    print(json.dumps(command(*sys.argv[2:])))
