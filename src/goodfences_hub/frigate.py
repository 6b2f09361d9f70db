"""Clips of a camera that Frigate records and this hub doesn't: each event that is over becomes one here.

By Frigate's HTTP API. A clip is read once, from front to back, and nothing of it lies on this disk unsealed.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import av
import urllib3

from goodfences_hub.clock import Clock
from goodfences_hub.errors import CameraLost, HubError
from goodfences_hub.labels import label_of
from goodfences_hub.recording.films import FRIGATE, record_film
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources.streamed import reason
from goodfences_hub.state import State
from goodfences_hub.thrift import bound_ffmpeg
from goodfences_hub.triggers.frigate import kind_of

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 10.0
WHOLE_AFTER_S = 15.0
"""Frigate writes its recordings in pieces of some ten seconds: a clip is whole once the last of them is."""
LOOK_BACK_S = 6 * 3600.0
"""An event that goes on for longer than this isn't seen to end."""
LIST_MOST, CLIP_MOST = 1_000_000, 2_000_000_000
PAGE, PAGES_MOST = 25, 20
"""Events in one answer, which may hold the path of each through the picture; and answers to one look."""
TRIES = 5
OPTIONS = {"format_whitelist": "mov,matroska,mpegts"}


class FrigateLoop(threading.Thread):
    """Asks every LOOK_EVERY_S seconds until `stop()`."""

    def __init__(self, camera: CameraSettings, store: SegmentStore, state: State, clock: Clock) -> None:
        super().__init__(name=f"frigate {camera.key}", daemon=True)
        self._camera = camera
        self._frigate = Frigate(camera)
        self._store = store
        self._state = state
        self._clock = clock
        self._stopping = threading.Event()
        self._told = ""
        self._failed: dict[str, int] = {}

    def stop(self) -> None:
        """Ask it to end, after the clip that is being read."""
        self._stopping.set()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._take_in_new()
                self._told = ""
            except HubError as away:
                if str(away) != self._told:
                    logger.warning("%s", away)
                self._told = str(away)
            except Exception:  # whatever Frigate answers, the next turn may do better
                logger.exception("camera %s: asking Frigate again", self._camera.key)
            self._stopping.wait(LOOK_EVERY_S)

    def _take_in_new(self) -> None:
        now = self._clock.now().timestamp()
        since, done = self._remembered(now)
        listed = self._frigate.events(max(since, now - LOOK_BACK_S))
        done &= {event.id for event in listed}
        for event in listed:
            if event.ends_at < now - WHOLE_AFTER_S and event.id not in done and self._take_in(event):
                done.add(event.id)
                self._state.remember(self._fact("done"), json.dumps(sorted(done)))
            if self._stopping.is_set():
                return

    def _remembered(self, now: float) -> tuple[float, set[str]]:
        """Since when events are taken in, what was before the camera was added stays where it is; and which were."""
        if not self._state.fact(self._fact("since")):
            self._state.remember(self._fact("since"), str(now))
        return float(self._state.fact(self._fact("since"))), set(
            json.loads(self._state.fact(self._fact("done")) or "[]")
        )

    def _fact(self, name: str) -> str:
        return f"frigate {self._camera.key} {name}"

    def _take_in(self, event: Event) -> bool:
        """Whether it is dealt with. An event's session is Frigate's own name of it: it is never here twice."""
        session = f"{FRIGATE} {event.id}"
        if self._state.row("SELECT id FROM event WHERE camera = ? AND session = ?", (self._camera.key, session)):
            return True
        try:
            with self._frigate.clip(event) as container:
                begun = datetime.fromtimestamp(event.starts_at, UTC)
                told = event.kind, session, self._camera, self._store, self._state, event.label
                record_film(container, begun, *told)
        except (av.FFmpegError, OSError, ValueError) as error:
            self._failed[event.id] = self._failed.get(event.id, 0) + 1
            if self._failed[event.id] < TRIES:
                return False  # Frigate may not have it ready
            logger.warning(
                "camera %s: Frigate's clip %s can't be played (%s)", self._camera.key, event.id, reason(error)
            )
        self._failed.pop(event.id, None)
        return True


class Event:
    """One of Frigate's that is over."""

    def __init__(self, told: dict[str, Any]) -> None:
        """Raises ValueError, TypeError and KeyError."""
        self.id = str(told["id"])[:60]
        self.starts_at, self.ends_at = float(told["start_time"]), float(told["end_time"])
        self.kind, self.label = kind_of(told.get("label")), label_of(told.get("label"))


class Frigate:
    """`camera.url` is `http://192.168.1.5:5000/NAME`, NAME being Frigate's own of the camera."""

    def __init__(self, camera: CameraSettings) -> None:
        self._key = camera.key
        parts = urlsplit(camera.url)
        self._name = parts.path.strip("/")
        if parts.scheme not in {"http", "https"} or not parts.hostname or not self._name:
            raise HubError(f"camera {camera.key}: url is written as http://192.168.1.5:5000/NAME_IN_FRIGATE.")
        self._server = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        who = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
        self._headers = urllib3.make_headers(basic_auth=who)
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=5, read=30), retries=False, maxsize=1)

    def examine(self) -> str:
        """What was found, in a sentence. Raises CameraLost."""
        config = self._json("/api/config")
        cameras = config.get("cameras") if isinstance(config, dict) else None
        if not isinstance(cameras, dict) or self._name not in cameras:
            there = ", ".join(sorted(cameras)) if isinstance(cameras, dict) else "none"
            raise CameraLost(f"{self._key}: Frigate has no camera {self._name!r}. It has: {there}.")
        return "what Frigate records of it becomes events."

    def events(self, since: float) -> list[Event]:
        """Those with a clip that began since then and are over, the oldest first. Raises CameraLost."""
        found: dict[str, Event] = {}
        before = None
        for _ in range(PAGES_MOST):  # each answer holds the newest of what is left
            page, is_last = self._page(since, before)
            found.update({event.id: event for event in page})
            if is_last or not page:
                break
            before = min(event.starts_at for event in page)
        return sorted(found.values(), key=lambda event: event.starts_at)

    def _page(self, since: float, before: float | None) -> tuple[list[Event], bool]:
        """Some of them, and whether there are no more."""
        which = {"cameras": self._name, "after": since, "has_clip": 1, "in_progress": 0}
        until = {} if before is None else {"before": before}
        told = self._json(f"/api/events?{urlencode({**which, **until, 'include_thumbnails': 0, 'limit': PAGE})}")
        listed = told if isinstance(told, list) else []
        page = []
        for each in listed:
            try:
                page.append(Event(each))
            except (ValueError, TypeError, KeyError):
                continue  # one that goes on has no end
        return page, len(listed) < PAGE

    @contextmanager
    def clip(self, event: Event) -> Iterator[av.container.InputContainer]:
        """Raises CameraLost, FFmpegError and ValueError."""
        bound_ffmpeg()
        path = f"/api/events/{quote(event.id, safe='')}/clip.mp4"
        with (
            self._answer(path, may_be_missing=True) as answer,
            av.open(_Front(answer), "r", options=OPTIONS, metadata_errors="ignore") as clip,
        ):
            yield clip

    def _json(self, path: str) -> Any:
        with self._answer(path) as answer:
            data = answer.read(LIST_MOST + 1)
        try:
            if len(data) > LIST_MOST:
                raise ValueError("too long")
            return json.loads(data)
        except (ValueError, RecursionError):
            raise CameraLost(f"{self._key}: what answers at Frigate's address isn't Frigate.") from None

    @contextmanager
    def _answer(self, path: str, *, may_be_missing: bool = False) -> Iterator[urllib3.BaseHTTPResponse]:
        """Raises CameraLost, and ValueError where one that may be missing is."""
        try:
            answer = self._pool.request(
                "GET", self._server + path, headers=self._headers, preload_content=False, redirect=False
            )
            try:
                if answer.status in {401, 403}:
                    raise CameraLost(f"{self._key}: Frigate refuses this user name or password.")
                if may_be_missing and 400 <= answer.status < 500:  # 400 where its recordings of that time are deleted
                    raise ValueError("Frigate has it no more")
                if answer.status != 200:
                    raise CameraLost(f"{self._key}: Frigate isn't well ({answer.status}).")
                yield answer
            finally:
                answer.close()
        except urllib3.exceptions.HTTPError as error:
            raise CameraLost(f"{self._key}: Frigate doesn't answer ({type(error).__name__}).") from None


class _Front:
    """An answer's content from front to back, up to CLIP_MOST bytes."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        self._answer = answer
        self._left = CLIP_MOST

    def read(self, count: int) -> bytes:
        try:
            data = self._answer.read(min(count, self._left))
        except urllib3.exceptions.HTTPError as error:
            raise OSError(type(error).__name__) from None
        self._left -= len(data)
        return data
