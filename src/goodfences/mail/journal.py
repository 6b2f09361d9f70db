"""The delivery journal: what a worker was about to do, so that its death never doubles a message.

One file a worker, `STATE/mail-journal-<worker>.log`, opened with O_APPEND; each line is written with one
call, so that it outlives the process at once:

    boot <id>           the machine's start that the following lines belong to
    plan <batch> <id>…  the batch about to be sent, on disk (fdatasync) before the first try
    try <id>            right before the server can take the message
    ok <id>, no <id>    the server took it, or certainly didn't

The lock on the file tells the living from the dead: the kernel lets go of it when its process ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from goodfences import source

_PREFIX, _SUFFIX = "mail-journal-", ".log"
_LARGE = 1 << 20


class Fate(Enum):
    """What a journal knows of a message of a batch."""

    UNTRIED = "untried"
    TAKEN = "taken"
    NOT_TAKEN = "not taken"
    UNKNOWN = "unknown"


@dataclass
class Fates:
    """The last batch of a journal."""

    worker: str
    batch: int = 0
    planned: set[int] = field(default_factory=set)
    last: dict[int, str] = field(default_factory=dict)
    same_boot: bool = False

    def of(self, batch: int, pk: int) -> Fate:
        """What became of message `pk`, claimed in `batch`."""
        if batch != self.batch or pk not in self.planned:
            # Its plan never reached the disk, and no try goes before the plan.
            return Fate.UNTRIED if batch >= self.batch else Fate.UNKNOWN
        known = {"ok": Fate.TAKEN, "no": Fate.NOT_TAKEN}.get(self.last.get(pk, ""))
        if known is not None:
            return known
        if self.same_boot and pk not in self.last:
            return Fate.UNTRIED
        # After a power loss the line of a try may be missing: the plan alone is sure to be on disk.
        return Fate.UNKNOWN


class Journal:
    """The journal of this worker."""

    def __init__(self, folder: Path, worker: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.worker = worker
        self.path = folder / f"{_PREFIX}{worker}{_SUFFIX}"
        # Locked under another name first, so that nobody finds it without its lock.
        draft = self.path.with_suffix(".new")
        self._fd = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_EXCL, 0o600)
        fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._write(f"boot {boot_id()}")
        os.fsync(self._fd)
        draft.rename(self.path)
        _sync_folder(folder)

    def plan(self, batch: int, pks: Iterable[int]) -> None:
        """Write down a batch. On return it is on disk."""
        if os.fstat(self._fd).st_size > _LARGE:
            # Every earlier batch is settled in the database by now.
            os.ftruncate(self._fd, 0)
            self._write(f"boot {boot_id()}")
        self._write(f"plan {batch} {' '.join(map(str, pks))}")
        os.fdatasync(self._fd)

    def trying(self, pk: int) -> None:
        self._write(f"try {pk}")

    def taken(self, pk: int) -> None:
        self._write(f"ok {pk}")

    def not_taken(self, pk: int) -> None:
        self._write(f"no {pk}")

    def fates(self) -> Fates:
        """What this journal says now, also where somebody has removed its file."""
        return _read(self._fd, self.worker)

    def close(self) -> None:
        """Remove it: every batch is settled."""
        self.path.unlink(missing_ok=True)
        os.close(self._fd)

    def _write(self, line: str) -> None:
        whole = f"{line}\n".encode("ascii")
        if os.write(self._fd, whole) != len(whole):
            raise OSError(f"The disk of {self.path.parent} is full; mail waits until there is room.")


def of_the_dead(folder: Path) -> Iterator[Fates]:
    """The journals in `folder` whose worker is gone, each locked while it is looked at and removed afterwards."""
    for path in sorted(folder.glob(f"{_PREFIX}*{_SUFFIX}")):
        fd = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.stat().st_ino == os.fstat(fd).st_ino:
                yield _read(fd, path.name[len(_PREFIX) : -len(_SUFFIX)])
                path.unlink()
        except (BlockingIOError, FileNotFoundError):
            continue  # alive, or settled by another worker this very moment
        finally:
            os.close(fd)


def is_alive(folder: Path, worker: str) -> bool:
    """Whether a worker of this machine has its journal open."""
    with suppress(FileNotFoundError):
        fd = os.open(folder / f"{_PREFIX}{worker}{_SUFFIX}", os.O_RDWR)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
    return False


def boot_id() -> str:
    """Changes with every start of the machine: lines of another boot may have been lost with the power.

    Where the system doesn't tell, every call answers anew, and every end counts as a power loss.
    """
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return source.new_ref("boot")


def _read(fd: int, worker: str) -> Fates:
    fates = Fates(worker)
    boot = boot_id()
    content = os.pread(fd, os.fstat(fd).st_size, 0)
    # A power loss can leave a torn last line, or zeros; such a line says nothing.
    for line in content.decode("ascii", "replace").split("\n")[:-1]:
        verb, *words = line.split(" ")
        if verb == "boot":
            fates.same_boot = words == [boot]
        elif not words or not all(word.isdigit() for word in words):
            continue
        elif verb == "plan":
            numbers = [int(word) for word in words]
            fates.batch, fates.planned, fates.last = numbers[0], set(numbers[1:]), {}
        elif verb in ("try", "ok", "no"):
            fates.last[int(words[0])] = verb
    return fates


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
