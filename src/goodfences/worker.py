"""The background program. It knows no work of its own: it calls each room's `tasks.run_due` in turn.

Work that waits is a state of a row (docs/architecture.md), so a worker that is killed at any point loses
nothing: the next one finds the same rows. Any number of workers share it, on one machine or several: of work that
comes in pieces each takes what is free, and what is done by the clock is done by one of them (docs/database.md).
"""

from __future__ import annotations

import logging
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from goodfences import source, traces
from goodfences.work import clock
from goodfences.work.turns import TakesTurns, turn

logger = logging.getLogger("goodfences.worker")

IDLE_SECONDS = 0.25
TROUBLE_SECONDS = 5.0
BEAT_SECONDS = 5.0
ELSEWHERE_SECONDS = 1.0
"""After so long a worker looks whether it is its turn now."""


@dataclass(frozen=True)
class Duty:
    """One kind of work: `run(limit)` does at most `limit` units and returns how many it did.

    `alone`: one worker of all machines does it at a time; more would only look at the same rows. `by_clock`: what it
    does for good is due by the clock, of which a jump isn't believed at once (docs/reliability.md); all that is done
    alone is so.
    """

    name: str
    function: str
    limit: int
    idle_seconds: float = IDLE_SECONDS
    alone: bool = False
    by_clock: bool = False

    def load(self) -> Callable[[int], int]:
        module, _, name = self.function.rpartition(".")
        run: Callable[[int], int] = getattr(import_module(module), name)
        return run


DUTIES = (
    Duty("mail", "goodfences.mail.tasks.run_due", limit=200),
    Duty("old mail", "goodfences.mail.tasks.run_retention", limit=1000, idle_seconds=60.0, alone=True),
    Duty("asking", "goodfences.video_requests.tasks.run_asking", limit=10),
    Duty("requests", "goodfences.video_requests.tasks.run_due", limit=10, idle_seconds=2.0, alone=True),
    Duty("clips", "goodfences.clips.tasks.run_due", limit=4),
    Duty("shares", "goodfences.evidence.tasks.run_due", limit=2),
    Duty(
        "shared video's retention", "goodfences.evidence.tasks.run_retention", limit=20, idle_seconds=60.0, alone=True
    ),
    Duty("ledger", "goodfences.ledger.tasks.run_due", limit=1, idle_seconds=1.0, alone=True),
    Duty("witnesses", "goodfences.ledger.tasks.run_witnesses", limit=20, idle_seconds=1.0, alone=True),
    Duty("totals", "goodfences.video_requests.tasks.run_totals", limit=50, idle_seconds=600.0, alone=True),
    Duty("retention", "goodfences.clips.tasks.run_retention", limit=1000, idle_seconds=60.0, alone=True),
    Duty("health", "goodfences.health.tasks.run_due", limit=100, idle_seconds=15.0, alone=True),
    Duty("push", "goodfences.push.tasks.run_due", limit=20),
    Duty("old pushes", "goodfences.push.tasks.run_retention", limit=1000, idle_seconds=60.0, alone=True),
    Duty("warning feeds", "goodfences.alerts.tasks.run_feeds", limit=2, idle_seconds=5.0, alone=True),
    Duty("alerts", "goodfences.alerts.tasks.run_due", limit=20, idle_seconds=1.0),
    Duty("old alerts", "goodfences.alerts.tasks.run_retention", limit=1000, idle_seconds=600.0, alone=True),
    Duty("gaps", "goodfences.health.tasks.run_retention", limit=1000, idle_seconds=60.0, alone=True),
    Duty("redaction", "goodfences.redaction.tasks.run_due", limit=500, idle_seconds=15.0, alone=True),
    Duty("copies", "goodfences.redaction.tasks.run_retention", limit=1000, idle_seconds=600.0, alone=True),
    Duty("vault", "goodfences.vault.tasks.run_due", limit=1, idle_seconds=60.0, alone=True),
    Duty("scrub", "goodfences.vault.tasks.run_scrub", limit=100, idle_seconds=5.0, alone=True),
    Duty("links", "goodfences.links.tasks.run_due", limit=100, idle_seconds=15.0, alone=True),
    Duty("feed", "goodfences.feed.tasks.run_due", limit=500, idle_seconds=15.0, alone=True),
    Duty("neighbors", "goodfences.neighbor_requests.tasks.run_due", limit=10, idle_seconds=2.0, by_clock=True),
    Duty("moderation", "goodfences.moderation.tasks.run_due", limit=100, idle_seconds=2.0, alone=True),
    Duty("joining", "goodfences.joining.tasks.run_due", limit=10, idle_seconds=15.0, alone=True),
    Duty("appeals", "goodfences.appeals.tasks.run_due", limit=4, idle_seconds=2.0, by_clock=True),
    Duty("old hand-ins", "goodfences.appeals.tasks.run_retention", limit=100, idle_seconds=600.0, alone=True),
    Duty("legal demands", "goodfences.legal_demands.tasks.run_due", limit=20, idle_seconds=5.0, alone=True),
    Duty("auditing", "goodfences.auditing.tasks.run_due", limit=20, idle_seconds=5.0, alone=True),
    Duty("officers", "goodfences.officers.tasks.run_due", limit=50, idle_seconds=60.0, alone=True),
    Duty("archives", "goodfences.people.tasks.run_archives", limit=1, idle_seconds=2.0, by_clock=True),
    Duty("people", "goodfences.people.tasks.run_due", limit=1000, idle_seconds=60.0, alone=True),
)


def beat_file() -> Path:
    """The file whose age says when a worker was last at work (read by the operator's page)."""
    return Path(settings.STATE) / "worker-beat"


def clock_file() -> Path:
    """What the last worker believed of the time."""
    return Path(settings.STATE) / "worker-clock"


class Worker:
    """Runs every duty in a thread of its own until `stop` is called."""

    def __init__(self, duties: tuple[Duty, ...] = DUTIES) -> None:
        self._duties = duties
        self._stopping = threading.Event()
        self._turn: TakesTurns = turn("scheduled")

    def stop(self) -> None:
        """Finish the units under way and end."""
        self._stopping.set()

    def run(self) -> None:
        """Work until stopped; SIGTERM and SIGINT stop it."""
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        signal.signal(signal.SIGINT, lambda *_: self.stop())
        threads = [
            threading.Thread(target=self._do, args=(duty, duty.load()), name=duty.name) for duty in self._duties
        ]
        clock.go_on(clock_file())
        self._beat()
        for thread in threads:
            thread.start()
        while not self._stopping.wait(BEAT_SECONDS):
            self._beat()
        for thread in threads:
            thread.join()
        self._leave()

    def _beat(self) -> None:
        beat_file().touch()
        clock.write_down(clock_file())
        close_old_connections()
        try:
            self._turn.take()
        except DatabaseError as error:
            logger.error("whose turn it is: %s", type(error).__name__)

    def _leave(self) -> None:
        try:
            self._turn.give_back()
        except DatabaseError as error:
            logger.warning("The turn runs out by itself: %s", type(error).__name__)
        finally:
            connection.close()

    def _do(self, duty: Duty, run: Callable[[int], int]) -> None:
        while not self._stopping.is_set():
            if duty.alone and not self._turn.holds():
                self._stopping.wait(ELSEWHERE_SECONDS)
                continue
            close_old_connections()
            self._stopping.wait(self._once(duty, run))
        connection.close()

    def _once(self, duty: Duty, run: Callable[[int], int]) -> float:
        """Do one batch; the answer is how long to rest, in seconds."""
        began_at = traces.began()
        try:
            with source.settled() if duty.alone or duty.by_clock else nullcontext():
                done = run(duty.limit)
            if not done:
                return duty.idle_seconds
            traces.tell(duty.name, began_at, worker__done=done)
            return 0.0
        except Exception as error:  # noqa: BLE001 - one failing unit must not end the others' work
            traces.tell(duty.name, began_at, error__type=type(error).__name__)
            # Not the message: a database's may quote a row, and rows hold addresses.
            where = traceback.extract_tb(error.__traceback__)[-1]
            logger.error("%s: %s at %s:%s", duty.name, type(error).__name__, Path(where.filename).name, where.lineno)
            return TROUBLE_SECONDS
