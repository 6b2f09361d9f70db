"""What a video file says of itself, read from its first box that tells: when it was recorded and how long it is.

Only MP4 and MOV (ISO/IEC 14496-12, `mvhd`), which is what phones write. Nothing is decoded here: a file that lies is
found out by the check, in its own process.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_NOT_BEFORE = datetime(2000, 1, 1, tzinfo=UTC)
"""A camera whose clock was never set writes 1904 or 1970."""
_MOST_BOXES = 1000


@dataclass(frozen=True)
class Told:
    """None where the file doesn't tell."""

    starts_at: datetime | None
    duration_ms: int | None


def told(file: BinaryIO, size: int) -> Told:
    """What `file`, of `size` bytes, says of itself. Reads a few hundred bytes, wherever they stand."""
    try:
        at, length = _box(file, b"mvhd", *_box(file, b"moov", 0, size))
        file.seek(at)
        return _header(file.read(min(length, 32)))
    except (LookupError, struct.error, OverflowError):
        return Told(None, None)


def _box(file: BinaryIO, name: bytes, at: int, end: int) -> tuple[int, int]:
    """Where the content of the first such box in [at, end) begins, and where it ends. Raises LookupError."""
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            break
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if length == 1:
            (length,), head = struct.unpack(">Q", file.read(8)), 16
        length = length or end - at
        if length < head:
            break
        if kind == name:
            return at + head, min(at + length, end)
        at += length
    raise LookupError(name)


def _header(raw: bytes) -> Told:
    wide = raw[0] == 1
    created, _changed, scale, length = struct.unpack_from(">QQIQ" if wide else ">IIII", raw, 4)
    created_at = _EPOCH + timedelta(seconds=created)
    return Told(
        starts_at=created_at if created_at > _NOT_BEFORE else None,
        duration_ms=length * 1000 // scale if scale and length else None,
    )
