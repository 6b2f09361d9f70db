"""The folder in which backups lie.

    backups/20261126T020000Z/   one backup: manifest.json, database.age, state.age, blobs.jsonl.gz
    blobs/                      the sealed files of all backups, each once: a sealed file never changes
    recent/20261126T021500Z.age what must not be lost, or come back, between two backups

A backup gets its name in one step, when all of it is on the disk: one that was cut off is `.part` and never looked
at.
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from goodfences.vault.blobs import is_name
from goodfences.vault.durable import fsync_folder
from goodfences.vault.folder import FolderStore

FORMAT = "goodfences-backup-1"
MANIFEST, LIST, DATABASE, STATE = "manifest.json", "blobs.jsonl.gz", "database.age", "state.age"
STEP = 1 << 20
AT_ONCE = 8
"""Files that are copied side by side: one by one most of the time goes by waiting for a store or a disk to answer."""
_LONGEST_LINE = 64 * 1024
_STAMP = "%Y%m%dT%H%M%SZ"
PART = ".part"
_LIES = re.compile(r".+\.[0-9a-f]{9,16}")
"""Microseconds since 1970, of any time but its first days."""


Item = TypeVar("Item")
Result = TypeVar("Result")


class Unusable(Exception):
    """There is no such backup, or it isn't what was written. Says what is wrong, and with what."""


class Busy(Unusable):
    """Another backup is being made here; of that one it is known what came of it."""


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Kept:
    """One sealed file of a backup: its name in the instance's store, and under which it lies in `blobs/`."""

    name: str
    lies: str
    size: int
    modified: str
    sha256: str


@dataclass(frozen=True)
class Backup:
    """A whole one."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def stamp(self) -> str:
        return self.folder.name

    @property
    def made_at(self) -> datetime:
        return parse_stamp(self.stamp)

    def kept(self) -> Iterator[Kept]:
        """The sealed files that are in it. Raises Unusable where the list isn't one."""
        with gzip.open(self.folder / LIST, "rb") as lines:
            while line := lines.readline(_LONGEST_LINE):
                yield _listed(line, self.folder / LIST)


class Shelf:
    """The folder with all of its backups."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._backups, self.recent = folder / "backups", folder / "recent"

    def set_up(self) -> None:
        """Make what isn't there; readable by this user alone."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (self._backups, self.recent):
            folder.mkdir(exist_ok=True, mode=0o700)
        fsync_folder(self.folder)

    def parts(self) -> tuple[Path, Path, Path]:
        """The folders in which it makes, and drops, files."""
        return self.folder / "blobs", self._backups, self.recent

    @property
    def blobs(self) -> FolderStore:
        return FolderStore(self.folder / "blobs")

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Raises Busy while another backup is being made here."""
        try:
            with self._locked(".lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
                yield
        except BlockingIOError as error:
            raise Busy(f"Another backup is being made in {self.folder}.") from error

    @contextlib.contextmanager
    def naming(self) -> Iterator[None]:
        """Whoever gives a name waits here for another who does, so that names follow one another. It takes moments;
        a backup that takes hours holds up nothing that is written down meanwhile."""
        with self._locked(".naming", fcntl.LOCK_EX):
            yield

    @contextlib.contextmanager
    def _locked(self, name: str, how: int) -> Iterator[None]:
        descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)

    def whole(self) -> list[Backup]:
        """Every backup that was finished, oldest first. Raises Unusable for one whose manifest can't be read."""
        if not self._backups.is_dir():
            return []
        there = [path for path in sorted(self._backups.iterdir()) if path.suffix != PART and path.is_dir()]
        return [backup for path in there if (backup := _read(path)) is not None]

    def find(self, stamp: str = "") -> Backup:
        """That backup, or the newest. Raises Unusable."""
        found = [one for one in self.whole() if not stamp or one.stamp == stamp]
        if not found:
            raise Unusable(f"There is no {f'backup {stamp}' if stamp else 'finished backup'} in {self.folder}.")
        return found[-1]

    def begin(self, at: datetime) -> Path:
        """An empty folder for a new backup, the newest by its name; what cut-off ones left is dropped."""
        for left in self._backups.glob(f"*{PART}"):
            shutil.rmtree(left)
        folder = self._backups / f"{stamp_of(self.next(at))}{PART}"
        folder.mkdir(mode=0o700)
        return folder

    def finish(self, folder: Path, manifest: dict[str, Any]) -> Backup:
        """Make it whole: the manifest last, then its name."""
        write(folder / MANIFEST, [json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n"])
        fsync_folder(folder)
        named = self._named(folder)
        folder.rename(named)
        fsync_folder(self._backups)
        return Backup(named, manifest)

    def recents(self, after: datetime) -> list[Path]:
        """What was written down after that time, oldest first."""
        if not self.recent.is_dir():
            return []
        return [path for path in sorted(self.recent.glob("*.age")) if parse_stamp(path.stem) > after]

    def last(self) -> datetime:
        """Of what second the newest backup is, or what was written down since; long ago where there is none."""
        made = [one.made_at for one in self.whole()[-1:]] or [datetime.min.replace(tzinfo=UTC)]
        return max(made + [parse_stamp(path.stem) for path in self.recents(made[-1])])

    def next(self, now: datetime) -> datetime:
        """The second that names what comes next, also after a backup that is being made."""
        begun = [parse_stamp(path.stem) for path in self._backups.glob(f"*{PART}")]
        return after(max([self.last(), *begun]), now)

    def _named(self, part: Path) -> Path:
        return part.with_name(part.name.removesuffix(PART))


def check(shelf: Shelf, backup: Backup, told: Callable[[str, int], None]) -> None:
    """Read all of it and compare with what was written down. Raises Unusable at the first difference.

    `told(what, bytes)` hears of every step.
    """
    for name, facts in backup.manifest["files"].items():
        _same(backup.folder / name, facts["size"], facts["sha256"], told)
    root = shelf.folder / "blobs"
    for kept in backup.kept():
        _same(root / kept.lies, kept.size, kept.sha256, told)


def write(path: Path, pieces: Iterable[bytes]) -> dict[str, Any]:
    """A new file with these bytes, on the disk when this returns: its size and SHA-256."""
    running, size = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in pieces:
            file.write(piece)
            running.update(piece)
            size += len(piece)
        file.flush()
        os.fsync(file.fileno())
    return {"size": size, "sha256": running.hexdigest()}


def write_list(path: Path, kept: Iterable[Kept]) -> dict[str, Any]:
    """`blobs.jsonl.gz`: one sealed file a line."""
    with path.open("xb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6, mtime=0) as lines:
        for one in kept:
            lines.write(json.dumps(asdict(one)).encode() + b"\n")
    with path.open("rb") as made:
        os.fsync(made.fileno())
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(made, "sha256").hexdigest()}


def lies_at(name: str, modified_at: datetime) -> str:
    """Under which name a file of the store lies in `blobs/`: by its time too, since a try that failed leaves its name
    to the next one."""
    return f"{name}.{int(modified_at.timestamp() * 1e6):x}"


def is_ours(name: str) -> bool:
    """Whether `lies_at` made this name. The name of no file in a store of an instance is such a one."""
    return _LIES.fullmatch(name) is not None


def stamp_of(at: datetime) -> str:
    return at.astimezone(UTC).strftime(_STAMP)


def parse_stamp(stamp: str) -> datetime:
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)


def after(last: datetime, now: datetime) -> datetime:
    """The second that names what comes after `last`: a later one, also within that second or by a clock set back."""
    return max(now, last + timedelta(seconds=1))


def side_by_side(act: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """What `act` makes of each, in their order, some at a time. Raises what it raises."""
    left = iter(items)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while some := list(islice(left, 16 * AT_ONCE)):
            yield from pool.map(act, some)


def pieces(raw: Readable) -> Iterator[bytes]:
    """All of it, a megabyte at a time."""
    while piece := raw.read(STEP):
        yield piece


def _read(folder: Path) -> Backup | None:
    """None where it was dropped since it was listed."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        if not folder.exists():
            return None
        raise Unusable(f"{folder / MANIFEST} can't be read: {error}. Move this backup out of the folder.") from error
    if manifest.get("format") != FORMAT or set(manifest.get("files", ())) != {DATABASE, STATE, LIST}:
        raise Unusable(f"{folder} isn't a backup that this version reads.")
    return Backup(folder, manifest)


def _listed(line: bytes, path: Path) -> Kept:
    """Somebody else may have written the list: a name in it leads nowhere but into the two stores."""
    try:
        kept = Kept(**json.loads(line))
        whole = is_name(kept.name) and is_name(kept.lies)
    except (ValueError, TypeError, RecursionError):
        whole = False
    if not whole:
        raise Unusable(f"{path} isn't a list that this program wrote.")
    return kept


def _same(path: Path, size: int, sha256: str, told: Callable[[str, int], None]) -> None:
    running, read = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            for piece in pieces(file):
                running.update(piece)
                read += len(piece)
                told("checked", len(piece))
    except FileNotFoundError as error:
        raise Unusable(f"{path} is missing. Nothing was restored: take another backup.") from error
    if (read, running.hexdigest()) != (size, sha256):
        raise Unusable(f"{path} isn't what was written. Nothing was restored: take another backup.")
