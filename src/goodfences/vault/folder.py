"""Sealed files in a folder of this machine."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import TracebackType

from goodfences.vault.blobs import Blob, checked_name
from goodfences.vault.durable import fsync_folder, make_folders
from goodfences.vault.errors import BlobExists, BlobMissing
from goodfences.vault.seek import SealedFile

INCOMING = ".incoming"
"""Unfinished files. In the same file system, so that a finished one is renamed and not copied."""

_BUFFER = 1024 * 1024
"""age hands over 64 KiB at a time. Each write gives up the interpreter's lock and has to wait for it again."""

_numbers = count()


class FolderWriter:
    """Writes to a file under INCOMING and moves it to its name when it is durable."""

    def __init__(self, root: Path, name: str) -> None:
        self._root, self._target = root, root / name
        label = f"{os.getpid()}-{threading.get_ident()}-{next(_numbers)}"
        self._draft = root / INCOMING / f"{label}.part"
        self._file = self._draft.open("xb", buffering=_BUFFER)

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def commit(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        make_folders(self._target.parent, self._root)
        try:
            # A link, because a rename would replace what is there already.
            os.link(self._draft, self._target)
        except FileExistsError as error:
            raise BlobExists("The store holds a blob of this name already.") from error
        fsync_folder(self._target.parent)

    def __enter__(self) -> FolderWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # the disk is full, and what was still to be written goes with the rest
            self._file.close()
        self._draft.unlink(missing_ok=True)


class FolderStore:
    """A `BlobStore` in `root`, which nobody but this instance's user can list."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        (root / INCOMING).mkdir(exist_ok=True, mode=0o700)
        fsync_folder(root)
        with suppress(PermissionError):  # an operator made it, in a folder that isn't ours to read
            fsync_folder(root.parent)

    def create(self, name: str) -> FolderWriter:
        return FolderWriter(self._root, checked_name(name))

    def open(self, name: str) -> SealedFile:
        try:
            return (self._root / checked_name(name)).open("rb", buffering=0)
        except (FileNotFoundError, IsADirectoryError) as error:
            raise BlobMissing("The store holds no blob of this name.") from error

    def size(self, name: str) -> int | None:
        path = self._root / checked_name(name)
        try:
            return path.stat().st_size if path.is_file() else None
        except (FileNotFoundError, NotADirectoryError):
            return None

    def delete(self, name: str) -> None:
        self.delete_many([name])

    def delete_many(self, names: list[str]) -> None:
        touched = set[Path]()
        for name in names:
            path = self._root / checked_name(name)
            with suppress(FileNotFoundError, NotADirectoryError):
                path.unlink()
                touched.add(path.parent)
        for folder in touched:
            with suppress(FileNotFoundError):  # dropped meanwhile, and that is durable
                fsync_folder(folder)

    def delete_folder(self, name: str) -> None:
        path = self._root / checked_name(name)
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=False)
            fsync_folder(path.parent)

    def delete_empty_folder(self, name: str) -> None:
        path = self._root / checked_name(name)
        with suppress(OSError):  # it isn't there, or a blob came into it
            path.rmdir()

    def blobs(self, folder: str) -> Iterator[Blob]:
        return self._under(self._root / checked_name(folder))

    def everything(self) -> Iterator[Blob]:
        return self._under(self._root)

    def _under(self, folder: Path) -> Iterator[Blob]:
        """A folder's blobs and those of the folders in it, each folder read when its turn comes."""
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in found:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._under(Path(entry.path))
                continue
            with suppress(FileNotFoundError):  # deleted since it was listed
                facts = entry.stat()
                name = Path(entry.path).relative_to(self._root).as_posix()
                yield Blob(name, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    def folders(self, folder: str) -> list[str]:
        try:
            entries = list((self._root / checked_name(folder)).iterdir())
        except FileNotFoundError:
            return []
        return sorted(path.relative_to(self._root).as_posix() for path in entries if path.is_dir())

    def sweep(self, before: datetime) -> int:
        swept = 0
        for path in (self._root / INCOMING).iterdir():
            try:
                if path.stat().st_mtime >= before.timestamp():
                    continue
                path.unlink()
            except FileNotFoundError:  # its writer ended meanwhile
                continue
            swept += 1
        return swept
