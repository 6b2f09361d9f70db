"""Reads any range of a sealed file, decrypting only the chunks that it touches.

An age payload is a STREAM of 64 KiB chunks, each sealed by ChaCha20-Poly1305 under a nonce of its number and
of whether it is the last (C2SP age.md, "Payload"). So a browser that jumps to minute 40 of an hour costs one
chunk, and no plain file ever exists. The last chunk is opened first: it alone proves how long the file is.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from goodfences.vault import header
from goodfences.vault.errors import Tampered

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 64 * 1024
TAG = 16
_SEALED_CHUNK = CHUNK + TAG
_BATCH = 16
"""Chunks that are read in one go: a store on the network answers one question for a megabyte."""
_STEP = _BATCH * CHUNK


class SealedFile(header.RawReader, Protocol):
    """What a store opens: seekable sealed bytes that can be closed."""

    def close(self) -> None: ...


class SeekableReader(io.RawIOBase):
    """A plain, seekable view on one age file.

    `raw` is the sealed file, `identity` a pyrage X25519 identity that it is sealed to. Raises Tampered or
    WrongKey at once where header or length aren't as sealed, and Tampered later where a chunk isn't.
    Closing it closes `raw`, and so does what it raises at once.
    """

    size: int

    def __init__(self, raw: SealedFile, identity: Any) -> None:
        super().__init__()
        self._raw = raw
        self._cached: tuple[int, bytes] = (-1, b"")
        self._position = 0
        try:
            self._open_header(identity)
            self._prove_length()
        except BaseException:
            self.close()
            raise

    def _open_header(self, identity: Any) -> None:
        parsed = header.parse(self._raw)
        self._raw.seek(parsed.size)
        nonce = self._raw.read(header.NONCE_SIZE)
        if len(nonce) != header.NONCE_SIZE:
            raise Tampered("This age file is cut short.")
        self._cipher = ChaCha20Poly1305(header.payload_key(parsed, nonce, header.secret_of(str(identity))))
        self._start = parsed.size + header.NONCE_SIZE
        sealed = self._raw.seek(0, os.SEEK_END) - self._start
        self._chunks = max(1, -(-sealed // _SEALED_CHUNK))
        self.size = sealed - self._chunks * TAG

    def _prove_length(self) -> None:
        last = self._chunks - 1
        if self.size < last * CHUNK or (self.size == last * CHUNK and last > 0):
            raise Tampered("This age file is cut short.")
        self._chunk(last)

    def read_range(self, start: int, length: int) -> bytes:
        """Up to `length` plain bytes from `start` on; fewer only at the end of the file.

        Raises ValueError for a negative figure and Tampered where a chunk isn't as it was sealed.
        """
        if start < 0 or length < 0:
            raise ValueError("A range starts at 0 or later and has a length of 0 or more bytes.")
        end = min(start + length, self.size)
        if start >= end:
            return b""
        first, last = start // CHUNK, (end - 1) // CHUNK
        if first == last:
            return self._chunk(first)[start - first * CHUNK : end - first * CHUNK]
        pieces = [piece for number in range(first, last + 1, _BATCH) for piece in self._batch(number, last)]
        pieces[-1] = pieces[-1][: end - last * CHUNK]
        pieces[0] = pieces[0][start - first * CHUNK :]
        return b"".join(pieces)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("There is nothing before the start of the file.")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        piece = self.read_range(self._position, len(view))
        view[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def readall(self) -> bytes:
        piece = self.read_range(self._position, max(0, self.size - self._position))
        self._position += len(piece)
        return piece

    def pieces(self) -> Iterator[bytes]:
        """All plain bytes, a mebibyte at a time; closes it then."""
        with self:
            for start in range(0, self.size, _STEP):
                yield self.read_range(start, _STEP)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()

    def _chunk(self, number: int) -> bytes:
        # A player reads a file in steps smaller than a chunk, so the last chunk opened is mostly asked for again.
        if self._cached[0] != number:
            self._cached = (number, self._batch(number, number)[0])
        return self._cached[1]

    def _batch(self, first: int, last: int) -> list[bytes]:
        """Plain chunks from `first` on, at most _BATCH and none after `last`."""
        count = min(_BATCH, last - first + 1)
        self._raw.seek(self._start + first * _SEALED_CHUNK)
        sealed = memoryview(self._raw.read(count * _SEALED_CHUNK))
        return [
            self._open(first + nth, sealed[nth * _SEALED_CHUNK : (nth + 1) * _SEALED_CHUNK]) for nth in range(count)
        ]

    def _open(self, number: int, sealed: memoryview) -> bytes:
        nonce = number.to_bytes(11, "big") + bytes([number == self._chunks - 1])
        try:
            return self._cipher.decrypt(nonce, sealed, None)
        except InvalidTag as error:
            raise Tampered("This age file was changed or cut short.") from error
