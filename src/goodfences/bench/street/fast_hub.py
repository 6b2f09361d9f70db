"""A hub with one camera whose clock runs as fast as its work is done.

`python -m goodfences.bench.street.fast_hub HOME TOKEN DAYS` prints a line a day, and one at the end: the day,
resident megabytes, and how many real seconds it took.
"""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from goodfences_hub.clock import Clock
from goodfences_hub.home import Home
from goodfences_hub.running import Hub
from goodfences_hub.settings import load
from goodfences_hub.state import TOKEN, State
from goodfences_hub.thrift import give_memory_back

DAY = 86_400.0
PATIENCE_S = 120.0
TO_DO = """
SELECT 1 FROM event LEFT JOIN clip ON clip.event = event.id
WHERE event.ends_at IS NOT NULL AND (clip.event IS NULL OR clip.state = 'waiting') LIMIT 1
"""


class FastClock(Clock):
    """Whoever sleeps wakes at once, and so much time has passed. It begins so long ago that it ends by now."""

    def __init__(self, days: float) -> None:
        self._begun = datetime.now(UTC) - timedelta(days=days, hours=1)
        self._ends = days * DAY
        self.seconds = 0.0
        self.is_over = threading.Event()

    def now(self) -> datetime:
        return self._begun + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Once it is over, time stands still until the hub is stopped."""
        if self.seconds < self._ends:
            self.seconds += seconds
        else:
            self.is_over.set()
            time.sleep(0.05)


def main(folder: str, token: str, days: str) -> None:
    """Run it for so many days, and until what waits is sent."""
    give_memory_back()
    home = Home(Path(folder))
    state = State(home.state)
    state.remember(TOKEN, token)
    clock, began, told = FastClock(float(days)), time.monotonic(), 0
    hub = Hub(home, load(home.settings), clock)
    hub.start()
    while not clock.is_over.wait(0.05):
        if clock.seconds // DAY > told:
            _tell(told := int(clock.seconds // DAY), began)
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends and state.row(TO_DO):
        time.sleep(0.2)
    _tell(float(days), began)
    hub.stop()
    state.close()


def _tell(day: float, began: float) -> None:
    megabytes = psutil.Process().memory_info().rss / 1_000_000
    print(f"{day:g}", round(megabytes, 1), round(time.monotonic() - began, 1), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
