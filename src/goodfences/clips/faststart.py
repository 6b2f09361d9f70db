"""Puts the index of an MP4 in front of its frames and drops what can carry a text: a place (P9), a name.

FFmpeg's own `faststart` opens the output a second time by name, which a file in memory hasn't got; and it carries
color profiles and the messages among HEVC's parameters over from one file to the next.
Box layout: ISO/IEC 14496-12; hvcC: ISO/IEC 14496-15, 8.3.2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
_METADATA = {b"udta", b"meta", b"free", b"skip", b"uuid"}
_ENTRIES = {b"avc1": 78, b"hvc1": 78, b"hev1": 78, b"mp4a": 28, b"Opus": 28}
"""How a track is coded: sample entries, and the bytes before the boxes in them."""
_DECODING = {b"avcC", b"hvcC", b"esds", b"dOps", b"pasp", b"btrt"}
"""What is needed to decode and show it. A color profile isn't: it is a file of its own, of any content."""
_COLOR_BY_NUMBER = b"nclx"
_HVCC_ARRAYS = 22
_PARAMETER_SETS = {32, 33, 34}


class Box(NamedTuple):
    """One box: its type, where it starts, where its payload starts and where it ends (byte offsets)."""

    kind: bytes
    start: int
    body: int
    end: int


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes of `data[start:end]`, not those inside them. Raises ValueError where lengths don't fit."""
    end = len(data) if end is None else end
    while start < end:
        if end - start < 8:
            raise ValueError(f"an MP4 box is cut off at byte {start}")
        size, kind = struct.unpack_from(">I4s", data, start)
        body = start + 8
        if size == 1:
            size, body = struct.unpack_from(">Q", data, body)[0], body + 8
        stop = end if size == 0 else start + size
        if not body <= stop <= end:
            raise ValueError(f"the MP4 box {kind!r} at byte {start} has an impossible length of {size} bytes")
        yield Box(kind, start, body, stop)
        start = stop


def index_first(data: bytes) -> list[bytes | memoryview]:
    """`data`, an MP4 with `mdat` before `moov`, as `ftyp moov mdat` without metadata boxes.

    In parts that follow each other, as a copy of all frames would double what a video takes. Raises ValueError where
    it isn't such a file.
    """
    top = {box.kind: box for box in boxes(data)}
    try:
        ftyp, mdat, moov = top[b"ftyp"], top[b"mdat"], top[b"moov"]
    except KeyError as error:
        raise ValueError(f"the MP4 has no box {error}") from error
    head = data[ftyp.start : ftyp.end]
    index = _without_metadata(data, moov)
    shift = len(head) + len(index) - mdat.start
    return [head, _shifted(index, shift), memoryview(data)[mdat.start : mdat.end]]


def _without_metadata(data: bytes, box: Box) -> bytes:
    if box.kind == b"stsd":
        entries = [_entry(data, entry) for entry in boxes(data, box.body + 8, box.end)]
        return _boxed(box.kind, data[box.body : box.body + 8], *entries)
    if box.kind not in _CONTAINERS:
        return data[box.start : box.end]
    kept = [_without_metadata(data, inner) for inner in boxes(data, box.body, box.end) if inner.kind not in _METADATA]
    return _boxed(box.kind, *kept)


def _entry(data: bytes, entry: Box) -> bytes:
    """A sample entry with what decoding needs. Raises ValueError for one that no clip has."""
    if entry.kind not in _ENTRIES:
        raise ValueError(f"the MP4 has a track that is coded as {entry.kind!r}")
    first = entry.body + _ENTRIES[entry.kind]
    kept = []
    for inner in boxes(data, first, entry.end):
        whole = data[inner.start : inner.end]
        if inner.kind == b"hvcC":
            kept.append(_boxed(inner.kind, _parameters_alone(data[inner.body : inner.end])))
        elif inner.kind in _DECODING or (inner.kind == b"colr" and whole[8:12] == _COLOR_BY_NUMBER):
            kept.append(whole)
    return _boxed(entry.kind, data[entry.body : first], *kept)


def _parameters_alone(hvcc: bytes) -> bytes:
    """An HEVC configuration without the arrays of messages (SEI) that may stand in it."""
    at, arrays = _HVCC_ARRAYS + 1, []
    for _ in range(hvcc[_HVCC_ARRAYS]):
        start = at
        (units,) = struct.unpack_from(">H", hvcc, start + 1)
        at += 3
        for _ in range(units):
            at += 2 + struct.unpack_from(">H", hvcc, at)[0]
        if hvcc[start] & 0x3F in _PARAMETER_SETS:
            arrays.append(hvcc[start:at])
    return hvcc[:_HVCC_ARRAYS] + bytes([len(arrays)]) + b"".join(arrays)


def _boxed(kind: bytes, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _shifted(index: bytes, shift: int) -> bytes:
    """`index` with every chunk offset moved by `shift` bytes."""
    out = bytearray(index)
    _shift_in(out, bytes(index), 0, len(index), shift)
    return bytes(out)


def _shift_in(out: bytearray, index: bytes, start: int, end: int, shift: int) -> None:
    for box in boxes(index, start, end):
        if box.kind in _CONTAINERS:
            _shift_in(out, index, box.body, box.end, shift)
        elif box.kind in {b"stco", b"co64"}:
            code = ">I" if box.kind == b"stco" else ">Q"
            step = struct.calcsize(code)
            (count,) = struct.unpack_from(">I", index, box.body + 4)
            for number in range(count):
                at = box.body + 8 + number * step
                struct.pack_into(code, out, at, struct.unpack_from(code, index, at)[0] + shift)
