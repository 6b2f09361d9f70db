"""A zip file with one possible form: the same files at the same moment always give the same bytes.

Files are stored, not packed (video doesn't get smaller), names are ASCII, there are no comments, extra fields
or padding. So a reader can build the whole container again from its content and compare: no byte of it is
free. Structures: PKWARE APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

MAX_BYTES = 2**32 - 2**20
"""Beyond it a zip needs other structures; a package that large is downloaded video by video."""

MAX_DIRECTORY = 16 * 2**20
"""No package's directory is longer; one that says so is not read into memory."""

NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_MADE_BY = 0x0314  # Unix, so that the permissions below are understood
_NEEDED = 20
_MODE = 0o100644 << 16


class TooLarge(ValueError):
    """The package would be larger than MAX_BYTES."""


@dataclass(frozen=True)
class Entry:
    """One file: `chunks()` gives its `size` bytes, whose CRC-32 is `crc`."""

    name: str
    size: int
    crc: int
    chunks: Callable[[], Iterable[bytes]]


def entry_of(name: str, content: bytes) -> Entry:
    """An entry with its content at hand."""
    return Entry(name, len(content), zlib.crc32(content), lambda: [content])


def total_size(entries: Sequence[Entry]) -> int:
    """How many bytes `stream` will give. Raises TooLarge."""
    heads = sum(_LOCAL.size + _CENTRAL.size + 2 * len(entry.name) for entry in entries)
    total = heads + sum(entry.size for entry in entries) + _END.size
    if total > MAX_BYTES:
        raise TooLarge(f"{total} bytes are more than one package can hold ({MAX_BYTES}).")
    return total


def stream(entries: Sequence[Entry], when: datetime) -> Iterator[bytes]:
    """The container, piece by piece."""
    total_size(entries)
    for entry in entries:
        yield local_header(entry, when)
        yield from entry.chunks()
    yield central_directory(entries, when)


def local_header(entry: Entry, when: datetime) -> bytes:
    """What stands before the bytes of `entry`."""
    name = _encoded(entry.name)
    time, date = _dos(when)
    return _LOCAL.pack(b"PK\3\4", _NEEDED, 0, 0, time, date, entry.crc, entry.size, entry.size, len(name), 0) + name


def central_directory(entries: Sequence[Entry], when: datetime) -> bytes:
    """The directory and the end record, as they follow the last file."""
    time, date = _dos(when)
    out, offset = bytearray(), 0
    for entry in entries:
        name = _encoded(entry.name)
        out += _CENTRAL.pack(
            b"PK\1\2", _MADE_BY, _NEEDED, 0, 0, time, date, entry.crc, entry.size, entry.size,
            len(name), 0, 0, 0, 0, _MODE, offset,
        )  # fmt: skip
        out += name
        offset += _LOCAL.size + len(name) + entry.size
    count = len(entries)
    return bytes(out) + _END.pack(b"PK\5\6", 0, 0, count, count, len(out), offset, 0)


@dataclass(frozen=True)
class Found:
    """A file as the container tells of it: its length and CRC-32, and where its header and its content start."""

    name: str
    size: int
    crc: int
    header: int
    content: int


class Damaged(ValueError):
    """The container can't be read further. Says where."""


def listed(read: Callable[[int, int], bytes], length: int) -> tuple[list[Found], int]:
    """The files as the directory at the end lists them, and where it starts. `read` as for `walk`.

    Raises Damaged unless the files follow each other from the first byte on, and the directory follows them.
    """
    end = length - _END.size
    if end < 0:
        raise Damaged("It is too short to be a package.")
    magic, *_, size, start, _comment = _END.unpack(read(end, _END.size))
    if magic != b"PK\5\6" or start + size != end or size > MAX_DIRECTORY:
        raise Damaged(f"The record at its end (byte {end}) doesn't lead to its directory.")
    directory, found, at, begins = read(start, size), [], 0, 0
    while at + _CENTRAL.size <= size:
        fields = _CENTRAL.unpack_from(directory, at)
        magic, crc, bytes_long, name_length, offset = (fields[n] for n in (0, 7, 8, 10, 16))
        at += _CENTRAL.size + name_length
        name = directory[at - name_length : at].decode("ascii", "replace")
        if magic != b"PK\1\2" or offset != begins or not NAME.fullmatch(name):
            break
        found.append(Found(name, bytes_long, crc, begins, begins + _LOCAL.size + name_length))
        begins = found[-1].content + bytes_long
    if at != size or begins != start:
        raise Damaged(f"The directory at its end (byte {start}) doesn't list the files as they lie.")
    return found, start


def walk(read: Callable[[int, int], bytes], length: int) -> tuple[list[Found], int]:
    """The files of a container of `length` bytes, and where its directory starts. Raises Damaged.

    `read(start, count)` gives bytes. Headers are read only for names and lengths here; comparing them
    with what they should be is the caller's part.
    """
    found: list[Found] = []
    at = 0
    while read(at, 4) == b"PK\3\4":
        raw = read(at, _LOCAL.size)
        if len(raw) < _LOCAL.size:
            raise Damaged(f"It is cut off at byte {at}.")
        *_, crc, size, _unpacked, name_length, _extra = _LOCAL.unpack(raw)
        name = read(at + _LOCAL.size, name_length).decode("ascii", "replace")
        content = at + _LOCAL.size + name_length
        if not NAME.fullmatch(name):
            raise Damaged(f"The name of a file at byte {at} isn't one that a package has: {name!r}.")
        if content + size > length:
            raise Damaged(f"The header of {name} at byte {at} says that it is longer than the whole package.")
        found.append(Found(name, size, crc, at, content))
        at = content + size
    return found, at


def told_crc(header: bytes) -> int:
    """The CRC-32 that a local header tells."""
    crc: int = _LOCAL.unpack_from(header)[6]
    return crc


def _encoded(name: str) -> bytes:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} can't be the name of a file in a package.")
    return name.encode("ascii")


def _dos(when: datetime) -> tuple[int, int]:
    """MS-DOS time and date, in UTC, to two seconds."""
    at = when.astimezone(UTC)
    return at.hour << 11 | at.minute << 5 | at.second // 2, (at.year - 1980) << 9 | at.month << 5 | at.day
