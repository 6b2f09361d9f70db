"""Finds the word for what an ended event shows, of cameras whose owner asked for it, before its clip is made.

One event after the other, at the lowest priority. Whatever goes wrong, the event is told without a word and goes its
way.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import av
import pyrage

from goodfences_hub.clock import Clock
from goodfences_hub.errors import HubError
from goodfences_hub.labels import PERSON, VEHICLE, Found, foremost
from goodfences_hub.recording.packing import segments_of
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.state import State

if TYPE_CHECKING:
    from goodfences_hub.labels.detector import Picture

logger = logging.getLogger(__name__)

LATEST_S = 600.0
"""An event that ended longer ago is told without a word: its clip waits no longer."""
MOVED = {PERSON: 0.2, VEHICLE: 0.35}
"""How much of a thing's box has to have changed, for the thing to be what moved: legs leave more of theirs free."""

_DUE = """
SELECT event.* FROM event LEFT JOIN label ON label.event = event.id
WHERE event.ends_at > ? AND label.event IS NULL ORDER BY event.id
"""


class Labeler:
    """Of one hub."""

    def __init__(self, state: State, store: SegmentStore, settings: Settings, clock: Clock) -> None:
        self._state = state
        self._store = store
        self._settings = settings
        self._clock = clock
        self._told = ""

    def run_due(self) -> int:
        """Look at every event that has ended and has no label, once; returns how many."""
        cameras = {camera.key: camera for camera in self._settings.cameras if camera.labels}
        if not cameras:
            return 0
        since = self._clock.now().timestamp() - LATEST_S
        due = [event for event in self._state.rows(_DUE, (since,)) if event["camera"] in cameras]
        words = self._words(due, cameras) if due else {}
        for event in due:
            self._state.call(event["id"], words.get(event["id"], ""))
        return len(due)

    def _words(self, due: Sequence[sqlite3.Row], cameras: dict[str, CameraSettings]) -> dict[int, str]:
        from goodfences_hub.labels.aside import Aside  # whoever labels nothing pays no memory for it

        words: dict[int, str] = {}
        try:
            with Aside() as eyes:
                for event in due:
                    words[event["id"]] = self.word(event, cameras[event["camera"]], eyes.look)
        except (HubError, OSError) as problem:
            if str(problem) != self._told:  # once, not with every event
                logger.error("Events get no labels: %s", problem)
            self._told = str(problem)
        return words

    def word(self, event: sqlite3.Row, camera: CameraSettings, look: Callable[[Picture], list[Found]]) -> str:
        """What an event shows, by what `look` finds in pictures of it; empty for nothing that is known.

        Raises what `look` raises.
        """
        from goodfences_hub.labels.looking import Looks

        looks = Looks(self._store, event, segments_of(self._state, event), camera)
        found: set[str] = set()
        try:
            for parts in (looks.keys, looks.between):
                for part in parts():
                    found |= {each.label for each in look(part.picture) if part.moved(each) >= MOVED[each.label]}
                    if PERSON in found:
                        break
                if found:
                    break
        except (av.FFmpegError, pyrage.DecryptError, ValueError, FileNotFoundError) as damage:
            logger.warning("camera %s: a part of an event can't be looked at: %s", camera.key, damage)
        return foremost(*found)
