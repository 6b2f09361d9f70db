"""`python -m tests.hub.town COMMAND`: Olive's home inside a running instance, for a hub to pair with. Prints JSON.

`build`: the home and its camera. `code`: a pairing code. `clips`: what the network has of the camera. `health`: what
hubs told. `opened`: a request about the last hour around the home. `asked`: how Olive's asks stand. `received FILE`:
what the officer plays of what was shared. `want AFTER`, `wanted`, `brought_bytes`: what Olive asks
her hub for from away, and what became of it. `oldest_checkpoint`: of the public record. `disconnect`: what Olive does
with a hub that was stolen.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from goodfences.agencies.models import Agency, Officer
from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.evidence import portal
from goodfences.evidence.models import SharedVideo, WantedPart
from goodfences.evidence.owner import wanting
from goodfences.health.models import CameraHealth
from goodfences.ledger.models import SignedCheckpoint
from goodfences.people.models import Account
from goodfences.video_requests.models import Ask
from tests import persons, story


def build() -> dict[str, str]:
    olive = persons.make_account("Olive")
    home = persons.make_home(olive, persons.OLIVES_PLACE)
    return {"camera": persons.make_camera(home, "Street", "street").ref, "email": olive.email}


def code() -> str:
    return cameras.start_pairing(account=Account.objects.get(email__startswith="olive"))


def clips() -> list[dict[str, Any]]:
    return [
        {
            "state": clip.state,
            "kind": clip.kind,
            "label": clip.label,
            "checked": clip.checked_at is not None,
            "refusal": clip.refusal,
            "starts_at": clip.starts_at.timestamp(),
            "camera_drift_ms": clip.camera_drift_ms,
            "seconds": (clip.ends_at - clip.starts_at).total_seconds(),
        }
        for clip in Clip.objects.order_by("starts_at")
    ]


def health() -> list[dict[str, Any]]:
    return [
        {
            "version": camera.hub.version,
            "last_frame_at": camera.last_frame_at and camera.last_frame_at.timestamp(),
            "days": camera.days,
            "gaps": [
                (gap.starts_at.timestamp(), gap.ends_at and gap.ends_at.timestamp(), gap.why)
                for gap in camera.camera.gaps.order_by("starts_at")
            ],
            "held": [(span.starts_at.timestamp(), span.ends_at.timestamp()) for span in camera.camera.held.all()],
        }
        for camera in CameraHealth.objects.order_by("hub__heard_at")
    ]


def opened() -> dict[str, str]:
    story.publish()
    Camera.objects.filter(name="Street").update(may_be_asked=True)
    agency = persons.make_agency("northgate-police", "Northgate Police", Agency.Kind.POLICE)
    omar = persons.make_officer(agency, "Omar", Officer.Role.REQUESTER, "Officer", "4411")
    ada = persons.make_officer(agency, "Ada", Officer.Role.APPROVER, "Sergeant", "3102")
    story.neighbors_with_cameras(12)
    request = story.open_request(omar, ada, story.fields(hours=1))
    return {"ref": request.ref, "starts_at": request.starts_at.isoformat(), "ends_at": request.ends_at.isoformat()}


def asked() -> list[str]:
    return [ask.state for ask in Ask.objects.filter(owner__email__startswith="olive")]


def received(file: str) -> list[dict[str, Any]]:
    """Omar plays each video; of one there is, the bytes."""
    omar = persons.officer(Account.objects.get(email__startswith="omar"))
    videos = list(SharedVideo.objects.all())
    for video in videos:
        viewing = portal.view(officer=omar, video_ref=video.ref)
        with closing(portal.play(officer=omar, video_ref=video.ref, pass_=viewing.pass_)) as reader:
            Path(file).write_bytes(reader.read_range(0, reader.size))
    return [{"starts_at": video.starts_at.isoformat(), "ends_at": video.ends_at.isoformat()} for video in videos]


def want(after: str) -> str:
    """Olive, away from home, asks her hub for twenty seconds of the request's window."""
    ask = Ask.objects.select_related("video_request", "owner").get(owner__email__startswith="olive")
    begins = ask.video_request.starts_at + timedelta(seconds=int(after))
    camera = Camera.objects.get(household=ask.household_id)
    span = {"starts_at": begins, "ends_at": begins + timedelta(seconds=20)}
    return wanting.want(account=ask.owner, ask_ref=ask.ref, camera_ref=camera.ref, **span).ref


def wanted() -> list[str]:
    return [f"{part.state} {part.why}" for part in WantedPart.objects.order_by("pk")]


def brought_bytes() -> int:
    return sum(clip.announced_size for clip in Clip.objects.filter(kind="manual"))


def oldest_checkpoint() -> str:
    return SignedCheckpoint.objects.earliest("size").note


def disconnect() -> int:
    devices = Device.objects.filter(revoked_at=None)
    for device in devices:
        cameras.revoke_device(account=Account.objects.get(email__startswith="olive"), ref=device.ref)
    return len(devices)


COMMANDS = (
    build,
    code,
    clips,
    health,
    opened,
    asked,
    received,
    want,
    wanted,
    brought_bytes,
    oldest_checkpoint,
    disconnect,
)

if __name__ == "__main__":
    command = next(each for each in COMMANDS if each.__name__ == sys.argv[1])
    print(json.dumps(command(*sys.argv[2:])))
