"""A file on its way out of the sandbox: hashed, sealed, and kept in memory while it still comes.

It is no more trusted than the video until whoever ran the sandbox has looked at it: what is kept for good comes
from `to_keep`, and is finished only then.
"""

from __future__ import annotations

import io
import mmap
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PIECE = 2**20
_PARTS = 4
"""So often who follows is told that more has come. Of each mebibyte, they would wait for the interpreter's lock, one
for the other and all for whoever brings it, longer than they work."""


class Broken(Exception):
    """The file didn't come to its end, or isn't to be kept. Why, whoever ran the sandbox knows."""


class Arriving:
    """One file, which one thread brings and any number of others follow, each at its own pace and without a copy.

    Leaving the `with` block ends it: whoever still follows is told `Broken`.
    """

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._room: memoryview | None = None
        self._come = self._told = 0
        self._ended = self._good = False

    def __enter__(self) -> Arriving:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end(good=False)

    def expect(self, size: int) -> None:
        """Room for `size` bytes."""
        with self._news:
            self._room = _room(size)
            self._news.notify_all()

    def missing(self) -> memoryview:
        """The room of what hasn't come yet, to be written into."""
        assert self._room is not None
        return self._room[self._come :]

    def came(self, count: int) -> None:
        """So many more bytes lie in their room."""
        with self._news:
            self._come += count
            if self._is_whole() or self._come - self._told >= len(self._room or b"") // _PARTS:
                self._told = self._come
                self._news.notify_all()

    def is_good(self) -> None:
        """All of it came and was looked at: it can be kept."""
        assert self._is_whole()
        self._end(good=True)

    def pieces(self) -> Iterator[memoryview]:
        """The file from its first byte on, as it comes, for who keeps nothing. Raises Broken where it breaks off."""
        at = 0
        while (come := self._beyond(at)) > at:
            assert self._room is not None
            for start in range(at, come, _PIECE):
                yield self._room[start : min(start + _PIECE, come)].toreadonly()
            at = come
        if not self._is_whole():
            raise Broken

    def to_keep(self) -> Iterator[memoryview]:
        """The same, which ends only once the file is good. Raises Broken where that is never said."""
        yield from self.pieces()
        with self._news:
            self._news.wait_for(lambda: self._ended)
        if not self._good:
            raise Broken

    def content(self) -> memoryview:
        """The whole file."""
        assert self._room is not None and self._is_whole()
        return self._room.toreadonly()

    def _is_whole(self) -> bool:
        return self._room is not None and self._come == len(self._room)

    def _beyond(self, at: int) -> int:
        """How much is told to have come, once that is more than `at` or nothing more will."""
        with self._news:
            self._news.wait_for(lambda: self._told > at or self._ended or self._is_whole())
            return self._told

    def _end(self, *, good: bool) -> None:
        with self._news:
            if not self._ended:
                self._ended, self._good = True, good
                self._news.notify_all()


def _room(size: int) -> memoryview:
    """Memory of this process alone, in large pages where the system has them: small ones cost as much as a hash."""
    room = mmap.mmap(-1, max(1, size), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(OSError):
        room.madvise(mmap.MADV_HUGEPAGE)
    return memoryview(room)[:size]


class InMemory(io.RawIOBase):
    """A file of what is in memory, which isn't copied as `io.BytesIO` would."""

    def __init__(self, content: bytes | memoryview) -> None:
        super().__init__()
        self._content, self._at = memoryview(content), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        # A part at a time: nobody else gets the interpreter's lock while a whole video is copied.
        piece = self._content[self._at : self._at + min(len(view), _PIECE)]
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = max(0, {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._content)}[whence] + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def write(self, _data: object, /) -> int:
        raise io.UnsupportedOperation("This file is read alone.")
