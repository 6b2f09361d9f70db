"""`goodfences bench retention`: what does a day's end cost on PostgreSQL, row by row and as a dropped partition?

The real act of retention ends the clips of a day, keys first, a thousand at a time. Beside it PostgreSQL alone
deletes the same rows of a copy of both tables, as many at a time and without a look at what points to them, and drops
them as a partition of another copy.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from goodfences.bench.runner import CannotMeasure, Outcome, Row, progress, register

_BATCH = 1000
_CLIPS_A_CAMERA = 30
_TABLES = ("clips_clip", "vault_sealedkey")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clips", type=int, default=2_000_000, help="in the index, over 30 days (default 2 million)")
    parser.add_argument("--seconds", type=float, default=120, help="that each way by rows may take (default 120)")
    parser.add_argument("--folder", help="where to put the database, 3 GB for 2 million clips (default: temporary)")


@register("retention", help="a day of clips ends: by rows, and as a dropped partition", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`rows_over_partition`: seconds a clip by the act over those of a dropped partition of the same rows."""
    from goodfences.bench import postgres
    from goodfences.bench.instance import migrate, standing

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="goodfences-bench-", dir=options.folder)))
        folder.chmod(0o711)  # PostgreSQL's own account passes through
        tuned = ("shared_buffers=1GB", "max_wal_size=4GB", "maintenance_work_mem=512MB")
        try:
            server = stack.enter_context(postgres.running(*tuned, durable=True, parent=str(folder)))
        except postgres.NoServer as error:
            raise CannotMeasure(str(error)) from error
        state = folder / "state"
        state.mkdir(mode=0o700)
        stack.enter_context(standing(state, database=server.url))
        migrate()
        return _measure(options)


def _measure(options: argparse.Namespace) -> Outcome:
    from django.db import connection

    from goodfences import source
    from goodfences.bench.city import filling

    began = time.monotonic()
    filling.rows(max(1, options.clips // _CLIPS_A_CAMERA), options.clips)
    day, clips = _a_full_day()
    _copies(day)
    progress(f"{options.clips:,} clips, {clips:,} of them of one day, after {time.monotonic() - began:.0f} s")
    before = _sizes()
    begins = datetime.combine(day + timedelta(days=1), datetime.min.time(), tzinfo=source.now().tzinfo)
    with source.using(source.SeededSource(1, begins)):
        ended = _by_rows("ended, keys destroyed: the act", _act, options.seconds)
    deleted = _by_rows("deleted by SQL from a copy", _delete, options.seconds)
    dropped = _timed("dropped as a partition", clips, _drop)
    after = _sizes()
    vacuumed = _timed("vacuumed after the act", ended["clips"], _vacuum)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    sizes = [
        {"side": f"on disk {when}", **each}
        for when, each in (("before", before), ("after", after), ("after the vacuum", _sizes()))
    ]
    a_clip = {row["side"]: row["seconds"] / max(1, row["clips"]) for row in (ended, deleted, dropped)}
    act, by_sql, partition = a_clip.values()
    ratios = {"rows_over_partition": act / partition, "act_over_delete": act / by_sql}
    return Outcome([ended, deleted, dropped, vacuumed, *sizes], ratios, {"postgresql": version})


def _a_full_day() -> tuple[date, int]:
    """The fullest of the first days that clips end on, and how many do; what ends before is out of the way."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT expires_on, count(*) FROM clips_clip GROUP BY 1 ORDER BY 1 LIMIT 3")
        days = cursor.fetchall()
        day, clips = max(days, key=lambda each: each[1])
        cursor.execute("UPDATE clips_clip SET state = 'expired' WHERE expires_on < %s", [day])
        cursor.execute("VACUUM ANALYZE clips_clip")
    return day, int(clips)


def _copies(day: date) -> None:
    """The day's rows and keys twice more, with the tables' own indexes: to delete, and as partitions to drop."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table in _TABLES:
            key = "expires_on" if table == "clips_clip" else "expires_on_of_its_clip"
            more = "" if table == "clips_clip" else f", {key} date"
            rows = "SELECT * FROM clips_clip WHERE expires_on = %s"
            if more:
                rows = "SELECT k.*, c.expires_on FROM vault_sealedkey k JOIN clips_clip c ON c.key_id = k.id"
                rows += " WHERE c.expires_on = %s"
            for name in (f"{table}_to_delete", f"{table}_of_a_day"):
                cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL{more})")
                cursor.execute(f"INSERT INTO {name} {rows}", [day])
            cursor.execute(f"CREATE TABLE {table}_by_day (LIKE {table}{more}) PARTITION BY RANGE ({key})")
            cursor.execute(
                f"ALTER TABLE {table}_by_day ATTACH PARTITION {table}_of_a_day FOR VALUES FROM ('{day}')"
                f" TO ('{day + timedelta(days=1)}')"
            )
        cursor.execute("VACUUM ANALYZE")


def _act() -> int:
    from goodfences.clips import retention

    return retention.expire(_BATCH)


def _delete() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM clips_clip_to_delete WHERE id IN"
            " (SELECT id FROM clips_clip_to_delete ORDER BY id LIMIT %s) RETURNING key_id)"
            " DELETE FROM vault_sealedkey_to_delete WHERE id IN (SELECT key_id FROM gone)",
            [_BATCH],
        )
        return int(cursor.rowcount)


def _drop() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"DROP TABLE {table}_of_a_day")


def _vacuum() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM {', '.join(_TABLES)}")


def _by_rows(side: str, some: Callable[[], int], seconds: float) -> Row:
    """Until there is none, or for so long."""
    began, wrote, done = time.monotonic(), _log(), 0
    while time.monotonic() - began < seconds and (ended := some()):
        done += ended
        if ended < _BATCH:
            break
    return _row(side, done, time.monotonic() - began, _log() - wrote)


def _timed(side: str, clips: int, act: Callable[[], None]) -> Row:
    began, wrote = time.monotonic(), _log()
    act()
    return _row(side, clips, time.monotonic() - began, _log() - wrote)


def _row(side: str, clips: int, seconds: float, log: int) -> Row:
    return {
        "side": side,
        "clips": clips,
        "seconds": round(seconds, 3),
        "clips_a_second": round(clips / seconds),
        "log_bytes_a_clip": round(log / max(1, clips)),
    }


def _log() -> int:
    """How far the server's log goes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'")
        return int(cursor.fetchone()[0])


def _sizes() -> dict[str, Any]:
    from django.db import connection

    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for table, name in zip(_TABLES, ("clips", "keys"), strict=True):
            cursor.execute("SELECT pg_table_size(%s), pg_indexes_size(%s)", [table, table])
            rows, indexes = cursor.fetchone()
            found |= {f"{name}_mb": round(rows / 1e6, 1), f"{name}_indexes_mb": round(indexes / 1e6, 1)}
    return found
