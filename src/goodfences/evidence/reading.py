"""Reads a package, zip or folder, without unpacking it. Knows no database and no Django."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from goodfences.evidence import container, layout
from goodfences.evidence.container import Damaged, Entry, Found

CHUNK = 2**20
TAG_MAX = 16 * 2**20
"""No file of a package but a video is larger; one that says so is not read into memory."""


class Opened(Protocol):
    """A package whose files can be read by their path inside the bag."""

    base: str

    def names(self) -> list[str]: ...

    def size(self, name: str) -> int: ...

    def chunks(self, name: str) -> Iterator[bytes]: ...

    def part(self, name: str, start: int, count: int) -> bytes: ...


def content(package: Opened, name: str) -> bytes:
    """A whole file, other than a video. Raises Damaged for one that is far too large to be one."""
    if package.size(name) > TAG_MAX:
        raise Damaged(f"{name} is {package.size(name)} bytes long; no such file of a package is.")
    return b"".join(package.chunks(name))


class Folder:
    """An unpacked package: the bag itself, or the folder that the bag lies in alone."""

    def __init__(self, path: Path) -> None:
        inside = [child for child in path.iterdir() if child.is_dir()]
        alone = not (path / "bagit.txt").exists() and len(inside) == 1
        self._root = inside[0] if alone else path
        self.base = self._root.name

    def names(self) -> list[str]:
        """Raises Damaged for a link, which would lead outside."""
        found = []
        for path in self._root.rglob("*"):
            name = path.relative_to(self._root).as_posix()
            if path.is_symlink():
                raise Damaged(f"{name} is a link; a package has none.")
            if path.is_file():
                found.append(name)
        return sorted(found)

    def size(self, name: str) -> int:
        return (self._root / name).stat().st_size

    def chunks(self, name: str) -> Iterator[bytes]:
        with (self._root / name).open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def part(self, name: str, start: int, count: int) -> bytes:
        with (self._root / name).open("rb") as file:
            file.seek(start)
            return file.read(count)


class Zip:
    """A package as it was downloaded. Raises Damaged where its files can't be found.

    A zip tells twice where its files are: before each of them, and in the directory at the end. A damaged byte is
    in one of the two; the other is believed, so that all else can be checked and the byte be named.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._length = file.seek(0, 2)
        self._crcs: dict[str, int] = {}
        told = list(self._tellings())
        self._take(*next((one for one in told if self._is_whole(*one)), told[0]))

    def _tellings(self) -> Iterator[tuple[list[Found], int]]:
        """Where the files are, by each of the two that can be read."""
        trouble = Damaged("It holds no file.")
        none = True
        for tell in (container.listed, container.walk):
            try:
                found, directory = tell(self._read, self._length)
                self._take(found, directory)
            except Damaged as error:
                trouble = error
                continue
            none = False
            yield found, directory
        if none:
            raise trouble

    def _take(self, found: list[Found], directory: int) -> None:
        if not found:
            raise Damaged("It doesn't begin like a zip file that Goodfences makes (byte 0).")
        self._directory = directory
        self.base = found[0].name.partition("/")[0]
        self._found: dict[str, Found] = {}
        for each in found:
            base, slash, name = each.name.partition("/")
            if base != self.base or not slash:
                raise Damaged(f"{each.name} (byte {each.header}) lies outside the folder {self.base}.")
            if name in self._found:
                raise Damaged(f"{name} is in the package twice (byte {each.header}).")
            self._found[name] = each

    def _is_whole(self, found: list[Found], directory: int) -> bool:
        """Whether these are the files that the manifests list."""
        self._take(found, directory)
        manifests = [*layout.MANIFESTS.values(), *layout.TAG_MANIFESTS.values()]
        if not {*manifests, *layout.UNLISTED} <= set(self._found):
            return False
        lines = b"".join(content(self, name) for name in manifests).decode("ascii", "replace").splitlines()
        return {line.partition("  ")[2] for line in lines} | layout.UNLISTED | layout.STAMPED & set(
            self._found
        ) == set(self._found)

    def names(self) -> list[str]:
        return list(self._found)

    def size(self, name: str) -> int:
        return self._found[name].size

    def chunks(self, name: str) -> Iterator[bytes]:
        found = self._found[name]
        for start in range(0, found.size, CHUNK):
            yield self._read(found.content + start, min(CHUNK, found.size - start))

    def part(self, name: str, start: int, count: int) -> bytes:
        found = self._found[name]
        return self._read(found.content + start, max(0, min(count, found.size - start)))

    def entries(self) -> list[Entry]:
        """The files as they should be described: by the checksums of their bytes, but for what `changed` names."""
        return [
            Entry(f"{self.base}/{name}", found.size, self._packed_crc(name) or self._crc(name), list)
            for name, found in self._found.items()
        ]

    def changed(self) -> list[str]:
        """The files whose bytes aren't those that were packed, as the header and the directory both tell."""
        return [name for name in self._found if self._packed_crc(name) not in (None, self._crc(name))]

    def header(self, name: str) -> tuple[int, bytes]:
        """Where the header of a file starts, and its bytes."""
        found = self._found[name]
        return found.header, self._read(found.header, found.content - found.header)

    def tail(self) -> tuple[int, bytes]:
        """Where the directory starts, and everything from there to the end of the file."""
        return self._directory, self._read(self._directory, min(self._length - self._directory, TAG_MAX))

    def _packed_crc(self, name: str) -> int | None:
        """The checksum that the header and the directory agree on."""
        told = self._found[name].crc
        return told if told == container.told_crc(self.header(name)[1]) else None

    def _crc(self, name: str) -> int:
        if name not in self._crcs:
            crc = 0
            for chunk in self.chunks(name):
                crc = zlib.crc32(chunk, crc)
            self._crcs[name] = crc
        return self._crcs[name]

    def _read(self, start: int, count: int) -> bytes:
        self._file.seek(start)
        return self._file.read(count)
