"""Cuts what the owner chose out of the home buffer: whole groups of pictures, the camera's own bitstream, sealed.
Where the owner masked parts of the picture, it is coded anew with those black.

A cut is made before the decision, so that the owner sees the very file that would leave, and only that file can.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from goodfences_hub import chance
from goodfences_hub.clock import local
from goodfences_hub.errors import HubError
from goodfences_hub.home import Home
from goodfences_hub.recording.joining import Part, key_frames_us
from goodfences_hub.recording.packing import leaving, seal
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sharing.asks import Ask
from goodfences_hub.state import State
from goodfences_hub.thrift import be_humble

logger = logging.getLogger(__name__)

LONGEST = timedelta(hours=1)
MOST_CUTS = 20

_SEGMENTS = """
SELECT * FROM segment WHERE camera = ? AND starts_at < ? AND ends_at > ? ORDER BY starts_at, position_us
"""


class CantBeCut(HubError):
    """What was chosen can't be shared so. Says what to choose instead."""


@dataclass(frozen=True)
class Cut:
    """A part of one camera's recording, as a sealed file that waits for the owner's decision."""

    id: int
    ask: str
    camera: str
    upload_as: str
    starts_at: datetime
    duration_ms: int
    audio: bool
    size: int
    sha256: str
    file: str
    masks: str
    """That are black in it, as `masks_of` has them."""
    clip: str
    """Its ref in the network, once it is there."""
    wanted: str
    """Ref of what the owner asked for on the network's page; empty for what was chosen here."""
    drift_ms: int | None
    """By which our clock was ahead of the camera's own time in the end, where the camera has a time of its own."""

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(milliseconds=self.duration_ms)


def masks_of(camera: CameraSettings) -> str:
    """Its masks, to compare with those of a cut."""
    return json.dumps(camera.masks)


NO_MASKS = json.dumps([])


class Cutter:
    """Of one hub."""

    def __init__(self, home: Home, state: State, store: SegmentStore) -> None:
        self._home = home
        self._state = state
        self._store = store
        self._making: dict[tuple[str, str], Future[None]] = {}
        self._stopped = threading.Event()

    def stop(self) -> None:
        """The hub ends: what is half made is left alone, and chosen anew after the next start."""
        self._stopped.set()

    def begin(
        self,
        ask: Ask,
        camera: CameraSettings,
        starts_at: datetime,
        ends_at: datetime,
        *,
        audio: bool = False,
        wanted: str = "",
    ) -> Future[None]:
        """Begin to cut [starts_at, ends_at) of a camera for an ask, in the place of what was cut for it before.

        From the key frame before to before the one after; a part for each session, since between two nothing was
        recorded. Takes a moment where packets are copied, and up to as long as it plays where masks are drawn.
        Raises CantBeCut.
        """
        if self.is_making(ask.ref, wanted):
            raise CantBeCut("What you chose before is still being made. Choose again once you have seen it.")
        segments = self._chosen(ask, camera, starts_at, ends_at)
        self.forget(ask.ref, wanted)
        made = self._making[ask.ref, wanted] = Future()

        def make() -> None:
            be_humble()
            try:
                for rows in segments:
                    part = self._part(rows, starts_at.timestamp(), ends_at.timestamp(), audio)
                    self._keep(ask, camera, rows, part, wanted)
            except Exception as problem:
                if self._stopped.is_set():
                    return
                logger.exception("A cut can't be made.")
                self.forget(ask.ref, wanted)
                made.set_exception(CantBeCut(f"It can't be made: {problem}. Choose another part."))
            else:
                made.set_result(None)

        threading.Thread(target=make, name="cut", daemon=True).start()
        return made

    def is_making(self, ask_ref: str, wanted: str = "") -> bool:
        """Whether a cut for this ask is being made."""
        made = self._making.get((ask_ref, wanted))
        return made is not None and not made.done()

    def problem(self, ask_ref: str) -> str:
        """Why the last cut for this ask wasn't made; empty where it was."""
        made = self._making.get((ask_ref, ""))
        failed = made.exception() if made is not None and made.done() else None
        return str(failed or "")

    def _chosen(
        self, ask: Ask, camera: CameraSettings, starts_at: datetime, ends_at: datetime
    ) -> list[list[sqlite3.Row]]:
        """The segments of a part, a list a session."""
        _check(ask, camera, starts_at, ends_at)
        span = (camera.key, ends_at.timestamp(), starts_at.timestamp())
        sessions = groupby(self._state.rows(_SEGMENTS, span), key=lambda row: row["session"])
        segments = [list(rows) for _, rows in sessions]
        if not segments:
            raise CantBeCut("Nothing of that time is at home any more. Choose another part.")
        if len(segments) > MOST_CUTS:
            raise CantBeCut(f"The camera was away {len(segments) - 1} times in that part. Choose a shorter one.")
        return segments

    def of(self, ask_ref: str, wanted: str = "") -> list[Cut]:
        """What was cut for an ask, in order of time."""
        rows = self._state.rows(
            "SELECT * FROM cut WHERE ask = ? AND wanted = ? ORDER BY starts_at", (ask_ref, wanted)
        )
        return [_read(row) for row in rows]

    def forget(self, ask_ref: str, wanted: str = "") -> None:
        """Delete what was cut for an ask: it was decided, or is chosen anew."""
        for cut in self.of(ask_ref, wanted):
            (self._home.spool / cut.file).unlink(missing_ok=True)
        self._state.do("DELETE FROM cut WHERE ask = ? AND wanted = ?", (ask_ref, wanted))

    def is_there(self, cut: Cut) -> bool:
        return (self._home.spool / cut.file).exists()

    def _keep(self, ask: Ask, camera: CameraSettings, segments: list[sqlite3.Row], part: Part, wanted: str) -> None:
        name = f"cut-{chance.hexadecimal(8)}.mp4.age"
        packed = seal(self._home, name, leaving(self._store, segments, camera, part))
        begun = segments[0]["starts_at"] + (part.from_us - segments[0]["position_us"]) / 1_000_000
        self._state.do(
            "INSERT INTO cut"
            " (ask, camera, upload_as, starts_at, duration_ms, audio, size, sha256, file, masks, wanted, drift_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(ask.ref, camera.key, camera.upload_as, begun, packed.duration_ms, part.audio),
                *(packed.size, packed.sha256, name, masks_of(camera), wanted),
                segments[-1]["drift_ms"],
            ),
        )

    def _part(self, segments: list[sqlite3.Row], starts_at: float, ends_at: float, audio: bool) -> Part:
        """The groups of pictures around the span."""
        first, last = segments[0], segments[-1]
        from_us, to_us = _position_us(first, starts_at), _position_us(last, ends_at)
        before = [key for key in key_frames_us(self._store, first) if key <= from_us]
        after = [key for key in key_frames_us(self._store, last) if key >= to_us]
        return Part(max(before, default=first["position_us"]), min(after, default=_END), audio)


_END = 2**62


def _position_us(segment: sqlite3.Row, moment: float) -> int:
    return int(segment["position_us"] + (moment - segment["starts_at"]) * 1_000_000)


def _check(ask: Ask, camera: CameraSettings, starts_at: datetime, ends_at: datetime) -> None:
    for problem in _problems(ask, camera, starts_at, ends_at):
        raise CantBeCut(problem)


def _problems(ask: Ask, camera: CameraSettings, starts_at: datetime, ends_at: datetime) -> Iterator[str]:
    request = ask.request
    if camera not in ask.cameras:
        yield f"The request isn't about {camera.key}."
    if ends_at <= starts_at:
        yield "The end lies before the beginning."
    if starts_at < request.starts_at or ends_at > request.ends_at:
        first, last = (moment.astimezone() for moment in (request.starts_at, request.ends_at))
        yield f"The request is about {first:%H:%M:%S} to {last:%H:%M:%S}. Choose a part of that."
    if ends_at - starts_at > LONGEST:
        yield "Choose an hour at most."


def _read(row: sqlite3.Row) -> Cut:
    fields = {name: row[name] for name in row.keys()}  # noqa: SIM118  # a Row's own iterator gives values
    starts_at = local(row["starts_at"])
    return Cut(**{**fields, "starts_at": starts_at, "audio": bool(row["audio"])})
