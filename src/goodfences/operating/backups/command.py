"""`goodfences backup FOLDER` and `goodfences restore FOLDER` (docs/operating.md)."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pyrage
from django.conf import settings
from django.db import DatabaseError

from goodfences.operating.backups import dropping, making, recent, restoring
from goodfences.operating.backups.apart import shelf_at
from goodfences.operating.backups.progress import Progress, megabytes
from goodfences.operating.backups.shelf import Busy, Shelf, Unusable, check
from goodfences.vault import backed_up


def backup(arguments: Sequence[str]) -> int:
    """Run `goodfences backup`. Exit status 0: it is made, or whole; 1: it isn't, and standard error says why."""
    parser = argparse.ArgumentParser(
        prog="goodfences backup", description="Back up database, sealed footage, keys and the last signed checkpoint."
    )
    parser.add_argument("folder", nargs="?", help="where backups lie, best on another machine's disk")
    parser.add_argument(
        "--to", action="append", metavar="AGE", help="an age recipient that it is sealed to; repeatable"
    )
    parser.add_argument("--keep", type=int, metavar="N", help="keep the newest N backups, drop older ones")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--recent", action="store_true", help="only what can't wait for the next backup; every few minutes"
    )
    what.add_argument("--check", metavar="NAME", nargs="?", const="", help="read a backup, by default the newest")
    what.add_argument("--list", action="store_true", help="which backups there are")
    what.add_argument("--new-identity", type=Path, metavar="FILE", help="make the age identity that opens backups")
    options = parser.parse_args(arguments)
    if options.new_identity:
        return _told(lambda: _new_identity(options.new_identity))
    if options.folder is None or (options.keep is not None and options.keep < 1):
        parser.error("name the FOLDER; --keep is 1 or more")
    return _told(lambda: _asked_for(options))


def restore(arguments: Sequence[str]) -> int:
    """Run `goodfences restore`. Exit status 0: all of it runs on; 1: nothing was restored; 3: restored, but the
    ledger may not be signed yet."""
    parser = argparse.ArgumentParser(
        prog="goodfences restore",
        description="Restore a backup onto an empty machine: empty GOODFENCES_STATE and database.",
    )
    parser.add_argument("folder", help="where backups lie")
    parser.add_argument("--identity", type=Path, required=True, help="the file with the age identity that opens it")
    parser.add_argument("--at", default="", metavar="NAME", help="which backup (default: the newest)")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a newer checkpoint of this ledger that anybody kept; repeatable",
    )
    parser.add_argument("--without-witnesses", action="store_true", help="go on where a witness can't be asked")
    options = parser.parse_args(arguments)
    return _told(lambda: _restore(shelf_at(options.folder), options))


def _asked_for(options: argparse.Namespace) -> int:
    to = options.to or settings.BACKUP_RECIPIENTS
    if options.list:
        return _list(shelf_at(options.folder))
    if options.check is not None:
        return _check(shelf_at(options.folder), options.check)
    if options.recent:
        return _noted(backed_up.RECENT, lambda: _recent(shelf_at(options.folder), to))
    return _noted(backed_up.WHOLE, lambda: _make(shelf_at(options.folder), to, options.keep))


def _noted(kind: str, run: Callable[[], int]) -> int:
    """Run it, and have the instance know what came of it, as far as its database answers."""
    try:
        status = run()
    except Busy:
        raise
    except Exception as error:
        with suppress(DatabaseError):
            backed_up.failed(kind, error)
        raise
    with suppress(DatabaseError):
        backed_up.made(kind)
    return status


def _told(run: Callable[[], int]) -> int:
    try:
        return run()
    except Unusable as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"It failed: {error}", file=sys.stderr)
        return 1


def _make(shelf: Shelf, to: Sequence[str], keep: int | None) -> int:
    began, progress = time.monotonic(), Progress()
    made = making.make(shelf, to, progress)
    progress.end()
    facts = made.backup.manifest
    with shelf.alone():
        dropped = dropping.keep(shelf, keep) if keep else 0
    print(
        f"{made.backup.folder}: database {megabytes(facts['files']['database.age']['size'])}, "
        f"{facts['blobs']['count']} sealed files of {megabytes(facts['blobs']['bytes'])}, {made.copied} of them new; "
        f"{time.monotonic() - began:.1f} s."
    )
    if dropped:
        print(f"{dropped} older ones were dropped.")
    return 0


def _recent(shelf: Shelf, to: Sequence[str]) -> int:
    sealed_to = making.recipients(to)
    with shelf.naming():
        recent.write_down(shelf, sealed_to)
    return 0


def _check(shelf: Shelf, stamp: str) -> int:
    began, progress, found = time.monotonic(), Progress(), shelf.find(stamp)
    check(shelf, found, progress)
    progress.end()
    print(f"{found.folder} is whole; read in {time.monotonic() - began:.1f} s.")
    return 0


def _list(shelf: Shelf) -> int:
    for one in shelf.whole():
        blobs = one.manifest["blobs"]
        print(f"{one.stamp}  version {one.manifest['version']}  {blobs['count']} files, {megabytes(blobs['bytes'])}")
    return 0


def _new_identity(path: Path) -> int:
    identity = pyrage.x25519.Identity.generate()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise Unusable(f"{path} is there already. Nothing was changed.") from error
    with os.fdopen(descriptor, "w") as file:
        file.write(f"# public key: {identity.to_public()}\n{identity}\n")
    print(identity.to_public())
    print(f"Without {path} no backup can be opened: keep it, and a copy, away from this machine.", file=sys.stderr)
    return 0


def _restore(shelf: Shelf, options: argparse.Namespace) -> int:
    began, progress = time.monotonic(), Progress()
    done = restoring.restore(
        shelf,
        restoring.identity_of(options.identity),
        progress,
        stamp=options.at,
        seen=options.checkpoint,
        unasked=options.without_witnesses,
    )
    progress.end()
    print(f"Restored {done.backup.stamp} in {time.monotonic() - began:.1f} s: {done.files} sealed files.")
    print(f"The ledger holds {done.entries} entries, {done.brought_back} of them written down after the backup.")
    print(f"{done.forgotten} things that were deleted after the backup were deleted again.")
    print(f"{done.held} emails are held, because they may have been sent: decide on them at /staff/.")
    if done.trouble:
        print(
            f"The ledger may not be signed yet. {done.trouble} See docs/operating.md, “A ledger that is behind”.",
            file=sys.stderr,
        )
        return 3
    return 0
