"""`goodfences bench ledger`: does the millionth entry cost what the thousandth did?

The log grows in batches to each size; there, single acts append and commit one after the other, by turns with SQLite
alone committing the same leaf to a file on the same disk, and entries are proven, by turns with pymerkle's tree in
memory (where it is installed) of the same leaves. With --state the database stays, and the next call goes on from it.
"""

from __future__ import annotations

import argparse
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from goodfences.bench.instance import migrate, standing, throwaway
from goodfences.bench.measure import by_turns, milliseconds
from goodfences.bench.runner import Outcome, Row, progress, register

BATCH = 20_000
_STRIDE = 1_000_003
"""From one proven entry to the next: all over the log, the same in each run."""
_AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--entries", type=int, default=1_000_000, help="in the end (default a million)")
    parser.add_argument("--acts", type=int, default=300, help="to append and to prove at each size (default 300)")
    parser.add_argument("--folder", help="where to put the database meanwhile, 1 GB for a million entries")
    parser.add_argument("--state", type=Path, help="a folder that stays: the next call goes on from what is there")


@register("ledger", help="append, sign and prove in a log of a million entries", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`append_vs_commit`: p50 of an act's entry over SQLite's own commit. `append_growth`, `proof_growth`: p50 at the
    last size over the first. `proof_vs_pymerkle`, where that is installed."""
    sizes = [size for size in (1_000, 10_000, 100_000, 1_000_000) if size < options.entries] + [options.entries]
    with _instance(options) as state:
        migrate()
        peer = _peer()
        rows: list[Row] = []
        for size in sizes:
            _grow(size, peer)
            rows += _measure(state, size, options.acts, peer)
    return Outcome(rows, _ratios(rows, sizes))


def _instance(options: argparse.Namespace) -> AbstractContextManager[Path]:
    if options.state is None:
        return throwaway(parent=options.folder)
    options.state.mkdir(parents=True, exist_ok=True)
    return standing(options.state)


def _peer() -> Any:
    """Another library's tree, to be fed the same leaves; None where it isn't installed."""
    try:
        from pymerkle import InmemoryTree
    except ImportError:
        return None
    return InmemoryTree()


def _grow(size: int, peer: Any) -> None:
    """Append up to `size` entries as `actions.append` writes them, in transactions of BATCH."""
    from django.db import transaction

    from goodfences.ledger import actions, tree
    from goodfences.ledger.models import LedgerEntry
    from goodfences_record import merkle

    if peer is not None:
        known = LedgerEntry.objects.filter(index__gte=peer.get_size()).order_by("index")
        for leaf in known.values_list("leaf", flat=True).iterator():
            peer.append_entry(bytes(leaf))
    began, first = time.monotonic(), tree.size()
    running = merkle.RunningTree.of(first, lambda node: tree.nodes([node])[node])
    while running.size < size:
        with transaction.atomic():
            _batch(running, min(BATCH, size - running.size), peer)
    if first < size:
        progress(f"{size:,} entries: {size - first:,} more in {time.monotonic() - began:.0f} s")
    actions.sign_checkpoint()
    if tree.root(running.size) != running.root():
        raise AssertionError("The rows don't hash to the root of what was written.")


def _batch(running: Any, count: int, peer: Any) -> None:
    from goodfences.ledger.models import LedgerEntry, LedgerNode
    from goodfences_record import canonical, merkle

    entries, nodes = [], []
    for index in range(running.size, running.size + count):
        subject, body = f"request:{index}", _body(index)
        salt = index.to_bytes(canonical.SALT_BYTES)
        leaf = canonical.leaf_bytes(
            kind="request.opened", at=_AT, commitment=canonical.commitment(salt, subject, body)
        )
        entry = LedgerEntry(index=index, kind="request.opened", at=_AT, subject=subject, body=body)
        entry.salt, entry.leaf = salt.hex(), leaf
        entries.append(entry)
        for (level, place), value in running.append(merkle.leaf_hash(leaf)):
            nodes.append(LedgerNode(level=level, index=place, hash=value))
        if peer is not None:
            peer.append_entry(leaf)
    LedgerEntry.objects.bulk_create(entries)
    LedgerNode.objects.bulk_create(nodes)


def _body(index: int) -> dict[str, Any]:
    """As large as a request's."""
    return {
        "request": f"bench{index:017d}",
        "agency": f"agency-{index % 400}",
        "agency_name": f"Agency {index % 400}",
        "incident_type": "burglary",
        "place_name": "Mill quarter",
        "place_cells": ["881126d339fffff", "881126d33dfffff"],
        "square_miles": 0.11,
        "window_starts_at": "2026-11-26T02:00:00Z",
        "window_ends_at": "2026-11-26T03:30:00Z",
        "time_zone": "Europe/Helsinki",
        "requested_by": "Officer 4411",
        "policy": "0" * 64,
        "details_sha256": "0" * 64,
    }


def _measure(state: Path, size: int, acts: int, peer: Any) -> list[Row]:
    from django.conf import settings

    disk = Path(settings.DATABASES["default"]["NAME"]).stat().st_size
    proving = _prove(size, acts, peer)
    appending = _append(state, acts, peer)
    rows: list[Row] = [
        {"what": "append and commit", "side": side, "entries": size, **milliseconds(took)}
        for side, took in appending.items()
    ]
    rows += [
        {"what": "inclusion proof", "side": side, "entries": size, **milliseconds(took)}
        for side, took in proving.items()
    ]
    rows.append({"what": "database on disk", "side": "ledger", "entries": size, "bytes_an_entry": round(disk / size)})
    return rows


def _append(state: Path, acts: int, peer: Any) -> dict[str, list[float]]:
    from django.db import transaction

    from goodfences.ledger import actions

    alone = sqlite3.connect(state / f"alone-{time.monotonic_ns()}.sqlite3", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        alone.execute(f"PRAGMA {pragma}")
    alone.execute("CREATE TABLE leaves (number INTEGER PRIMARY KEY, body TEXT, leaf BLOB)")

    def ledger(number: int) -> None:
        with transaction.atomic():
            entry = actions.append(kind="request.opened", subject=f"request:act{number}", body=_body(number))
        if peer is not None:
            appended.append(bytes(entry.leaf))

    def commit(number: int) -> None:
        alone.execute("BEGIN IMMEDIATE")
        alone.execute("INSERT INTO leaves (body, leaf) VALUES (?, ?)", (str(_body(number)), b"x" * 150))
        alone.execute("COMMIT")

    appended: list[bytes] = []
    took = by_turns({"ledger": ledger, "SQLite alone": commit}, range(acts))
    for leaf in appended:
        peer.append_entry(leaf)
    alone.close()
    return took


def _prove(size: int, acts: int, peer: Any) -> dict[str, list[float]]:
    from goodfences.ledger import proofs

    sides: dict[str, Callable[[int], object]] = {"ledger": lambda index: proofs.inclusion(index, size)}
    if peer is not None and peer.get_size() >= size:
        sides["pymerkle in memory"] = lambda index: peer.prove_inclusion(index + 1, size)
    return by_turns(sides, [number * _STRIDE % size for number in range(acts)])


def _ratios(rows: list[Row], sizes: list[int]) -> dict[str, float]:
    def p50(what: str, side: str, size: int) -> float | None:
        found = [r for r in rows if (r["what"], r["side"], r["entries"]) == (what, side, size)]
        return float(found[0]["p50_ms"]) if found else None

    ratios: dict[str, float] = {}
    for name, above, below in (
        (
            "append_vs_commit",
            ("append and commit", "ledger", sizes[-1]),
            ("append and commit", "SQLite alone", sizes[-1]),
        ),
        ("append_growth", ("append and commit", "ledger", sizes[-1]), ("append and commit", "ledger", sizes[0])),
        ("proof_growth", ("inclusion proof", "ledger", sizes[-1]), ("inclusion proof", "ledger", sizes[0])),
        (
            "proof_vs_pymerkle",
            ("inclusion proof", "ledger", sizes[-1]),
            ("inclusion proof", "pymerkle in memory", sizes[-1]),
        ),
    ):
        one, other = p50(*above), p50(*below)
        if one and other:
            ratios[name] = one / other
    return ratios
