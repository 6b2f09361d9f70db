"""Is all that was acknowledged there, once? What `goodfences bench faults` looks up in the end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from goodfences.bench.faulty.people import Acknowledged
from goodfences.bench.faulty.world import HOMES, World, ref_of
from goodfences.bench.runner import CannotMeasure, Row, progress

_PATIENCE_S = 600
_HUBS_PATIENCE_S = 120


@dataclass(frozen=True)
class Kind:
    """One kind of what was acknowledged: the round of each, and how often each is there."""

    name: str
    acknowledged: Mapping[Any, int]
    there: Mapping[Any, int]

    def counts(self, rounds: set[int]) -> list[int]:
        return [self.there.get(key, 0) for key, number in self.acknowledged.items() if number in rounds]


def settle(world: World) -> int:
    """Until nothing is left to do, by hub, worker or operator; how many messages the operator had to decide on."""
    _let_hub_finish(world)
    end = time.monotonic() + _PATIENCE_S
    uncertain = _operator(world)
    while time.monotonic() < end:
        left = world.look("unfinished")
        if not left["work"] and not left["uncertain"]:
            return uncertain
        if not left["work"]:
            uncertain += _operator(world)
        time.sleep(2)
    raise CannotMeasure(f"Work that never ends: {left}.")


def _operator(world: World) -> int:
    return int(world.look("operator", *map(ref_of, world.mails()))["uncertain"])


def _let_hub_finish(world: World) -> None:
    """It is started once more, as its owner would do: after troubles it waits for up to ten minutes by itself."""
    world.processes.stop("hub")
    world.start_hub()
    end = time.monotonic() + _HUBS_PATIENCE_S
    while (left := world.hub.left()) and time.monotonic() < end:
        time.sleep(1)
    if left:
        progress(f"The hub isn't done: {left} left.")


def judged(world: World, told: Acknowledged, happened: list[str]) -> list[Row]:
    """A row for each fault, and one of what is there that nobody acknowledged or that was never made."""
    found = world.look("state")
    films = [
        film
        for clip in found["clips"]
        if clip["camera"] != world.built["camera"] and clip["whole"]
        if (film := world.hub.film_of(clip["starts_at"])) is not None
    ]
    uploads = [clip for clip in found["clips"] if clip["camera"] == world.built["camera"]]
    asks = found["asks"]
    kinds = [
        Kind("uploads", told.uploads, Counter(clip["sha256"] for clip in uploads if clip["whole"])),
        Kind("hub's films", world.hub.films, Counter(films)),
        Kind("decisions", told.decisions, {ref: int(state == "declined") for ref, (_, _, state) in asks.items()}),
        Kind("ledger entries", told.requests, found["requests"]),
        Kind("posts", told.posts, found["posts"]),
        Kind(
            "mails",
            {ref: told.requests[request] for ref, (request, _, _) in asks.items()},
            Counter(map(ref_of, world.mails())),
        ),
    ]
    rows = [_row(fault, happened, kinds) for fault in dict.fromkeys(happened)]
    _say_what(kinds, happened)
    missed = len(told.requests) * HOMES - len(asks)
    for request in told.requests:
        if (made := sum(each == request for each, _, _ in asks.values())) != HOMES:
            progress(f"asks of {request}, round {told.requests[request] + 1}: {made}")
    unasked = len(uploads) - len(told.uploads)
    rows.append({"fault": "in all", "rounds": len(happened), "lost": missed, "doubled": max(0, unasked)})
    return rows


def _row(fault: str, happened: list[str], kinds: list[Kind]) -> Row:
    rounds = {number for number, name in enumerate(happened) if name == fault}
    row: Row = {"fault": fault, "rounds": len(rounds), "lost": 0, "doubled": 0}
    for kind in kinds:
        counts = kind.counts(rounds)
        row[kind.name] = len(counts)
        row["lost"] += counts.count(0)
        row["doubled"] += sum(count > 1 for count in counts)
    return row


def _say_what(kinds: list[Kind], happened: list[str]) -> None:
    """Each lost or doubled one by its name, so that it can be traced."""
    for kind in kinds:
        for key, number in kind.acknowledged.items():
            if (count := kind.there.get(key, 0)) != 1:
                progress(f"{kind.name} {key}, round {number + 1} ({happened[number]}): {count} times")
