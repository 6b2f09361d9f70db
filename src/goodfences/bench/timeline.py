"""`goodfences bench timeline`: do 50,000 clips in a home feel like 50, in a database of five million?

The real server answers the day's page and searches over real HTTP, by turns for a home with 50,000 clips and for one
with 50 in the same database. A browser, where there is one, says what the page weighs and how soon it is there.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import psutil

from goodfences.bench import browser
from goodfences.bench.devices import HOST, served
from goodfences.bench.instance import migrate, throwaway
from goodfences.bench.measure import by_turns, milliseconds, percentile
from goodfences.bench.runner import CannotMeasure, Outcome, Row, progress, register

LIMIT_MS = 50
DAYS = 30
_SMALL = 50


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clips", type=int, default=5_000_000, help="in the database (default 5 million)")
    parser.add_argument("--home", type=int, default=50_000, help="of them in the large home (default 50,000)")
    parser.add_argument("--pages", type=int, default=200, help="to ask of each kind (default 200)")
    parser.add_argument("--loads", type=int, default=5, help="of the page in the browser (default 5)")
    browser.add_argument(parser)
    parser.add_argument("--folder", help="where to put the database meanwhile, 4 GB for 5 million clips")


@register("timeline", help="the day's page and searches in a home of 50,000 clips", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`p95_over_50ms`: the slower p95 of the day's page and of searches in the large home, over 50 ms.

    With a Chromium also `weight_over_150kb` and `lcp_over_1s`.
    """
    from goodfences.bench import timeline_homes as homes

    with throwaway(parent=options.folder) as state:
        migrate()
        large, small = homes.settle("olive"), homes.settle("nadia")
        began = time.monotonic()
        homes.fill({large: options.home, small: _SMALL}, options.clips, DAYS)
        progress(f"{options.clips:,} clips after {time.monotonic() - began:.0f} s")
        homes.film(large)
        with served(state) as port:
            rows, slowest = _ask(port, {options.home: large, _SMALL: small}, options)
            seen = _look(port, large, options)
    return Outcome([*rows, *seen.rows], {"p95_over_50ms": slowest * 1000 / LIMIT_MS, **seen.ratios})


@dataclass
class _Reader:
    """A signed-in person's connection to the server."""

    line: http.client.HTTPConnection
    cookie: str
    camera: str

    def get(self, query: dict[str, str]) -> bytes:
        self.line.request("GET", f"/home/?{urlencode(query)}", headers={"Cookie": self.cookie})
        answer = self.line.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise CannotMeasure(f"The server answered {query} with {answer.status}.")
        return body


def _ask(port: int, homes: dict[int, Any], options: argparse.Namespace) -> tuple[list[Row], float]:
    readers = {
        clips: _Reader(http.client.HTTPConnection(HOST, port, timeout=120), home.cookie(), home.camera)
        for clips, home in homes.items()
    }
    rows, slowest = [], 0.0
    server = psutil.Process().children(recursive=True)
    for kind, queries in (("day", _days()), ("search", _searches())):
        work = list(itertools.islice(itertools.cycle(queries), options.pages))
        for reader in readers.values():  # what the first answer alone costs isn't what is measured
            reader.get(work[0])
        sides = {str(clips): _asks(reader) for clips, reader in readers.items()}
        took = by_turns(sides, work)
        for clips in readers:
            figures = {"page": kind, "clips_in_home": clips, "clips": options.clips, "pages": len(work)}
            cpu = _processor_ms(server, sides[str(clips)], work)
            rows.append({**figures, **milliseconds(took[str(clips)]), "processor_ms": round(cpu, 1)})
        slowest = max(slowest, percentile(took[str(options.home)], 0.95))
    return rows, slowest


def _processor_ms(server: Any, ask: Any, work: list[dict[str, str]]) -> float:
    """What a page costs the server: its processor time, whatever else runs on the machine."""
    before = sum(sum(process.cpu_times()[:2]) for process in server)
    for query in work:
        ask(query)
    return (sum(sum(process.cpu_times()[:2]) for process in server) - before) * 1000 / len(work)


def _asks(reader: _Reader) -> Any:
    return lambda query: reader.get({name: value.replace("CAMERA", reader.camera) for name, value in query.items()})


def _days() -> list[dict[str, str]]:
    """Each day of the last four weeks (it may be yesterday there), whole and narrowed, and further down its list."""
    from goodfences import source

    today = source.now().date()
    found: list[dict[str, str]] = []
    for back in range(28):
        day = {"day": (today - timedelta(days=back + 1)).isoformat()}
        more: list[dict[str, str]] = [{}, {"camera": "CAMERA"}, {"kind": "doorbell"}, {"label": "car"}]
        found.append(day | more[back % 4])
        found.append(day | {"before": f"{day['day']}T12:00:00+00:00"})
    return found


def _searches() -> list[dict[str, str]]:
    """Words that much, little and nothing has; of notes, labels, cameras and kinds, alone and together."""
    words = (
        "walnut",
        "car",
        "gray van",
        "front",
        "front parcel",
        "hand",
        "doorbell",
        "zeppelin",
        "a person car",
        "w",
    )
    found: list[dict[str, str]] = [{"q": word} for word in words]
    found += [
        {"only": "starred"},
        {"only": "saved"},
        {"q": "car", "camera": "CAMERA"},
        {"q": "walnut", "kind": "manual"},
    ]
    return found


def _look(port: int, home: Any, options: argparse.Namespace) -> Outcome:
    from goodfences.bench.timeline_browser import look

    try:
        return look(f"http://{HOST}:{port}", home.cookie(), options.chromium, options.loads)
    except browser.NoBrowser as reason:
        return Outcome([{"page": "day, in a browser", "note": f"not measured: {reason}"}])
