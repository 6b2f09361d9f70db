"""A hub whose clock runs as fast as the work of its cameras is done.

`python -m goodfences.bench.street.fast_hub HOME TOKEN DAYS` prints a line with each seventh of them, and one at the
end: the day, resident megabytes, and how many real seconds it took.
"""

from __future__ import annotations

import heapq
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from goodfences_hub.clock import Clock
from goodfences_hub.home import Home
from goodfences_hub.running import Hub, leave
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
    """Once every camera sleeps, it is the time at which the first of them wakes. It begins so long ago that it ends
    by now."""

    def __init__(self, days: float, cameras: int = 1) -> None:
        self._begun = datetime.now(UTC) - timedelta(days=days, hours=1)
        self._ends = days * DAY
        self._cameras = cameras
        self._wakings: list[float] = []
        self._moved = threading.Condition()
        self.seconds = 0.0
        self.is_over = threading.Event()

    def now(self) -> datetime:
        return self._begun + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Called by cameras alone. Once it is over, time stands still until the hub is stopped."""
        with self._moved:
            until = self.seconds + seconds
            heapq.heappush(self._wakings, until)
            while self.seconds < until and not self.is_over.is_set():
                if len(self._wakings) < self._cameras:
                    self._moved.wait()
                    continue
                self.seconds = self._wakings[0]
                while self._wakings and self._wakings[0] <= self.seconds:
                    heapq.heappop(self._wakings)
                if self.seconds >= self._ends:
                    self.is_over.set()
                self._moved.notify_all()
        if self.is_over.is_set():
            time.sleep(0.05)


def main(folder: str, token: str, days: str) -> None:
    """Run it for so many days, and until what waits is sent."""
    give_memory_back()
    home = Home(Path(folder))
    state = State(home.state)
    state.remember(TOKEN, token)
    settings = load(home.settings)
    clock, began, told = FastClock(float(days), len(settings.cameras)), time.monotonic(), 0
    hub = Hub(home, settings, clock)
    seventh = float(days) * DAY / 7
    hub.start()
    while not clock.is_over.wait(0.05):
        if clock.seconds // seventh > told:
            told = int(clock.seconds // seventh)
            _tell(told * seventh / DAY, began)
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends and state.row(TO_DO):
        time.sleep(0.2)
    _tell(float(days), began)
    hub.stop()
    state.close()
    leave()


def _tell(day: float, began: float) -> None:
    megabytes = psutil.Process().memory_info().rss / 1_000_000
    print(f"{day:.3g}", round(megabytes, 1), round(time.monotonic() - began, 1), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
