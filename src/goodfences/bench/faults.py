"""`goodfences bench faults`: parts of an instance die and lie while people use it; is anything lost or doubled?

A real instance (pages, worker, mail server, and a database server and a store if they are named) is used over HTTP
alone: clips are uploaded, requests opened, asks declined by the email's link, posts written; and a real hub sends
what it takes in at home. Each round something goes wrong at a moment of chance, and people do again what wasn't
acknowledged. In the end all that was acknowledged has to be there, once.
"""

from __future__ import annotations

import argparse
import os
import random  # noqa: TID251 - a bench repeats itself; nothing here is secret
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from goodfences.bench.measure import percentile
from goodfences.bench.runner import CannotMeasure, Outcome, progress, register

if TYPE_CHECKING:
    from goodfences.bench.faulty.world import World

FAILOVER_S = 30.0
"""Within so many seconds of a primary's death the site goes on."""
_LONGEST_WAIT = 1.0
"""Seconds from the beginning of a round to its fault."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=12, help="faults, one a round (default 12)")
    parser.add_argument("--store", choices=("folder", "rclone", "seaweedfs"), default="folder")
    parser.add_argument(
        "--database",
        choices=("sqlite", "postgresql", "ha"),
        default="sqlite",
        help="sqlite, a PostgreSQL server of its own, or two of them under Patroni (default sqlite)",
    )
    parser.add_argument(
        "--lossy",
        action="store_true",
        help="with --database ha: without synchronous replication, to see what is lost then",
    )
    parser.add_argument(
        "--only", help="faults by name, separated by commas (default: all that this machine can have)"
    )
    parser.add_argument(
        "--seed", type=int, help="which faults come when (default: by chance; the row `seed` says it)"
    )
    parser.add_argument(
        "--keep", help="a folder for what is left of the instance where something was lost or doubled"
    )


@register("faults", help="kill, fill and falsify an instance's parts while it is used", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`lost_or_doubled`: how much of what was acknowledged isn't there in the end, or is there twice. Must be 0.

    `slowest_failover`, where primaries were killed under Patroni: seconds until the site acknowledged again, of the
    slowest, over 30.
    """
    from goodfences.bench.faulty import world as worlds
    from goodfences.bench.faulty.accidents import FAULTS

    if options.lossy and options.database != "ha":
        raise CannotMeasure("--lossy is for --database ha.")
    seed = int.from_bytes(os.urandom(3)) if options.seed is None else options.seed
    with worlds.world(options.store, options.database, lossy=options.lossy) as world:
        names = [name for name in FAULTS if FAULTS[name].is_possible(world)]
        if options.only:
            names = [name for name in names if name in options.only.split(",")]
        if not names:
            raise CannotMeasure("None of these faults is possible here. With --store rclone a store can fail.")
        chance = random.Random(seed)  # noqa: S311
        try:
            outcome = _measure(world, names, options.rounds, chance)
        except BaseException:
            _keep(world, options.keep)
            raise
        if world.outages and options.database == "ha":
            outcome.ratios["slowest_failover"] = max(map(max, world.outages.values())) / FAILOVER_S
        if outcome.ratios["lost_or_doubled"]:
            _keep(world, options.keep)
    outcome.rows[-1]["seed"] = seed
    return outcome


def _measure(world: World, names: list[str], rounds: int, chance: random.Random) -> Outcome:
    from goodfences.bench.faulty.accidents import FAULTS
    from goodfences.bench.faulty.judging import judged, settle
    from goodfences.bench.faulty.people import People

    world.start(rounds)
    happened: list[str] = []
    people = People(world)
    for number in range(rounds):
        name = names[number % len(names)] if number < len(names) else chance.choice(names)
        progress(f"{time.strftime('%H:%M:%S')} round {number + 1} of {rounds}: {name}")
        happened.append(name)
        with people.at_work(number):
            time.sleep(chance.uniform(0, _LONGEST_WAIT))
            FAULTS[name].happen(world, chance)
    uncertain = settle(world)
    rows = judged(world, people.told, happened)
    for fault, seconds in world.outages.items():
        row = next(row for row in rows if row["fault"] == fault)
        row["until acknowledged again, p50 s"] = round(percentile(seconds, 0.5), 1)
        row["until acknowledged again, max s"] = round(max(seconds), 1)
        row["until acknowledged again, s"] = [round(each, 1) for each in seconds]
    rows[-1]["mails that the operator decided on"] = uncertain
    return Outcome(rows, {"lost_or_doubled": float(sum(row["lost"] + row["doubled"] for row in rows))})


def _keep(world: World, where: str | None) -> None:
    """For whoever looks into what became of it: database, mail, logs, and the hub's folder."""
    if where is None:
        return
    world.stop()
    shutil.copytree(world.folder, Path(where), ignore=shutil.ignore_patterns("filling", "static"), dirs_exist_ok=True)
    progress(f"What is left of it is in {where}.")
