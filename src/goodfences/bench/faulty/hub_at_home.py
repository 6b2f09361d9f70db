"""The hub of the bench's home: the real `goodfences-hub`, which takes in films that are put into a folder."""

from __future__ import annotations

import io
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import av
import numpy as np

from goodfences.demo.processes import free_port

CAMERA = "Garden"
FILM_S = 9
_RATE = 10
_APART_S = 15
"""From one film to the next, so that each has a time of its own."""
_AGO_S = 3_600
"""How long before the bench the first one was taken."""


class HubAtHome:
    """Its folder, and the films that somebody put there: each is an event, which has to be in the network once."""

    def __init__(self, folder: Path) -> None:
        self._home, self._films = folder / "home", folder / "films"
        self._first = int(time.time()) - _AGO_S
        self.films: dict[int, int] = {}
        """When each film begins, in seconds since 1970, and the round in which it was put there."""

    def command(self, *arguments: str) -> list[str]:
        """`goodfences-hub …` for this hub."""
        return [sys.executable, "-m", "goodfences_hub.cli", "--home", str(self._home), *arguments]

    def pair(self, network: str, code: str) -> None:
        from goodfences_hub import editing

        self._films.mkdir(parents=True)
        for arguments in (
            ("pair", network, code, "--name", "Shelf"),
            ("add", str(self._films), "--key", "garden", "--as", CAMERA),
        ):
            subprocess.run(self.command(*arguments), check=True, capture_output=True)
        editing.set_hub(self._home / "hub.toml", page_port=free_port())

    def put(self, number: int) -> None:
        """Somebody puts a film there that was taken earlier. It is whole as soon as it has its name."""
        begins = self._first + number * _APART_S
        draft = self._films / f"{number}.part"
        draft.write_bytes(_film(number))
        os.utime(draft, (begins + FILM_S, begins + FILM_S))
        draft.rename(draft.with_suffix(".mp4"))
        self.films[begins] = number

    def film_of(self, starts_at: float) -> int | None:
        """When the film began of which a clip that begins then is a part."""
        return next((begins for begins in self.films if begins - 1 <= starts_at < begins + FILM_S), None)

    def left(self) -> int:
        """How many films or clips it has still to take in, pack or send."""
        with closing(sqlite3.connect(f"file:{self._home / 'hub.sqlite3'}?mode=ro", uri=True)) as state:
            count = "SELECT COUNT(*) FROM fact WHERE name LIKE 'file %'"
            (taken_in,) = state.execute(count).fetchone()
            (unpacked,) = state.execute(
                "SELECT COUNT(*) FROM event WHERE id NOT IN (SELECT event FROM clip)"
            ).fetchone()
            (waiting,) = state.execute("SELECT COUNT(*) FROM clip WHERE state = 'waiting'").fetchone()
        return len(self.films) - int(taken_in) + int(unpacked) + int(waiting)


def _film(seed: int) -> bytes:
    """Noise of a few blocks, another one for every seed: nine seconds, a key frame each."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as target:
        video = target.add_stream("libx264", rate=_RATE)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        video.options = {"preset": "ultrafast", "x264-params": f"keyint={_RATE}:scenecut=0:threads=1"}
        for picture in _pictures(seed):
            target.mux(video.encode(av.VideoFrame.from_ndarray(picture, format="gray8")))
        target.mux(video.encode())
    return out.getvalue()


def _pictures(seed: int) -> Iterator[np.ndarray]:
    chance = np.random.default_rng(seed)
    for _ in range(FILM_S * _RATE):
        yield np.kron(chance.integers(0, 255, (6, 10), dtype=np.uint8), np.ones((16, 16), np.uint8))
