"""`goodfences bench clips`: does finding the video of a time cost the same, however many clips the index holds?

Real schema, all its indexes, real queries, on PostgreSQL. A camera has as many clips in the small table as in the
large one, so that a question finds as much in both: what differs is the size of the table alone.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Sized
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from goodfences.bench.instance import throwaway
from goodfences.bench.match import named_or_own, route_to
from goodfences.bench.measure import by_turns, milliseconds
from goodfences.bench.runner import Outcome, Row, progress, register

_CLIPS_A_CAMERA = 20
_CAMERAS_A_HOME = 2
_HOMES_A_BATCH = 200
_WINDOW = timedelta(hours=2)
_INDEX = "clip_by_time_and_kind"

Question = Callable[[np.random.Generator, int, datetime], Sized]


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clips", type=int, default=10_000_000, help="in the large table (default 10 million)")
    parser.add_argument("--small", type=int, default=1_000_000, help="in the small table, 8,000 or more (a million)")
    parser.add_argument("--questions", type=int, default=300, help="of each kind, to each table (default 300)")
    parser.add_argument("--folder", help="where to put the databases meanwhile, 9 GB for 10 million clips")


@register("clips", help="find the video of a time among many clips and among few", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`growth_asking`, `growth_looking` and `growth_day`: p50 of each question at `--clips` over p50 at `--small`."""
    with ExitStack() as stack:
        server = named_or_own(os.environ.get("DATABASE_URL", ""), stack, options.folder)
        stack.enter_context(throwaway(parent=options.folder))
        return _measure(server, {"small": options.small, "large": options.clips}, options.questions)


def _measure(server: str, sizes: dict[str, int], questions: int) -> Outcome:
    from goodfences.bench.match_postgres import SUFFIX, databases

    with databases(server, sizes) as settings:
        filled = {alias: _fill(settings[alias], clips) for alias, clips in sizes.items()}
        rows: list[Row] = []
        ratios: dict[str, float] = {}
        for name, (what, ask) in _questions().items():
            found: dict[str, list[int]] = {alias: [] for alias in sizes}
            sides = {alias: _side(alias + SUFFIX, ask, sizes[alias], found[alias]) for alias in sizes}
            for side in sides.values():  # a first look, which is not what is measured
                side(questions)
            took = by_turns(sides, range(questions))
            common = {"side": what, "questions": questions}
            rows += [
                {**common, "clips": clips, "found": sum(found[alias]), **milliseconds(took[alias])}
                for alias, clips in sizes.items()
            ]
            ratios[f"growth_{name}"] = statistics.median(took["large"]) / statistics.median(took["small"])
    return Outcome(rows + list(filled.values()), ratios)


def _questions() -> dict[str, tuple[str, Question]]:
    from goodfences.clips import queries, timeline

    def asking(chance: np.random.Generator, cameras: int, at: datetime) -> Sized:
        batch = chance.choice(cameras, _HOMES_A_BATCH * _CAMERAS_A_HOME, replace=False, shuffle=False) + 1
        return queries.cameras_with_clips(batch.tolist(), at, at + _WINDOW)

    def looking(chance: np.random.Generator, cameras: int, at: datetime) -> Sized:
        return queries.in_window(_home(chance, cameras), at, at + _WINDOW)

    def day(chance: np.random.Generator, cameras: int, at: datetime) -> Sized:
        return timeline.of_day(timeline.Wanted(_home(chance, cameras)), at, at + timedelta(days=1), 24)

    return {
        "asking": (f"who of {_HOMES_A_BATCH} homes has video of two hours", asking),
        "looking": ("what a home has of two hours", looking),
        "day": ("a home's day", day),
    }


def _home(chance: np.random.Generator, cameras: int) -> list[int]:
    first = int(chance.integers(1, cameras - _CAMERAS_A_HOME))
    return list(range(first, first + _CAMERAS_A_HOME))


def _side(alias: str, ask: Question, clips: int, found: list[int]) -> Callable[[int], None]:
    from goodfences import source

    now = source.now()

    def side(number: int) -> None:
        chance = np.random.default_rng(number)
        route_to(alias)
        at = now - timedelta(hours=int(chance.integers(24, 29 * 24)))
        found.append(len(ask(chance, clips // _CLIPS_A_CAMERA, at)))

    return side


def _fill(settings: dict[str, Any], clips: int) -> Row:
    import psycopg

    from goodfences.bench.city.filling import fill_clips
    from goodfences.bench.match_postgres import connect, read_into_memory, unhindered

    began, cameras = time.monotonic(), clips // _CLIPS_A_CAMERA
    with psycopg.connect(**connect(settings), autocommit=True) as connection:
        with unhindered(connection, "cameras_camera"):
            connection.execute(
                "INSERT INTO cameras_camera (id, ref, household_id, name, looks_at, cell, may_be_asked, created_at)"
                " SELECT n, 'c' || lpad(n::text, 21, '0'), n / %s + 1, '', 'street', 626151628145168383, true, now()"
                " FROM generate_series(1, %s) AS numbers(n)",
                (_CAMERAS_A_HOME, cameras),
            )
        with unhindered(connection, "clips_clip"):
            fill_clips(connection.cursor(), cameras, _CLIPS_A_CAMERA)
        read_into_memory(connection, _INDEX, "cameras_camera_pkey", "clips_clip_pkey")
        found = connection.execute("SELECT pg_table_size('clips_clip'), pg_indexes_size('clips_clip')").fetchone()
    assert found is not None
    progress(f"{clips:,} clips after {time.monotonic() - began:.0f} s")
    return {"side": "on disk", "clips": clips, "rows_mb": round(found[0] / 1e6), "indexes_mb": round(found[1] / 1e6)}
