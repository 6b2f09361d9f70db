"""`goodfences bench match`: does finding the cameras in an area cost the same, whatever their total?

Real schema, real query, cover included. The towns are as dense in the small table as in the large one, so
that an area hits as many cameras in both: what differs is the size of the table alone.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from goodfences.bench import towns
from goodfences.bench.instance import migrate, throwaway
from goodfences.bench.measure import by_turns, milliseconds
from goodfences.bench.runner import CannotMeasure, Outcome, Row, progress, register

COLUMNS = ("id", "ref", "household_id", "name", "looks_at", "cell", "may_be_asked", "created_at", "removed_at")
INDEX = "camera_askable_by_cell"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cameras", type=int, default=10_000_000, help="in the large table (default 10 million)")
    parser.add_argument("--small", type=int, default=100_000, help="in the small table (default 100 thousand)")
    parser.add_argument("--areas", type=int, default=500, help="drawn areas to match in each (default 500)")
    where = "one alone (default: SQLite, and PostgreSQL, too, where DATABASE_URL names one)"
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help=where)
    parser.add_argument("--alone", action="store_true", help="without PostGIS beside PostgreSQL")
    parser.add_argument("--folder", help="where to put the databases meanwhile, 2 GB for 10 million cameras")


@register(
    "match", help="match half-square-mile areas in a large and in a small table of cameras", arguments=_arguments
)
def run(options: argparse.Namespace) -> Outcome:
    """`growth`: p50 of cover and match at `--cameras` over p50 at `--small`; `vs_postgis` is PostgreSQL's alone."""
    server = os.environ.get("DATABASE_URL", "")
    sizes = {"small": options.small, "large": options.cameras}
    if options.database == "postgresql":
        return _postgresql_alone(server, sizes, options)
    with throwaway(parent=options.folder) as folder:
        outcome = _sqlite_side(folder, sizes, options.areas)
        if options.database is None and server.startswith("postgres"):
            from goodfences.bench.match_postgres import measure_postgres

            more = measure_postgres(server, sizes, options.areas, alone=options.alone)
        else:
            more = Outcome(rows=[{"side": "PostgreSQL, PostGIS", "note": "not measured: see --database postgresql"}])
    return Outcome(rows=outcome.rows + more.rows, ratios={**outcome.ratios, **more.ratios}, machine=more.machine)


def _sqlite_side(folder: Path, sizes: dict[str, int], areas: int) -> Outcome:
    for alias, cameras in sizes.items():
        _sqlite(alias, folder / f"{alias}.sqlite3", cameras)
    outcome = measure("SQLite", sizes, areas)
    for row, alias in zip(outcome.rows[:2], sizes, strict=True):
        row["index_mb"] = _index_megabytes(folder / f"{alias}.sqlite3")
    return outcome


def _postgresql_alone(server: str, sizes: dict[str, int], options: argparse.Namespace) -> Outcome:
    """The ratio is `growth`: there is no other."""
    from goodfences.bench import match_postgres

    with ExitStack() as stack:
        server = named_or_own(server, stack, options.folder)
        stack.enter_context(throwaway(parent=options.folder))
        outcome = match_postgres.measure_postgres(server, sizes, options.areas, alone=options.alone)
    outcome.ratios["growth"] = outcome.ratios.pop(f"growth{match_postgres.SUFFIX}")
    return outcome


def named_or_own(server: str, stack: ExitStack, folder: str | None) -> str:
    """The server of DATABASE_URL, else one that runs in `folder` until the stack ends. Raises CannotMeasure."""
    from goodfences.bench import postgres

    if server.startswith("postgres"):
        return server
    try:
        return stack.enter_context(postgres.running(*_tuned(), parent=folder)).url
    except postgres.NoServer as error:
        raise CannotMeasure(f"{error} (or name a server in DATABASE_URL).") from error


def _tuned() -> tuple[str, ...]:
    """As PostgreSQL's own guide has it for a machine that serves nothing else: a quarter of the memory for pages."""
    quarter = psutil.virtual_memory().total // 4 // 2**20
    return f"shared_buffers={quarter}MB", "maintenance_work_mem=1GB", "max_wal_size=16GB"


def measure(database: str, sizes: dict[str, int], count: int, suffix: str = "") -> Outcome:
    """Match areas in the databases that the aliases of `sizes` name, by turns. `suffix` ends the ratio's name."""
    work = {alias: towns.areas(towns.towns(cameras), count, f"areas {alias}") for alias, cameras in sizes.items()}
    hits: dict[str, list[int]] = {alias: [] for alias in sizes}

    def side(alias: str) -> Any:
        def match(index: int) -> None:
            hits[alias].append(len(cover_and_match(work[alias][index], alias + suffix)))

        return match

    for alias in sizes:  # a first look at each file, which is not what is measured
        cover_and_match(work[alias][0], alias + suffix)
    took = by_turns({alias: side(alias) for alias in sizes}, range(count))
    rows: list[Row] = [
        {
            "side": f"cover and match, {database}",
            "cameras": cameras,
            "areas": count,
            "hits_p50": int(statistics.median(hits[alias])),
            **milliseconds(took[alias]),
        }
        for alias, cameras in sizes.items()
    ]
    rows.append({"side": "of that the cover", "areas": count, **milliseconds(_cover_seconds(work["large"]))})
    growth = statistics.median(took["large"]) / statistics.median(took["small"])
    return Outcome(rows=rows, ratios={f"growth{suffix}": growth})


def cover_and_match(geojson: dict[str, Any], alias: str) -> list[Any]:
    """What fan-out does with a drawn area, in one of the databases."""
    from goodfences import places
    from goodfences.cameras.queries import matching_cameras

    route_to(alias)
    ranges = places.area_from_geojson(geojson).ranges
    return matching_cameras(ranges)


def _cover_seconds(work: list[dict[str, Any]]) -> list[float]:
    from goodfences import places

    took = []
    for geojson in work:
        began = time.perf_counter()
        places.area_from_geojson(geojson)
        took.append(time.perf_counter() - began)
    return took


class _OneDatabase:
    """A database router that sends every read where the bench is looking."""

    alias = "default"

    def db_for_read(self, model: type, **hints: Any) -> str:
        return self.alias


_routed = _OneDatabase()


def route_to(alias: str) -> None:
    from django.db import router

    _routed.alias = alias
    router.__dict__["routers"] = [_routed]


def add_database(alias: str, settings: dict[str, Any]) -> None:
    """Make a database known to Django under a name of its own."""
    from django.db import connections

    connections.settings[alias] = {**connections.settings["default"], **settings}


def camera_rows(cameras: int) -> Iterator[tuple[Any, ...]]:
    """Rows of `COLUMNS`, followed by latitude and longitude, town by town."""
    import h3.api.basic_int as h3i

    from goodfences.places import RES

    camera = household = 0
    for town in towns.towns(cameras):
        for home in towns.homes(town, min(cameras, towns.CAMERAS_A_TOWN)):
            household += 1
            cell = h3i.latlng_to_cell(home.lat, home.lon, RES)
            for may_be_asked in home.cameras:
                camera += 1
                looks_at = "street" if may_be_asked else "indoors"
                yield (
                    *(camera, f"{camera:022d}", household, "Front door", looks_at, cell, may_be_asked),
                    *("2026-01-01 00:00:00+00:00", None, home.lat, home.lon),
                )


def _sqlite(alias: str, path: Path, cameras: int) -> None:
    """Make and fill a database with the real schema; its indexes are dropped meanwhile and made again."""
    began = time.monotonic()
    add_database(alias, {"NAME": str(path)})
    route_to(alias)
    migrate(alias)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=OFF")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-200000")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'cameras_camera' AND type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    connection.execute("BEGIN")
    marks = ", ".join("?" * len(COLUMNS))
    connection.executemany(
        f"INSERT INTO cameras_camera ({', '.join(COLUMNS)}) VALUES ({marks})",  # noqa: S608 - names of our own
        (row[: len(COLUMNS)] for row in camera_rows(cameras)),
    )
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    progress(
        f"{cameras:,} cameras in SQLite after {time.monotonic() - began:.0f} s, {path.stat().st_size / 1e6:,.0f} MB"
    )


def _index_megabytes(path: Path) -> float | str:
    connection = sqlite3.connect(path)
    try:
        (size,) = connection.execute("SELECT sum(pgsize) FROM dbstat WHERE name = ?", (INDEX,)).fetchone()
    except sqlite3.OperationalError:  # a SQLite that was built without dbstat
        return "unknown"
    finally:
        connection.close()
    return round(float(size) / 1e6, 1)
