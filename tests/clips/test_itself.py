"""When a phone's file says that it was recorded, and how long it says that it is."""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime

import pytest

from goodfences.clips.itself import Told, told
from tests.footage import make_video

NOTHING = Told(None, None)


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def phone(created: int = 3_881_304_000, *, wide: bool = False, scale: int = 600, length: int = 7500) -> bytes:
    head = struct.pack(">I", 1 << 24) + struct.pack(">QQIQ", created, created, scale, length)
    if not wide:
        head = struct.pack(">I", 0) + struct.pack(">IIII", created, created, scale, length)
    return box(b"ftyp", b"qt  ") + box(b"mdat", bytes(5000)) + box(b"moov", box(b"mvhd", head))


@pytest.mark.parametrize("wide", [False, True])
def test_a_phones_file_tells_both(wide: bool) -> None:
    file = phone(wide=wide)
    assert told(io.BytesIO(file), len(file)) == Told(datetime(2026, 12, 28, 12, 0, tzinfo=UTC), 12_500)


def test_a_clock_that_was_never_set_tells_no_time() -> None:
    file = phone(created=0)
    assert told(io.BytesIO(file), len(file)) == Told(None, 12_500)


def test_a_real_encoder_s_file_tells_how_long_it_is() -> None:
    file = make_video(seconds=2)
    duration = told(io.BytesIO(file), len(file)).duration_ms
    assert duration is not None and abs(duration - 2000) < 100


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"not a video at all",
        phone()[:-20],
        box(b"moov", b""),
        struct.pack(">I4s", 4, b"moov") * 5000,
        struct.pack(">I4sQ", 1, b"moov", 2**63),
        phone(scale=0, created=0),
    ],
)
def test_whatever_else_tells_nothing_and_ends(file: bytes) -> None:
    assert told(io.BytesIO(file), len(file)) == NOTHING
