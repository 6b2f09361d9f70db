"""The town's cameras: upload recorded street video through the same device API that a hub uses.

Does nothing where the town has video of the last hours already, so that a second start of the demo adds only
what is missing around "now".
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import av
import httpx
from django.conf import settings

from goodfences import source
from goodfences.cameras import actions as cameras
from goodfences.clips.models import Clip
from goodfences.demo import progress
from goodfences.demo.progress import Footage
from goodfences.demo.town import HOMES
from goodfences.people.models import Account

FOOTAGE = Path(__file__).parent / "footage"
FRESH = timedelta(hours=3)
UPLOADERS = 2


@dataclass(frozen=True)
class Recording:
    """One file of real video, and how long it plays."""

    data: bytes
    duration_ms: int

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class Planned:
    """A clip that a camera is going to have."""

    token: str
    camera: str
    starts_at: datetime
    kind: str
    recording: Recording


def record() -> None:
    """Upload what the town's cameras saw in the last hours."""
    now = source.now()
    if Clip.objects.filter(starts_at__gt=now - FRESH).exists():
        return
    planned = list(_plan(now))
    progress.write(Footage(0, len(planned)))
    with httpx.Client(base_url=settings.SITE_URL, timeout=60) as client, ThreadPoolExecutor(UPLOADERS) as pool:
        for done, _ in enumerate(pool.map(lambda clip: upload(client, clip), planned), start=1):
            progress.write(Footage(done, len(planned)))


def _plan(now: datetime) -> Iterator[Planned]:
    """Olive's home has a day's worth; every other home one clip a camera within the last two hours."""
    recordings = cycle(load_footage())
    owners = Account.objects.filter(memberships__role="owner", households__cameras__isnull=False).distinct()
    for number, owner in enumerate(owners.order_by("pk")[:HOMES]):
        token = _pair(owner)
        count = 3 if number == 0 else 1
        for place, camera in enumerate(owner.households.get().cameras.order_by("pk")):
            for nth, recording in enumerate(islice(recordings, count)):
                ago = timedelta(minutes=12 + (number * 7 + place * 29) % 95) + nth * timedelta(hours=2, minutes=41)
                kind = "doorbell" if camera.looks_at == "door" and nth == 0 else "motion"
                yield Planned(token, camera.ref, (now - ago).replace(microsecond=0), kind, recording)


def load_footage() -> list[Recording]:
    """The recorded street video that comes with the demo, in a fixed order."""
    found = []
    for path in sorted(FOOTAGE.glob("*.mp4")):
        with av.open(str(path)) as container:
            found.append(Recording(path.read_bytes(), int((container.duration or 0) / 1000)))
    return found


def _pair(owner: Account) -> str:
    """A device of the owner's household, paired by a code as a hub would be; returns its token."""
    code = cameras.start_pairing(account=owner)
    # The address is the account's: 66 homes pair from this one machine, which the limit by address forbids.
    _device, token = cameras.pair(code, "Demo hub", peer=f"demo-{owner.pk}")
    return token


def upload(client: httpx.Client, clip: Planned) -> str:
    """Announce one clip and bring its bytes along; returns its ref. Raises httpx.HTTPStatusError."""
    told = {
        "camera": clip.camera,
        "starts_at": clip.starts_at.isoformat(),
        "duration_ms": str(clip.recording.duration_ms),
        "kind": clip.kind,
        "sha256": clip.recording.sha256,
    }
    answer = client.post(
        "/api/v1/uploads/",
        headers={
            "Authorization": f"Bearer {clip.token}",
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(len(clip.recording.data)),
            "Upload-Metadata": ",".join(
                f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items()
            ),
            "Content-Type": "application/offset+octet-stream",
        },
        content=clip.recording.data,
    ).raise_for_status()
    return answer.headers["Clip"]
