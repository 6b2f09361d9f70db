"""Sends the clips that wait, the oldest first.

A clip's file is removed only after the network said that it has it durably. Whatever is cut off goes on where it was.
"""

from __future__ import annotations

import sqlite3
import time
from datetime import datetime

from goodfences_hub.errors import HubError, NoRoom, NotYet, ServerAway, ServerRefused, TooOld
from goodfences_hub.settings import Settings, quiet_span
from goodfences_hub.state import State
from goodfences_hub.uploading.files import Clip, Files

RECENT_S = 86_400.0
"""No network keeps clips for less than a day."""
WAITING = """
SELECT clip.*, event.kind, event.camera, COALESCE(label.label, '') AS label
FROM clip JOIN event ON event.id = clip.event LEFT JOIN label ON label.event = event.id
WHERE clip.state = 'waiting' ORDER BY event
"""


class Sender:
    """Of one hub."""

    def __init__(self, files: Files, state: State, settings: Settings) -> None:
        self._files = files
        self._state = state
        self._settings = settings

    def run_due(self) -> int:
        """Send every clip that waits; returns how many were dealt with. Raises ServerAway and Disconnected.

        Some wait on, and hold up no other: one that is in the future by the network's clock, which may be wrong as
        well as ours; one of today that is too old by it; one that its home has no room for, and then all that are no
        smaller.
        """
        if self.is_quiet(datetime.now().astimezone()):
            return 0
        clips = self._state.rows(WAITING)
        waits_on: HubError | None = None
        room = None
        for clip in clips:
            if room is not None and clip["size"] >= room:
                continue
            try:
                self.send(clip)
            except NoRoom as refused:
                waits_on, room = refused, clip["size"]
            except NotYet as error:
                waits_on = error
            except ServerRefused as refused:
                if isinstance(refused, TooOld) and time.time() - clip["starts_at"] < RECENT_S:
                    waits_on = refused
                else:
                    self._settle(clip, "refused", refusal=str(refused))
        if waits_on is not None:
            raise ServerAway(str(waits_on))
        return len(clips)

    def is_quiet(self, local: datetime) -> bool:
        """Whether `local`, a time of the hub's own zone, lies in its quiet hours."""
        span = quiet_span(self._settings.quiet_hours)
        if span is None:
            return False
        begins, ends = span
        minute = local.hour * 60 + local.minute
        return begins <= minute < ends if begins <= ends else minute >= begins or minute < ends

    def send(self, row: sqlite3.Row) -> None:
        """Send one, and remember it. Saying any of it again changes nothing in the network."""
        names = (
            "file",
            "camera",
            "upload_as",
            "starts_at",
            "duration_ms",
            "kind",
            "size",
            "sha256",
            "label",
            "drift_ms",
        )
        self._settle(row, "uploaded", ref=self._files.send(Clip(**{name: row[name] for name in names})))

    def _settle(self, clip: sqlite3.Row, state: str, *, ref: str = "", refusal: str = "") -> None:
        self._state.do(
            "UPDATE clip SET state = ?, ref = ?, refusal = ? WHERE event = ?", (state, ref, refusal, clip["event"])
        )
        self._files.drop(clip["file"])
