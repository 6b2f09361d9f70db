"""The PostgreSQL side of the match bench, and PostGIS beside it where the server has it.

Works in a database of its own on the server of DATABASE_URL, which it drops again.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dj_database_url

from goodfences.bench import towns
from goodfences.bench.instance import migrate
from goodfences.bench.match import COLUMNS, INDEX, add_database, camera_rows, cover_and_match, measure, route_to
from goodfences.bench.measure import by_turns, milliseconds
from goodfences.bench.runner import Outcome, progress

SUFFIX = "_postgresql"


def measure_postgres(url: str, sizes: dict[str, int], count: int, *, alone: bool) -> Outcome:
    """`growth_postgresql` as on SQLite. Unless `alone`, `vs_postgis`, `cover_and_match_vs_postgis`: ours over
    PostGIS, p50 at the large size, one server."""
    import psycopg

    with databases(url, sizes) as settings:
        for alias, cameras in sizes.items():
            _fill(alias + SUFFIX, settings[alias], cameras)
        outcome = measure("PostgreSQL", sizes, count, SUFFIX)
        # Without prepared statements, as ours: a pool may give each transaction another connection.
        connection = psycopg.connect(**connect(settings["large"]), autocommit=True, prepare_threshold=None)
        with connection:
            for row, alias in zip(outcome.rows[:2], sizes, strict=True):
                row["index_mb"] = _megabytes(settings[alias], INDEX)
            outcome.machine["postgresql"] = connection.info.parameter_status("server_version")
            more = Outcome(rows=[]) if alone else _postgis(connection, sizes["large"], count)
    return Outcome(outcome.rows + more.rows, {**outcome.ratios, **more.ratios}, outcome.machine)


@contextmanager
def databases(url: str, sizes: dict[str, int]) -> Iterator[dict[str, dict[str, Any]]]:
    """An empty database a size with the real schema, known to Django as its alias and SUFFIX; dropped afterwards."""
    import psycopg
    from django.db import connections
    from psycopg import sql

    server: dict[str, Any] = dict(dj_database_url.parse(url))
    settings = {alias: {**server, "NAME": f"goodfences_bench_{os.getpid()}_{alias}"} for alias in sizes}
    with psycopg.connect(**connect(server), autocommit=True) as admin:
        try:
            first, *others = settings
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(settings[first]["NAME"])))
            for alias, one in settings.items():
                add_database(alias + SUFFIX, {"OPTIONS": {}, **one})
            route_to(first + SUFFIX)  # migrations that read rows read them here
            migrate(first + SUFFIX)
            for alias in others:
                names = (sql.Identifier(settings[each]["NAME"]) for each in (alias, first))
                admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
            yield settings
        finally:
            connections.close_all()
            for one in settings.values():
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(one["NAME"])))


def connect(settings: dict[str, Any]) -> dict[str, Any]:
    """What psycopg wants to be told of a database of `databases`."""
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {ours: settings[name] for name, ours in names.items() if settings.get(name)}


def _fill(alias: str, settings: dict[str, Any], cameras: int) -> None:
    import psycopg

    began = time.monotonic()
    with psycopg.connect(**connect(settings), autocommit=True) as connection:
        with (
            unhindered(connection, "cameras_camera"),
            connection.cursor().copy(f"COPY cameras_camera ({', '.join(COLUMNS)}) FROM STDIN") as copy,
        ):
            for row in camera_rows(cameras):
                copy.write_row(row[: len(COLUMNS)])
        read_into_memory(connection, INDEX)
    progress(f"{cameras:,} cameras in PostgreSQL after {time.monotonic() - began:.0f} s")


@contextmanager
def unhindered(connection: Any, table: str) -> Iterator[None]:
    """A table without its indexes, which are made again, and for good without the rows that it refers to."""
    connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    _drop_foreign_keys(connection, table)
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        (table,),
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    yield
    for _, definition in indexes:
        connection.execute(definition)
    connection.execute(f"VACUUM ANALYZE {table}")


def read_into_memory(connection: Any, *relations: str) -> None:
    """What a server that has run for a while holds there, where the extension for it is at hand."""
    if connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_prewarm'").fetchone():
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        for relation in relations:
            connection.execute("SELECT pg_prewarm(%s::regclass)", (relation,))


def _drop_foreign_keys(connection: Any, table: str) -> None:
    keys = connection.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'", (table,)
    ).fetchall()
    for (name,) in keys:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def _megabytes(settings: dict[str, Any], index: str) -> float:
    import psycopg

    with psycopg.connect(**connect(settings)) as connection:
        found = connection.execute("SELECT pg_relation_size(%s::regclass)", (index,)).fetchone()
    assert found is not None
    return round(float(found[0]) / 1e6, 1)


def _postgis(connection: Any, cameras: int, count: int) -> Outcome:
    """PostGIS over the same cameras as points, with a GiST index, no JIT and no parallel workers."""
    if not connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'").fetchone():
        package = f"postgresql-{connection.info.server_version // 10_000}-postgis-3"
        note = (
            f"not measured: the server doesn't have it. Debian: apt-get install -y --no-install-recommends {package}"
        )
        return Outcome(rows=[{"side": "PostGIS", "note": note}])
    connection.execute("CREATE EXTENSION postgis")
    connection.execute("SET jit = off")
    connection.execute("SET max_parallel_workers_per_gather = 0")
    connection.execute("CREATE TABLE points (id bigint, household_id bigint, place geometry(Point, 4326))")
    with connection.cursor().copy("COPY points FROM STDIN") as copy:
        for row in camera_rows(cameras):
            if row[6]:
                copy.write_row((row[0], row[2], f"SRID=4326;POINT({row[-1]:.7f} {row[-2]:.7f})"))
    connection.execute("CREATE INDEX points_by_place ON points USING gist (place)")
    connection.execute("VACUUM ANALYZE points")
    read_into_memory(connection, "points_by_place", "points")
    progress(f"{cameras:,} cameras in PostGIS")
    return _against_postgis(connection, cameras, count)


_COVERED = "SELECT household_id, id FROM points WHERE ST_Covers({}, place) ORDER BY household_id, id"
_DRAWN, _KEPT = (_COVERED.format(area) for area in ("ST_GeomFromGeoJSON(%s)", "%s::geometry"))


def _against_postgis(connection: Any, cameras: int, count: int) -> Outcome:
    """First each side gets what a request keeps, ranges of cells here and a geometry there, as whoever asks owners
    does; then both get areas as they are drawn. No area comes twice: who came second would find its pages read."""
    from goodfences import places
    from goodfences.cameras.queries import matching_cameras

    kept, drawn = (towns.areas(towns.towns(cameras), count, f"areas postgis, {how}") for how in ("kept", "drawn"))
    ranges = [places.area_from_geojson(area).ranges for area in kept]
    geometries = [_geometry(connection, area) for area in kept]
    hits: list[int] = []

    def theirs(statement: str, area: str) -> None:
        hits.append(len(connection.execute(statement, (area,)).fetchall()))

    of_kept = by_turns(
        {"ours": lambda at: matching_cameras(ranges[at]), "theirs": lambda at: theirs(_KEPT, geometries[at])},
        range(count),
    )
    of_drawn = by_turns(
        {
            "ours": lambda area: cover_and_match(area, "large" + SUFFIX),
            "theirs": lambda area: theirs(_DRAWN, json.dumps(area)),
        },
        drawn,
    )
    size = connection.execute("SELECT pg_relation_size('points_by_place'::regclass)").fetchone()[0]
    common = {"cameras": cameras, "areas": count}
    rows = [
        {"side": "match by what a request keeps", **common, **milliseconds(of_kept["ours"])},
        {"side": "PostGIS by a geometry that is kept", **common, **milliseconds(of_kept["theirs"])},
        {"side": "cover and match, beside PostGIS", **common, **milliseconds(of_drawn["ours"])},
        {
            "side": "PostGIS by what is drawn",
            **common,
            "hits_p50": int(statistics.median(hits)),
            **milliseconds(of_drawn["theirs"]),
            "index_mb": round(size / 1e6, 1),
        },
    ]
    ratios = {"vs_postgis": _over(of_kept), "cover_and_match_vs_postgis": _over(of_drawn)}
    return Outcome(rows, ratios)


def _geometry(connection: Any, area: dict[str, Any]) -> str:
    found = connection.execute("SELECT ST_AsHEXEWKB(ST_GeomFromGeoJSON(%s))", (json.dumps(area),)).fetchone()
    return str(found[0])


def _over(took: dict[str, list[float]]) -> float:
    return statistics.median(took["ours"]) / statistics.median(took["theirs"])
