"""How a clip comes in, act by act, for tests that need no HTTP."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips import actions, tasks
from goodfences.clips.models import Clip, Upload
from goodfences.vault import blobs


def announced(device: Device, camera: Camera, data: bytes, *, starts_at: datetime | None = None, **how: Any) -> Clip:
    """A clip that `device` announced, of ten minutes ago and two seconds long unless `how` says otherwise."""
    said = {
        "starts_at": starts_at or source.now() - timedelta(minutes=10),
        "duration_ms": 2000,
        "kind": "person",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        **how,
    }
    clip, _new = actions.announce(device=device, camera_ref=camera.ref, **said)
    return clip


def begun(device: Device, clip: Clip) -> Upload:
    return actions.begin_upload(device=device, clip_ref=clip.ref, length=clip.announced_size)


def sent(device: Device, upload: Upload, data: bytes, offset: int = 0) -> Upload:
    """One request's bytes."""
    return actions.receive(
        device=device, upload_ref=upload.ref, offset=offset, body=io.BytesIO(data), length=len(data)
    )


def sent_at_once(device: Device, clip: Clip, data: bytes) -> Upload:
    """One request that begins the upload and brings `data` along."""
    return actions.begin_with_bytes(
        device=device, clip_ref=clip.ref, size=clip.announced_size, body=io.BytesIO(data), length=len(data)
    )


def brought(device: Device, camera: Camera, data: bytes, body: io.BytesIO | None = None) -> Upload:
    """One request that announces a clip and brings `data` (or what `body` reads) along."""
    return actions.announce_with_bytes(
        device=device,
        camera_ref=camera.ref,
        starts_at=source.now() - timedelta(minutes=10),
        duration_ms=1000,
        kind=Clip.Kind.MOTION,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        body=body or io.BytesIO(data),
        length=len(data),
    )


def stored(device: Device, camera: Camera, data: bytes, **how: Any) -> Clip:
    """A clip whose bytes are all there, still to be checked."""
    clip = announced(device, camera, data, **how)
    sent(device, begun(device, clip), data)
    return actions.finish(device=device, clip_ref=clip.ref)


def checked(device: Device, camera: Camera, data: bytes, **how: Any) -> Clip:
    """A clip that its household can see."""
    clip = stored(device, camera, data, **how)
    while tasks.run_due(4):
        pass
    clip.refresh_from_db()
    assert clip.checked_at, clip.refusal
    return clip


def kept_files(folder: Path | str) -> Iterator[Path]:
    """Every file under a vault's folder, unfinished ones included."""
    return (path for path in sorted(Path(folder).rglob("*")) if path.is_file())


def content(name: str) -> bytes:
    """The sealed bytes of a blob."""
    with blobs.store().open(name) as file:
        return file.read()
