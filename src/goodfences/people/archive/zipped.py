"""A zip of stored files whose bytes are made piece by piece, in several processes if need be.

The standard library writes each structure; what is ours is that the directory at the end can be written without
what comes before it. Sizes and checksums stand in front of each file, so that readers of any age and kind open
it; beyond 4 GB the structures are those of ZIP64.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import datetime
from typing import cast

_FILE = 0o100644 << 16


def described(path: str, size: int, crc: int, offset: int, when: datetime) -> zipfile.ZipInfo:
    """A file of the archive whose header stands at `offset`."""
    info = zipfile.ZipInfo(path, when.timetuple()[:6])
    info.create_system, info.external_attr = 3, _FILE
    info.file_size = info.compress_size = size
    info.CRC, info.header_offset = crc, offset
    return info


def header(info: zipfile.ZipInfo) -> bytes:
    """What stands before the file's bytes."""
    return info.FileHeader()


def directory(files: Iterable[zipfile.ZipInfo], starts_at: int) -> bytes:
    """What stands behind the last file, at `starts_at`."""
    sink = _From(starts_at)
    with zipfile.ZipFile(cast(io.BytesIO, sink), "w") as archive:
        archive.filelist.extend(files)
        archive.comment = b""  # it has changed: the directory is to be written
    return sink.getvalue()


class _From(io.BytesIO):
    """A file whose first byte here is its byte number `start`."""

    def __init__(self, start: int) -> None:
        super().__init__()
        self._start = start

    def tell(self) -> int:
        return super().tell() + self._start

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence != io.SEEK_SET:
            return super().seek(offset, whence) + self._start
        return super().seek(offset - self._start) + self._start
