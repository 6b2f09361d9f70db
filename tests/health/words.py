"""What a hub may tell, ready to be changed with `dataclasses.replace`."""

from __future__ import annotations

from datetime import timedelta

from goodfences import source
from goodfences.cameras.models import Camera
from goodfences.health.telling import CameraTold, DayBytes, Gap, Told


def well(camera: Camera) -> CameraTold:
    """A camera that records, was away for an hour this morning, and keeps three days at home."""
    now = source.now()
    return CameraTold(
        camera=camera.ref,
        is_steady=True,
        last_frame_at=now - timedelta(seconds=5),
        gaps=[
            Gap(now - timedelta(hours=5), now - timedelta(hours=4), "camera"),
            Gap(now - timedelta(minutes=90), now - timedelta(minutes=78), "hub"),
        ],
        held=[
            (now - timedelta(days=3), now - timedelta(hours=5)),
            (now - timedelta(hours=4), now - timedelta(minutes=90)),
            (now - timedelta(minutes=78), now - timedelta(seconds=5)),
        ],
        days=[DayBytes((now - timedelta(days=n)).date(), 900_000_000, 17_000_000) for n in range(4)],
        clips_waiting=2,
    )


def lost(camera: Camera) -> CameraTold:
    """One that gave its last picture two hours ago, of events alone."""
    since = source.now() - timedelta(hours=2)
    return CameraTold(camera.ref, True, since, [Gap(since, None, "camera")], [], [], 0)


def told(*cameras: CameraTold, version: str = "0.0.9") -> Told:
    return Told(version, source.now(), cameras)
