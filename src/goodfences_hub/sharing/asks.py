"""The asks that this hub's owner has: what the network told, as far as the public record proves it."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from goodfences_hub.clock import Clock
from goodfences_hub.errors import HubError
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.sharing.record import NotOnRecord, Record, Request
from goodfences_hub.state import State

logger = logging.getLogger(__name__)

REF = re.compile(r"[A-Za-z0-9_-]{1,40}")
MOST_ASKS = 100
MOMENTS = ("starts_at", "ends_at", "expires_at")


class NoSuchAsk(HubError):
    """This hub knows no ask by that name."""


@dataclass(frozen=True)
class Ask:
    """One video request that the owner was asked about, and how it stands here."""

    ref: str
    request: Request
    cameras: tuple[CameraSettings, ...]
    """Those of this hub that it is about."""
    state: str
    why: str
    """What went wrong with the last try; empty where nothing did."""
    decision: str


@dataclass(frozen=True)
class Wanted:
    """A part of the home buffer that the owner asked for on the network's page, for an ask that is proven."""

    ref: str
    ask: str
    camera: str
    """Its ref in the network."""
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Told:
    """What the network told: refs of the asks that the public record proves, and of those that it doesn't; and what
    the owner wants to see of the former."""

    proven: set[str]
    unproven: set[str]
    wanted: list[Wanted]


class Asks:
    """Of one hub."""

    def __init__(self, state: State, record: Record, settings: Settings, clock: Clock) -> None:
        self._state = state
        self._record = record
        self._settings = settings
        self._clock = clock

    def take_in(self, answer: Mapping[str, Any]) -> Told:
        """Remember what the network told to be undecided.

        Nothing of an ask that the record doesn't prove is kept, and one that waited and isn't told any more is over.
        Raises NotOnRecord, and takes nothing in, where the record itself doesn't hold.
        """
        with self._record.checking():
            told = {_ref(each): each for each in _list(answer.get("asks"))}
        if told or answer.get("checkpoint"):
            self._record.take_in(answer.get("checkpoint", ""), answer.get("consistency", ()))
        found = Told(set(), set(), [])
        for ref, each in told.items():
            try:
                self._keep(ref, each)
                found.proven.add(ref)
                found.wanted.extend(_wanted(ref, part) for part in each.get("wanted") or [])
            except NotOnRecord as wrong:
                logger.error("The network asked, and %s Nothing is sent.", wrong)
                found.unproven.add(ref)
        self._end_all_but(found.proven | found.unproven)
        return found

    def all(self) -> list[Ask]:
        """Those that wait first, the newest first."""
        rows = self._state.rows("SELECT * FROM ask ORDER BY state = 'waiting' DESC, told_at DESC, ref")
        return [self._read(row) for row in rows]

    def decided(self) -> list[Ask]:
        """Those whose answer is still to be given to the network; asked every few seconds."""
        rows = self._state.rows(
            "SELECT * FROM ask WHERE state IN ('sharing', 'declining') ORDER BY told_at DESC, ref"
        )
        return [self._read(row) for row in rows]

    def count_waiting(self) -> int:
        """How many wait for the owner."""
        row = self._state.row("SELECT COUNT(*) AS count FROM ask WHERE state = 'waiting'")
        return int(row["count"]) if row else 0

    def one(self, ref: str) -> Ask:
        """Raises NoSuchAsk."""
        row = self._state.row("SELECT * FROM ask WHERE ref = ?", (ref,))
        if row is None:
            raise NoSuchAsk("There is no such request any more.")
        return self._read(row)

    def settle(self, ref: str, state: str, *, why: str = "", decision: str | None = None) -> None:
        """Move an ask on; durable when it returns."""
        self._state.do(
            "UPDATE ask SET state = ?, why = ?, decision = COALESCE(?, decision) WHERE ref = ?",
            (state, why, decision, ref),
        )

    def _keep(self, ref: str, told: Mapping[str, Any]) -> None:
        request = self._record.request(told.get("bundle") or {}, told.get("details") or {})
        cameras = [str(camera) for camera in told.get("cameras") or []]
        fields = {name: value.isoformat() if name in MOMENTS else value for name, value in asdict(request).items()}
        self._state.do(
            "INSERT INTO ask (ref, request, cameras, told_at, state) VALUES (?, ?, ?, ?, 'waiting')"
            " ON CONFLICT (ref) DO UPDATE SET request = excluded.request, cameras = excluded.cameras,"
            # Undecided there after all: the decision was taken back on the network's page.
            " state = CASE WHEN ask.state IN ('sharing', 'declining') THEN ask.state ELSE 'waiting' END",
            (ref, json.dumps(fields), json.dumps(cameras), self._clock.now().timestamp()),
        )

    def _end_all_but(self, told: set[str]) -> None:
        for row in self._state.rows("SELECT ref FROM ask WHERE state = 'waiting'"):
            if row["ref"] not in told:
                self.settle(row["ref"], "over")

    def _read(self, row: sqlite3.Row) -> Ask:
        fields = json.loads(row["request"])
        fields |= {name: datetime.fromisoformat(fields[name]).astimezone() for name in MOMENTS}
        about = set(json.loads(row["cameras"]))
        cameras = tuple(camera for camera in self._settings.cameras if camera.upload_as in about)
        return Ask(row["ref"], Request(**fields), cameras, row["state"], row["why"], row["decision"])


def _wanted(ask: str, told: Any) -> Wanted:
    try:
        moments = [datetime.fromisoformat(told[name]).astimezone() for name in ("starts_at", "ends_at")]
        return Wanted(_ref(told), ask, str(told["camera"]), *moments)
    except (KeyError, TypeError, ValueError):
        raise NotOnRecord("What the network told of a wanted part makes no sense.") from None


def _list(told: Any) -> list[Any]:
    if not isinstance(told, list) or len(told) > MOST_ASKS:
        raise NotOnRecord("What the network told of requests makes no sense.")
    return told


def _ref(told: Any) -> str:
    """The name of an ask; it is part of addresses and of nothing on the disk. Raises NotOnRecord."""
    ref = told.get("ref") if isinstance(told, dict) else None
    if not isinstance(ref, str) or not REF.fullmatch(ref):
        raise NotOnRecord("What the network told of a request makes no sense.")
    return ref
