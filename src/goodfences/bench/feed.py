"""`goodfences bench feed`: does a page of the neighborhood stay quick with a million posts and ten million comments?

The real server answers the list and searches over real HTTP for readers in a city of a hundred thousand posts and in
small towns, at every radius. Then pages by the thousand listen to `goodfences live`, and hear of posts.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import random  # noqa: TID251 - a bench repeats itself; nothing here is secret
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psutil

from goodfences.bench.devices import HOST, served
from goodfences.bench.instance import migrate, standing, throwaway
from goodfences.bench.measure import by_turns, milliseconds, percentile
from goodfences.bench.runner import CannotMeasure, Outcome, Row, progress, register

LIMIT_MS = 50
_ORDERS = ("", "", "near")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--posts", type=int, default=1_000_000, help="in the database (default 1 million)")
    parser.add_argument("--comments", type=int, default=10, help="on each (default 10)")
    parser.add_argument("--pages", type=int, default=300, help="to ask of each kind (default 300)")
    parser.add_argument("--streams", type=int, default=5_000, help="to hold open (default 5,000; 0: none)")
    parser.add_argument("--folder", help="where to put the database meanwhile, 6 GB for a million posts")
    parser.add_argument("--state", type=Path, help="a folder that stays: the next call asks what is there")


@register("feed", help="near me, search and open streams, among a million posts", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`p95_over_50ms`: the slower p95 of "near me" and of search, in the city, over 50 ms."""
    from goodfences.bench import feed_streams, feed_town

    with _instance(options) as state:
        migrate()
        began = time.monotonic()
        town = feed_town.found(options.posts) or feed_town.fill(options.posts, options.comments)
        progress(f"{options.posts:,} posts after {time.monotonic() - began:.0f} s")
        with served(state) as port:
            rows, slowest = _ask(port, town, options)
        if options.streams:
            rows += feed_streams.measure(town.city, options.streams)
    return Outcome(rows, {"p95_over_50ms": slowest * 1000 / LIMIT_MS})


def _instance(options: argparse.Namespace) -> AbstractContextManager[Path]:
    if options.state is None:
        return throwaway(parent=options.folder)
    options.state.mkdir(parents=True, exist_ok=True)
    return standing(options.state)


def _ask(port: int, town: Any, options: argparse.Namespace) -> tuple[list[Row], float]:
    places = {"city": _Reader(port, town.city.cookie()), "small town": _Reader(port, town.village.cookie())}
    rows, slowest = [], 0.0
    server = psutil.Process().children(recursive=True)
    for kind, queries in (("near", _lists()), ("search", _searches(town.words))):
        work = list(itertools.islice(queries, options.pages))
        for reader in places.values():  # what the first answer alone costs isn't what is measured
            reader.get(work[0])
        sides: dict[str, Callable[[Any], object]] = {name: reader.walk for name, reader in places.items()}
        took = by_turns(sides, work)
        for name, seconds in took.items():
            figures = {"page": kind, "reader": name, "posts": options.posts, "pages": len(work)}
            cpu = _processor_ms(server, sides[name], work)
            rows.append({**figures, **milliseconds(seconds), "processor_ms": round(cpu, 1)})
        slowest = max(slowest, *(percentile(seconds, 0.95) for seconds in took.values()))
    return rows, slowest


def _processor_ms(server: Any, ask: Any, work: list[dict[str, str]]) -> float:
    """What a page costs the server: its processor time, whatever else runs on the machine."""
    before = sum(sum(process.cpu_times()[:2]) for process in server)
    for query in work:
        ask(query)
    return float((sum(sum(process.cpu_times()[:2]) for process in server) - before) * 1000 / len(work))


class _Reader:
    """A signed-in neighbor's connection to the server."""

    def __init__(self, port: int, cookie: str) -> None:
        self._line = http.client.HTTPConnection(HOST, port, timeout=300)
        self._cookie = cookie

    def get(self, query: dict[str, str]) -> str:
        try:
            answer = self._answer(query)
        except http.client.RemoteDisconnected:  # while the other reader was asking
            self._line.close()
            answer = self._answer(query)
        body = answer.read().decode()
        if answer.status != 200:
            raise CannotMeasure(f"The server answered {query} with {answer.status}.")
        return body

    def _answer(self, query: dict[str, str]) -> http.client.HTTPResponse:
        self._line.request("GET", f"/neighbors/?{urlencode(query)}", headers={"Cookie": self._cookie})
        return self._line.getresponse()

    def walk(self, query: dict[str, str]) -> None:
        self.get(query)


def _lists() -> Iterator[dict[str, str]]:
    """Every radius; all kinds and one; newest and nearest first; and from some days ago on."""
    from datetime import timedelta

    from goodfences import source

    chance = random.Random("lists")  # noqa: S311
    kinds = ("", "", "crime", "hazard", "missing_pet", "question")
    while True:
        for radius in (1, 2, 5, 10, 25):
            query = {"radius": str(radius), "kind": chance.choice(kinds), "order": chance.choice(_ORDERS)}
            if not query["order"] and chance.random() < 0.3:
                ago = source.now() - timedelta(days=chance.uniform(0, 300))
                query["before"] = f"{ago.isoformat()}~{'A' * 22}~88283473fffffff"
            yield query


def _searches(words: list[str]) -> Iterator[dict[str, str]]:
    """Frequent, rare and unknown words, one to three of them."""
    chance = random.Random("searches")  # noqa: S311
    while True:
        for radius in (5, 1, 25, 10, 2):
            some = [words[int(len(words) * chance.random() ** 3)] for _ in range(chance.choice((1, 1, 2, 3)))]
            if chance.random() < 0.1:
                some.append("zeppelin")
            yield {"radius": str(radius), "q": " ".join(some), "kind": chance.choice(("", "", "", "crime"))}
