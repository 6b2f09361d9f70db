"""`goodfences store move | scrub`: what an operator does with the store of sealed files."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from goodfences.vault import blobs, inventory, scrubbing
from goodfences.vault.moving import Journal, Move, Progress
from goodfences.vault.scrubbing import Found

JOURNAL = "store-move.sqlite3"
_TELL_SECONDS = 5.0


def main(argv: Sequence[str]) -> int:
    """0: done. 1: something is wrong with some files, and it says which. 2: it couldn't be begun."""
    options = _parser().parse_args(argv)
    try:
        status: int = options.run(options)
    except (ImproperlyConfigured, ValueError, OSError) as error:
        sys.stderr.write(f"goodfences store: {error}\n")
        return 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="goodfences store", description="The store of sealed files.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    move = commands.add_parser("move", help="bring every file over to another store, with the site running")
    move.add_argument("--to", required=True, metavar="PLACE", help="a folder, or s3://bucket/prefix[?profile=NAME]")
    move.add_argument("--at-once", type=int, default=4, help="files that are under way side by side (default 4)")
    move.add_argument("--json", action="store_true", help="print one JSON object at the end, and no progress")
    move.set_defaults(run=_move)
    help = "read every file back, compare it with its row, and look for what no row names"
    scrub = commands.add_parser("scrub", help=help, description=help)
    scrub.add_argument("--mend", action="store_true", help="delete what no row names any more, and nothing can open")
    older = "with --mend: only what is older than so many hours (default 24)"
    scrub.add_argument("--older-than", type=_hours, default=24.0, metavar="HOURS", help=older)
    scrub.add_argument("--orphans-only", action="store_true", help="read nothing back, only list")
    scrub.add_argument("--json", action="store_true", help="print one JSON object")
    scrub.set_defaults(run=_scrub)
    return parser


def _move(options: argparse.Namespace) -> int:
    to, now, before = _place(options.to), _place(settings.BLOBS), _place(settings.BLOBS_BEFORE)
    origin = before if to == now else now
    if not origin:
        raise ValueError("files lie there already. Name another place, or set GOODFENCES_BLOBS_BEFORE.")
    if to != now and before:
        raise ValueError(f"a move from {before} isn't over: run it with --to {now} first.")
    journal = Journal(Path(settings.STATE) / JOURNAL, origin, to)
    tell = _quiet if options.json else _Teller()
    move = Move(blobs.at(origin), blobs.at(to), journal, drop=to == now, at_once=options.at_once, tell=tell)
    try:
        progress = move.run()
    except BaseException:
        journal.close()
        raise
    if move.drop and not progress.failed:
        journal.remove()
    else:
        journal.close()
    return _moved(progress, move.drop, options)


def _hours(text: str) -> float:
    """Not less than an hour: what is younger may still get its row."""
    hours = float(text)
    if hours < scrubbing.YOUNG.total_seconds() / 3600:
        raise argparse.ArgumentTypeError("not less than 1")
    return hours


def _scrub(options: argparse.Namespace) -> int:
    found = Found()
    if not options.orphans_only:
        for named in inventory.everything():
            scrubbing.look(named, found)
    scrubbing.look_for_orphans(found)
    if options.mend:
        scrubbing.mend(found, timedelta(hours=options.older_than))
    if options.json:
        print(json.dumps(asdict(found)))
    else:
        print("\n".join(_found(found)))
    return 0 if found.is_well else 1


def _found(found: Found) -> Iterator[str]:
    yield from (f"missing   {name}" for name in found.missing)
    yield from (f"broken    {name}  {why}" for name, why in found.broken.items())
    yield from (f"orphan    {name}" for name in found.orphans)
    yield from (f"stranger  {name}" for name in found.strangers)
    yield (
        f"{found.read:,} files were read back ({_bytes(found.size)}): {len(found.missing):,} missing, "
        f"{len(found.broken):,} broken. {len(found.orphans):,} orphans, {len(found.strangers):,} in no room's folder"
        + f"; {found.mended:,} deleted." * (found.mended > 0)
        + "." * (not found.mended)
    )
    if found.orphans:
        yield "No row names an orphan, and nothing can open it: --mend deletes those that are old enough."


def _place(where: str) -> str:
    """An address in the one form in which it is compared. Raises ValueError for one that can't be a store's."""
    where = str(where)
    if where.startswith("s3://"):
        return "s3://" + where.removeprefix("s3://").rstrip("/")
    if "://" in where:
        raise ValueError(f"{where!r} is no store: write a folder, or s3://bucket/prefix.")
    return str(Path(where).resolve()) if where else ""


def _moved(progress: Progress, drop: bool, options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps({**asdict(progress), "emptied": drop}))
    else:
        for name, why in sorted(progress.failed.items()):
            print(f"{name}: {why}")
        print(_sum(progress))
        print(_next(progress, drop, options.to))
    return 1 if progress.failed else 0


def _sum(progress: Progress) -> str:
    said = f"{progress.moved:,} files came over, each read back and compared ({_bytes(progress.moved_size)})"
    said += f"; {progress.known:,} had before" * (progress.known > 0)
    said += f"; {progress.gone:,} ended meanwhile" * (progress.gone > 0)
    return said + f"; {len(progress.failed):,} didn't" * bool(progress.failed) + "."


def _next(progress: Progress, drop: bool, to: str) -> str:
    if progress.failed:
        return "Run it again. Nothing of what didn't come over was deleted."
    if drop:
        return (
            "Nothing is left in the old place. Take GOODFENCES_BLOBS_BEFORE out of the environment and restart. What "
            "ended while it came over is cleared away by `goodfences store scrub --mend`."
        )
    return (
        f"The site still writes to the old place. Set GOODFENCES_BLOBS={to} and GOODFENCES_BLOBS_BEFORE="
        f"{settings.BLOBS}, restart every `serve` and `worker`, and run this again: it brings what came since, and "
        "empties the old place."
    )


def _bytes(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}" if unit != "bytes" else f"{count:.0f} bytes"
        count /= 1000
    return f"{count:,.1f} TB"


def _quiet(_progress: Progress) -> None:
    """Who reads JSON waits for its end."""


class _Teller:
    """Says every few seconds how far it is."""

    def __init__(self, out: Callable[[str], object] = sys.stderr.write) -> None:
        self._began = self._last = time.monotonic()
        self._out = out

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last < _TELL_SECONDS:
            return
        self._last = now
        done = progress.moved + progress.known + progress.gone + len(progress.failed)
        rate = progress.moved_size / (now - self._began)
        self._out(f"{done:,} of {progress.blobs:,} files, {_bytes(progress.size)} in all, {_bytes(rate)} a second\n")
