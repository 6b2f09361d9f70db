"""`python -m tests.hub.town COMMAND`: Olive's home inside a running instance, for a hub to pair with. Prints JSON.

`build`: the home and its camera. `code`: a pairing code. `clips`: what the network has of the camera.
`health`: what hubs told. `disconnect`: what its owner does with a hub that was stolen.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Device
from goodfences.clips.models import Clip
from goodfences.health.models import CameraHealth
from goodfences.people.models import Account
from tests import persons


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
            "checked": clip.checked_at is not None,
            "refusal": clip.refusal,
            "starts_at": clip.starts_at.timestamp(),
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
            "held": [(span.starts_at.timestamp(), span.ends_at.timestamp()) for span in camera.camera.held.all()],
        }
        for camera in CameraHealth.objects.order_by("hub__heard_at")
    ]


def disconnect() -> int:
    devices = Device.objects.filter(revoked_at=None)
    for device in devices:
        cameras.revoke_device(account=Account.objects.get(email__startswith="olive"), ref=device.ref)
    return len(devices)


if __name__ == "__main__":
    print(
        json.dumps(
            {"build": build, "code": code, "clips": clips, "health": health, "disconnect": disconnect}[sys.argv[1]]()
        )
    )
