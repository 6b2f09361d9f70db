"""The background program. It knows no work of its own: it calls each room's `tasks.run_due` in turn.

Work that waits is a state of a row (docs/architecture.md), so a worker that is killed at any point loses
nothing: the next one finds the same rows. Several workers may run side by side.
"""

from __future__ import annotations

import logging
import signal
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.db import close_old_connections, connection

logger = logging.getLogger("goodfences.worker")

IDLE_SECONDS = 0.25
TROUBLE_SECONDS = 5.0
BEAT_SECONDS = 5.0


@dataclass(frozen=True)
class Duty:
    """One kind of work: `run(limit)` does at most `limit` units and returns how many it did."""

    name: str
    function: str
    limit: int
    idle_seconds: float = IDLE_SECONDS

    def load(self) -> Callable[[int], int]:
        module, _, name = self.function.rpartition(".")
        run: Callable[[int], int] = getattr(import_module(module), name)
        return run


DUTIES = (
    Duty("mail", "goodfences.mail.tasks.run_due", limit=200),
    Duty("requests", "goodfences.video_requests.tasks.run_due", limit=10),
    Duty("clips", "goodfences.clips.tasks.run_due", limit=4),
    Duty("shares", "goodfences.evidence.tasks.run_due", limit=2),
    Duty("ledger", "goodfences.ledger.tasks.run_due", limit=1, idle_seconds=1.0),
    Duty("retention", "goodfences.clips.tasks.run_retention", limit=1000, idle_seconds=60.0),
    Duty("health", "goodfences.health.tasks.run_due", limit=100, idle_seconds=15.0),
    Duty("push", "goodfences.push.tasks.run_due", limit=20),
    Duty("old pushes", "goodfences.push.tasks.run_retention", limit=1000, idle_seconds=60.0),
    Duty("warning feeds", "goodfences.alerts.tasks.run_feeds", limit=2, idle_seconds=5.0),
    Duty("alerts", "goodfences.alerts.tasks.run_due", limit=20, idle_seconds=1.0),
    Duty("old alerts", "goodfences.alerts.tasks.run_retention", limit=1000, idle_seconds=600.0),
    Duty("gaps", "goodfences.health.tasks.run_retention", limit=1000, idle_seconds=60.0),
    Duty("redaction", "goodfences.redaction.tasks.run_due", limit=500, idle_seconds=15.0),
    Duty("copies", "goodfences.redaction.tasks.run_retention", limit=1000, idle_seconds=600.0),
    Duty("vault", "goodfences.vault.tasks.run_due", limit=1, idle_seconds=60.0),
    Duty("links", "goodfences.links.tasks.run_due", limit=100, idle_seconds=15.0),
    Duty("feed", "goodfences.feed.tasks.run_due", limit=500, idle_seconds=15.0),
    Duty("neighbors", "goodfences.neighbor_requests.tasks.run_due", limit=10, idle_seconds=2.0),
    Duty("moderation", "goodfences.moderation.tasks.run_due", limit=100, idle_seconds=2.0),
    Duty("archives", "goodfences.people.tasks.run_archives", limit=1, idle_seconds=2.0),
    Duty("people", "goodfences.people.tasks.run_due", limit=1000, idle_seconds=60.0),
)


def beat_file() -> Path:
    """The file whose age says when a worker was last at work (read by the operator's page)."""
    return Path(settings.STATE) / "worker-beat"


class Worker:
    """Runs every duty in a thread of its own until `stop` is called."""

    def __init__(self, duties: tuple[Duty, ...] = DUTIES) -> None:
        self._duties = duties
        self._stopping = threading.Event()

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
        for thread in threads:
            thread.start()
        beat_file().touch()
        while not self._stopping.wait(BEAT_SECONDS):
            beat_file().touch()
        for thread in threads:
            thread.join()

    def _do(self, duty: Duty, run: Callable[[int], int]) -> None:
        while not self._stopping.is_set():
            close_old_connections()
            self._stopping.wait(self._once(duty, run))
        connection.close()

    def _once(self, duty: Duty, run: Callable[[int], int]) -> float:
        """Do one batch; the answer is how long to rest, in seconds."""
        try:
            return 0.0 if run(duty.limit) else duty.idle_seconds
        except Exception as error:  # noqa: BLE001 - one failing unit must not end the others' work
            # Not the message: a database's may quote a row, and rows hold addresses.
            where = traceback.extract_tb(error.__traceback__)[-1]
            logger.error("%s: %s at %s:%s", duty.name, type(error).__name__, Path(where.filename).name, where.lineno)
            return TROUBLE_SECONDS
