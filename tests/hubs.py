"""A program at home as the server sees it: HTTP, a token, and a tus client that nobody here wrote (tuspy).

`Hub(url, token)` speaks to any running server. What it sends is described by `Recording`, which a test changes with
`replace` to announce something else than it uploads.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from tusclient.client import TusClient
from tusclient.uploader import Uploader

RUN = 64
_LOW = np.uint64(2**24 - 1)
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}


@dataclass(frozen=True)
class Recording:
    """What a device says of the file `data`."""

    camera: str
    data: bytes
    starts_at: datetime
    duration_ms: int = 2000
    kind: str = "motion"

    def body(self, **other: Any) -> dict[str, Any]:
        """The JSON that announces it; `other` says something else, and None leaves a field out."""
        said = {
            "camera": self.camera,
            "starts_at": self.starts_at.isoformat(),
            "duration_ms": self.duration_ms,
            "kind": self.kind,
            "size": len(self.data),
            "sha256": hashlib.sha256(self.data).hexdigest(),
            **other,
        }
        return {name: value for name, value in said.items() if value is not None}


def recorded(camera: Any, data: bytes, **how: Any) -> Recording:
    """Something that `camera` saw ten minutes ago."""
    return Recording(camera.ref, data, **{"starts_at": datetime.now(UTC) - timedelta(minutes=10), **how})


def metadata(**values: str) -> str:
    """An Upload-Metadata header."""
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


class Hub:
    """`url` is the server's, `token` what pairing gave, or nothing."""

    def __init__(self, url: str, token: str = "") -> None:
        signed_in = {"Authorization": f"Bearer {token}"} if token else {}
        # Reading the certificates that it would trust takes 30 ms; it speaks with this machine alone.
        self.http = httpx.Client(verify=False, base_url=f"{url}/api/v1", headers=signed_in, timeout=60)
        self._tus = TusClient(f"{url}/api/v1/uploads/", headers=signed_in)

    def close(self) -> None:
        self.http.close()

    def announce(self, recording: Recording, **other: Any) -> httpx.Response:
        return self.http.post("/clips", json=recording.body(**other))

    def announced(self, recording: Recording, **other: Any) -> str:
        """The ref of the clip that was announced; fails where it was refused."""
        answer = self.announce(recording, **other)
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["ref"])

    def begin(self, ref: str, size: int, **headers: str) -> httpx.Response:
        """Create the upload of a clip by hand. A header of None's name is left out by giving it empty."""
        given = {**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata(clip=ref), **headers}
        return self.http.post("/uploads/", headers={name: value for name, value in given.items() if value})

    def begin_with(self, ref: str, size: int, data: bytes, **told: str) -> httpx.Response:
        """Create the upload of a clip by hand, and bring its first bytes along."""
        given = {**TUS, **BYTES, "Upload-Length": str(size), "Upload-Metadata": metadata(clip=ref, **told)}
        return self.http.post("/uploads/", content=data, headers=given)

    def bring(self, recording: Recording, data: bytes | None = None, **other: Any) -> httpx.Response:
        """Announce a clip in the call that brings its bytes, all of them or `data`."""
        told = {name: str(value) for name, value in recording.body(**other).items()}
        given = {**TUS, **BYTES, "Upload-Length": told.pop("size"), "Upload-Metadata": metadata(**told)}
        return self.http.post("/uploads/", content=recording.data if data is None else data, headers=given)

    def begun(self, recording: Recording) -> str:
        """The address of a new upload of a newly announced clip."""
        answer = self.begin(self.announced(recording), len(recording.data))
        assert answer.status_code == 201, answer.text
        return str(answer.headers["Location"])

    def patch(self, where: str, data: bytes, offset: int, **headers: str) -> httpx.Response:
        """Send bytes by hand; an empty header is left out."""
        given = {**TUS, **BYTES, "Upload-Offset": str(offset), **headers}
        return self.http.patch(where, content=data, headers={name: value for name, value in given.items() if value})

    def offset(self, where: str) -> int:
        """How far the server says that it is."""
        return int(self.http.head(where, headers=TUS).raise_for_status().headers["Upload-Offset"])

    def uploader(self, ref: str, data: bytes, *, piece: int = 2**20, checksum: bool = False) -> Uploader:
        """tuspy's uploader of an announced clip, in pieces of `piece` bytes."""
        return self._tus.uploader(
            file_stream=io.BytesIO(data), chunk_size=piece, metadata={"clip": ref}, upload_checksum=checksum
        )

    def finish(self, ref: str) -> httpx.Response:
        return self.http.post(f"/clips/{ref}/finish")

    def show(self, ref: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"/clips/{ref}").raise_for_status().json()
        return found

    def send(self, recording: Recording, *, piece: int = 2**20) -> str:
        """Announce, upload with tuspy and finish; the clip's ref."""
        ref = self.announced(recording)
        self.uploader(ref, recording.data, piece=piece).upload()
        answer = self.finish(ref)
        assert answer.status_code == 200, answer.text
        return ref


def pieces_of(data: bytes) -> set[bytes]:
    """Every 64 bytes of the coded frames in an MP4: what must lie nowhere unsealed."""
    return runs_of(data[data.index(b"mdat") + 4 :])


def runs_of(data: bytes) -> set[bytes]:
    """`data` in runs of RUN bytes. Runs of few different bytes, which any file may hold, are left out."""
    runs = (data[at : at + RUN] for at in range(0, len(data) - RUN, RUN))
    return {run for run in runs if len(set(run)) > RUN // 4}


def found_in(folder: Path, runs: set[bytes]) -> list[Path]:
    """The files under `folder` that hold one of `runs` at any place."""
    assert runs
    heads = np.array(sorted({run[:8] for run in runs}), dtype="S8").view(np.uint64)
    likely = np.zeros(2**24, bool)
    likely[heads & _LOW] = True
    found = []
    for path in sorted(folder.rglob("*")):
        with suppress(FileNotFoundError):  # gone since it was listed
            content = path.read_bytes() if path.is_file() else b""
            if any(content[at : at + RUN] in runs for at in _starts(content, likely)):
                found.append(path)
    return found


def _starts(content: bytes, likely: np.ndarray) -> Iterator[int]:
    """Every position in `content` where a run may begin, by three of its bytes: runs are far more than files."""
    for shift in range(min(8, len(content) // 8)):
        words = np.frombuffer(content, np.uint64, count=(len(content) - shift) // 8, offset=shift)
        yield from (shift + 8 * np.flatnonzero(likely[words & _LOW])).tolist()
