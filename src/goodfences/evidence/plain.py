"""The plain bytes of a package's video, also of one that is sealed to the agency's own key. Knows no Django."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

from goodfences.bag import Digests
from goodfences.evidence import layout
from goodfences.evidence.reading import CHUNK, Opened


def stored_as(package: Opened, file: str) -> str:
    """Under which name the package holds the video `file`: its own, or that of a sealed file."""
    sealed = layout.sealed_file(file)
    return sealed if sealed in package.names() else file


def open_video(package: Opened, file: str, identity: Any = None) -> BinaryIO | None:
    """A seekable view on the plain video; None where it is sealed and `identity` (pyrage, X25519) isn't given.

    Raises vault.errors.WrongKey and vault.errors.Tampered, which are no errors of a package's own kind: ValueErrors.
    """
    stored = stored_as(package, file)
    part = io.BufferedReader(_Part(package, stored), CHUNK)
    if stored == file:
        return part
    if identity is None:
        return None
    from goodfences.vault.errors import VaultError
    from goodfences.vault.seek import SeekableReader

    try:
        return io.BufferedReader(SeekableReader(part, identity), CHUNK)
    except VaultError as error:
        raise ValueError(str(error)) from error


def digests_of(package: Opened, file: str, identity: Any = None) -> Digests | None:
    """The hashes of the plain video; None as for `open_video`."""
    video = open_video(package, file, identity)
    if video is None:
        return None
    with video:
        return Digests.of(iter(lambda: video.read(CHUNK), b""))


class _Part(io.RawIOBase):
    """A file of a package, to be read anywhere in it."""

    def __init__(self, package: Opened, name: str) -> None:
        super().__init__()
        self._package, self._name, self._at = package, name, 0
        self._size = package.size(name)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = max(0, {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence] + offset)
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        piece = self._package.part(self._name, self._at, min(len(view), max(0, self._size - self._at)))
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
