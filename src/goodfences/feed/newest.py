"""The newest few of many cells, each cell from its own end of an index: costs what is shown, however many there are.

SQL by hand, as Django has no lateral join. Two dialects: PostgreSQL scans each cell (and kind, where some are chosen)
and ends after `limit` entries. So does SQLite where that many of each cell are wanted; where it is the newest of all
cells together, it leaves a cell by itself once what comes there is older than the last of the best so far. The
condition of the partial indexes is written out, so that SQLite sees it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

_SEEN = "q.standing = 'published' AND q.deleted_at IS NULL"
_COUNTED = 2000
"""Beyond that many posts a word is simply frequent."""


@dataclass(frozen=True)
class Found:
    """A post that a scan came to."""

    pk: int
    told_at: datetime
    cell: int


@dataclass(frozen=True)
class Wanted:
    """Which posts somebody wants: of these cells and kinds (empty: all), by none of these authors."""

    cells: Collection[int] = ()
    kinds: Collection[str] = ()
    unseen: Collection[int] = ()


Before = tuple[datetime, int] | None
"""Only what was told before that moment, or just then with a lower key."""


def of_cells(cells: Sequence[int], wanted: Wanted, limit: int, before: Before) -> list[Found]:
    """The newest `limit` posts of these coarse cells together, the newest first."""
    return _newest("q.cell", cells, wanted, limit, before)


def of_areas(areas: Sequence[int], wanted: Wanted, limit: int, before: Before) -> list[Found]:
    """As `of_cells`, for the wide cells around posts; only what lies in `wanted.cells`."""
    return _newest("q.area_cell", areas, wanted, limit, before)


def of_each(cells: Sequence[int], wanted: Wanted, limit: int, before: Before) -> list[Found]:
    """The newest `limit` posts of each of these coarse cells and each kind, or more of each, in no order."""
    if not cells:
        return []
    outer, inner, values = _scans("q.cell", cells, wanted, limit, before)
    return _each(outer, inner, values)


def with_words(
    areas: Sequence[int], words: Sequence[str], wanted: Wanted, limit: int, before: int | None
) -> list[Found]:
    """At most `limit` posts of each wide cell that have all of these words, the last written first of each."""
    if not areas or not words:
        return []
    first, *others = sorted(words, key=lambda word: _how_many(areas, word))
    values: list[Any] = [_list(areas), first]
    where = f"w.area_cell = c.value AND w.word = %s AND {_SEEN}"
    for other in others:
        where += (
            " AND EXISTS (SELECT 1 FROM feed_word x WHERE x.area_cell = w.area_cell AND x.word = %s"
            " AND x.post_id = w.post_id)"
        )
        values.append(other)
    if wanted.kinds:
        where += f" AND q.kind IN ({_one_of('text')})"
        values.append(_list(wanted.kinds))
    where += _narrowed(wanted, values)
    if before is not None:
        where += " AND w.post_id < %s"
        values.append(before)
    inner = (
        f"SELECT w.post_id AS id FROM feed_word w CROSS JOIN feed_post q WHERE q.id = w.post_id AND {where}"  # noqa: S608
        f" ORDER BY w.post_id DESC LIMIT {int(limit)}"
    )
    return _each(_outer("c", "bigint"), inner, values)


def _newest(column: str, cells: Sequence[int], wanted: Wanted, limit: int, before: Before) -> list[Found]:
    if not cells:
        return []
    if not _is_sqlite():
        outer, inner, values = _scans(column, cells, wanted, limit, before)
        return _each(outer, inner, values, f"ORDER BY p.told_at DESC, p.id DESC LIMIT {int(limit)}")
    where, values = f"{column} IN ({_one_of('bigint')}) AND {_SEEN}", [_list(cells)]
    if wanted.kinds:
        where += f" AND q.kind IN ({_one_of('text')})"
        values.append(_list(wanted.kinds))
    where += _narrowed(wanted, values) + _behind(before, values)
    return _rows(
        f"SELECT q.id, q.told_at, q.cell FROM feed_post q WHERE {where}"  # noqa: S608
        f" ORDER BY q.told_at DESC, q.id DESC LIMIT {int(limit)}",
        values,
    )


def _scans(
    column: str, cells: Sequence[int], wanted: Wanted, limit: int, before: Before
) -> tuple[str, str, list[Any]]:
    """What to scan one by one, and what for each of them; with the values of both."""
    values: list[Any] = [_list(cells)]
    outer, where = _outer("c", "bigint"), f"{column} = c.value AND {_SEEN}"
    if wanted.kinds:
        values.append(_list(wanted.kinds))
        outer += f" CROSS JOIN {_outer('k', 'text')}"
        where += " AND q.kind = k.value"
    where += _narrowed(wanted, values) + _behind(before, values)
    inner = f"SELECT q.id FROM feed_post q WHERE {where} ORDER BY q.told_at DESC, q.id DESC LIMIT {int(limit)}"  # noqa: S608
    return outer, inner, values


def _behind(before: Before, values: list[Any]) -> str:
    if before is None:
        return ""
    values += [connection.ops.adapt_datetimefield_value(before[0]), before[1]]
    return " AND (q.told_at, q.id) < (%s, %s)"


def _narrowed(wanted: Wanted, values: list[Any]) -> str:
    said = ""
    if wanted.cells:
        # The plus keeps SQLite from looking into each of thousands of cells, instead of into some wide ones.
        said += f" AND {'+' if _is_sqlite() else ''}q.cell IN ({_one_of('bigint')})"
        values.append(_list(wanted.cells))
    if wanted.unseen:
        said += f" AND (q.author_id IS NULL OR q.author_id NOT IN ({_one_of('bigint')}))"
        values.append(_list(wanted.unseen))
    return said


def _how_many(areas: Sequence[int], word: str) -> int:
    """How many posts have a word, counted no further than to where it is frequent."""
    some = (
        f"SELECT 1 FROM feed_word WHERE area_cell IN ({_one_of('bigint')}) AND word = %s"  # noqa: S608
        f" LIMIT {_COUNTED}"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({some}) s", [_list(areas), word])  # noqa: S608
        (found,) = cursor.fetchone()
    return int(found)


def _each(outer: str, inner: str, values: list[Any], order: str = "") -> list[Found]:
    """The posts that the inner query gives for each row of the outer one."""
    if _is_sqlite():
        source = f"{outer} CROSS JOIN feed_post p ON p.id IN ({inner})"
    else:
        source = f"{outer} CROSS JOIN LATERAL ({inner}) n JOIN feed_post p ON p.id = n.id"
    return _rows(f"SELECT p.id, p.told_at, p.cell FROM {source} {order}", values)  # noqa: S608


def _rows(sql: str, values: list[Any]) -> list[Found]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [Found(pk, _moment(told_at), cell) for pk, told_at, cell in cursor.fetchall()]


def _outer(name: str, kind: str) -> str:
    return f"json_each(%s) {name}" if _is_sqlite() else f"unnest(%s::{kind}[]) AS {name}(value)"


def _one_of(kind: str) -> str:
    return "SELECT value FROM json_each(%s)" if _is_sqlite() else f"SELECT unnest(%s::{kind}[])"


def _list(values: Collection[Any]) -> Any:
    return json.dumps(sorted(values)) if _is_sqlite() else sorted(values)


def _is_sqlite() -> bool:
    return connection.vendor == "sqlite"


def _moment(value: Any) -> datetime:
    """SQLite gives the text that Django wrote, in UTC."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)
