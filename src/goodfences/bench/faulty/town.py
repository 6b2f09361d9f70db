"""`python -m goodfences.bench.faulty.town COMMAND …`: what `goodfences bench faults` sets up and looks up.

Commands print JSON. `build ROUNDS HOMES`: an agency with a submitted request a round, each to homes of its own.
`sign_in`: its approver once more. `pairing_code`: for a hub. `operator ARRIVED…`: what an operator does about
messages of which nobody knows whether they went out, having read in the mail server's log which ones arrived; and as
much time passes as a killed worker's claims of clips last. `unfinished`: what has still to be done. `state`: all that
could be lost or doubled.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from django.db import transaction

from goodfences import source
from goodfences.agencies.models import Officer
from goodfences.bench import devices, neighborhood
from goodfences.bench.bulk import show_second_factor, signed_in
from goodfences.bench.faulty import hub_at_home
from goodfences.cameras import actions as cameras
from goodfences.clips import playback
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.feed.models import Post
from goodfences.ledger import keys as ledger_keys
from goodfences.ledger import proofs
from goodfences.ledger.models import LedgerEntry
from goodfences.mail import actions as mail
from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from goodfences.video_requests.models import Ask, VideoRequest
from goodfences.video_requests.models.ask import Matching
from goodfences.video_requests.publication import publish_policy
from goodfences_record import offline


@transaction.atomic
def build(rounds: str, homes: str) -> dict[str, Any]:
    publish_policy()
    asks, opens = neighborhood.admit_agency()
    home = devices.settle()
    cameras.add_camera(account=Account.objects.get(email=devices.OWNER), name=hub_at_home.CAMERA, looks_at="street")
    for number in range(int(rounds)):
        neighborhood.settle(number, int(homes))
    Account.objects.update(created_at=source.now() - timedelta(days=90))
    writers = [Account.objects.get(email=f"owner{number}.0@homes.example") for number in range(int(rounds))]
    return {
        "camera": home.camera,
        "token": home.token,
        "requests": [neighborhood.submit(number, asks).ref for number in range(int(rounds))],
        "officer": _officers_session(opens),
        "writers": [signed_in(writer).session.session_key for writer in writers],
    }


def _officers_session(officer: Officer) -> str | None:
    """The key of a session in which a second factor was shown."""
    assert officer.account is not None
    client = signed_in(officer.account)
    show_second_factor(client, officer.account)
    return client.session.session_key


def sign_in() -> str | None:
    """The officer once more, whom a clock that was ahead signed out."""
    return _officers_session(Officer.objects.select_related("account").get(role=Officer.Role.APPROVER))


def pairing_code() -> str:
    """For the hub of the home that uploads."""
    return cameras.start_pairing(account=Account.objects.get(email=devices.OWNER))


def operator(*arrived: str) -> dict[str, int]:
    uncertain = list(OutboxMessage.objects.filter(state="uncertain").values_list("ref", flat=True))
    for ref in uncertain:
        (mail.count_as_sent if ref in arrived else mail.send_again)(ref=ref)
    soon = source.now() + timedelta(minutes=10)
    Clip.objects.filter(checked_at__isnull=True, check_after__lt=soon).update(check_after=None)
    return {"uncertain": len(uncertain), "never_arrived": len(set(uncertain) - set(arrived))}


def unfinished() -> dict[str, int]:
    """What the worker has still to do, and what is the operator's to decide."""
    open_requests = VideoRequest.objects.filter(state="open")
    outbox, asked = OutboxMessage.objects, Matching.objects.filter(finished_at__isnull=False)
    return {
        "work": outbox.filter(state__in=("waiting", "claimed")).count()
        + Clip.objects.filter(state="stored", checked_at__isnull=True).count()
        + open_requests.exclude(pk__in=asked.values("video_request_id")).count(),
        "uncertain": outbox.filter(state="uncertain").count(),
    }


def state() -> dict[str, Any]:
    asks = Ask.objects.select_related("video_request", "owner")
    return {
        "clips": [_told(clip) for clip in Clip.objects.filter(announced_size__gt=1).select_related("camera")],
        "requests": {request.ref: _entries(request) for request in VideoRequest.objects.exclude(state="submitted")},
        "asks": {ask.ref: [ask.video_request.ref, ask.owner.email, ask.state] for ask in asks},
        "posts": Counter(Post.objects.values_list("title", flat=True)),
        "outbox": Counter(OutboxMessage.objects.values_list("state", flat=True)),
    }


def _told(clip: Clip) -> dict[str, Any]:
    return {
        "camera": clip.camera.ref,
        "sha256": clip.announced_sha256,
        "starts_at": clip.starts_at.timestamp(),
        "whole": _is_whole(clip),
    }


def _is_whole(clip: Clip) -> bool:
    """Whether its sealed file is there and holds what its row says."""
    if clip.state != Clip.State.STORED or clip.checked_at is None:
        return False
    try:
        with playback.open_clip(clip) as reader:
            return hashlib.sha256(reader.readall()).hexdigest() == clip.sha256
    except NotFound:
        return False


def _entries(request: VideoRequest) -> int:
    """How many entries of the public ledger opened it; each has to be proven by a signed checkpoint."""
    found = LedgerEntry.objects.filter(kind="request.opened", subject=f"request:{request.ref}")
    for entry in found:
        offline.verify_bundle(proofs.bundle(entry.index), public_key=ledger_keys.public_key())
    return len(found)


if __name__ == "__main__":
    commands: dict[str, Callable[..., Any]] = {
        "build": build,
        "operator": operator,
        "pairing_code": pairing_code,
        "sign_in": sign_in,
        "unfinished": unfinished,
        "state": state,
    }
    print(json.dumps(commands[sys.argv[1]](*sys.argv[2:])))
