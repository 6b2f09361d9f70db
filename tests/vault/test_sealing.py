"""What is sealed opens with its own key alone."""

from __future__ import annotations

import hashlib
import io
import os

import pyrage
import pytest

from goodfences.vault.errors import Tampered, WrongKey
from goodfences.vault.sealing import open_bytes, seal_stream

ME = pyrage.x25519.Identity.generate()


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 262_144, 1_000_001])
def test_a_stream_is_sealed_counted_and_hashed_in_one_pass(size: int) -> None:
    plain, out = os.urandom(size), io.BytesIO()
    sealed = seal_stream(io.BytesIO(plain), out, [ME.to_public()])
    assert sealed.size == size
    assert sealed.sha256 == hashlib.sha256(plain).hexdigest()
    assert pyrage.decrypt(out.getvalue(), [ME]) == plain
    assert open_bytes(io.BytesIO(out.getvalue()), ME) == plain


def test_nothing_of_the_plain_stream_is_in_the_sealed_one() -> None:
    plain, out = b"a face at the door" * 10_000, io.BytesIO()
    seal_stream(io.BytesIO(plain), out, [ME.to_public()])
    assert b"face" not in out.getvalue()


def test_an_error_of_the_reader_comes_through() -> None:
    class Cut:
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError):
        seal_stream(Cut(), io.BytesIO(), [ME.to_public()])


def test_an_error_of_the_writer_comes_through() -> None:
    class Full:
        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        seal_stream(io.BytesIO(b"x" * 100_000), Full(), [ME.to_public()])


def test_another_key_or_a_changed_file_opens_nothing() -> None:
    out = io.BytesIO()
    seal_stream(io.BytesIO(b"hello"), out, [ME.to_public()])
    with pytest.raises(WrongKey):
        open_bytes(io.BytesIO(out.getvalue()), pyrage.x25519.Identity.generate())
    with pytest.raises(Tampered):
        open_bytes(io.BytesIO(out.getvalue()[:-1]), ME)
