"""Real videos, changed by chance in the ways in which files break and in which an attacker would break them."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from functools import cache

from goodfences.clips.faststart import Box, boxes
from tests.footage import make_video
from tests.promises import planted

SECONDS = planted.SECONDS
_NESTED = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"udta"}
_KINDS = (
    *(b"moov", b"mdat", b"trak", b"mdia", b"stbl", b"stsd", b"stsz", b"stco", b"co64", b"stts", b"ctts", b"stss"),
    *(b"udta", b"meta", b"free", b"uuid", b"moof", b"mvex", b"sidx", b"edts", b"elst", b"dref", b"hvcC", b"avcC"),
)
_EDGES = (0, 1, 2, 7, 8, 9, 0x7F, 0x80, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF)


@cache
def material() -> tuple[bytes, ...]:
    """Videos that are taken as they are: H.264 and H.265 with sound and a place hidden everywhere, and Matroska."""
    return (
        planted.mp4("h264"),
        planted.mp4("hevc"),
        planted.matroska(),
        make_video(seconds=SECONDS, b_frames=2, seed=3),
    )


def mutated(number: int) -> bytes:
    """The mutation of that number: always the same one. Half of them are changed in several ways."""
    chance = random.Random(number)
    data = bytearray(chance.choice(material()))
    for _ in range(1 if chance.random() < 0.5 else chance.randint(2, 6)):
        if len(data) < 16:
            break
        chance.choice(_WAYS)(data, chance)
    return bytes(data)


def _flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 4, 32))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _noise(data: bytearray, chance: random.Random) -> None:
    start, count = _span(data, chance, 256)
    data[start : start + count] = chance.randbytes(count)


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(8, len(data)) :]


def _drop(data: bytearray, chance: random.Random) -> None:
    start, count = _span(data, chance, 4096)
    del data[start : start + count]


def _repeat(data: bytearray, chance: random.Random) -> None:
    start, count = _span(data, chance, 4096)
    data[start:start] = data[start : start + count]


def _graft(data: bytearray, chance: random.Random) -> None:
    """A stretch of another video in the place of one's own."""
    other = chance.choice(material())
    start, count = _span(data, chance, 8192)
    there = chance.randrange(len(other))
    data[start : start + count] = other[there : there + count]


def _word(data: bytearray, chance: random.Random) -> None:
    """A number of four bytes at the edge of what it can be, in a table or a header of an MP4 where there is one."""
    found = [each for each in _all_boxes(bytes(data)) if each.kind != b"mdat" and each.end - each.body >= 4]
    at = chance.randrange(len(data) - 4)
    if found:
        box = chance.choice(found)
        at = chance.randrange(box.body, box.end - 3)
    struct.pack_into(">I", data, at, chance.choice(_EDGES))


def _length(data: bytearray, chance: random.Random) -> None:
    """A box of another size than it has, also in the eight bytes that are for large ones."""
    found = list(_all_boxes(bytes(data)))
    if not found:
        return _flip(data, chance)
    box = chance.choice(found)
    size = box.end - box.start
    struct.pack_into(">I", data, box.start, chance.choice((*_EDGES, size - 1, size + 1, size * 2, size // 2)))
    if chance.random() < 0.2:
        struct.pack_into(">I", data, box.start, 1)
        data[box.start + 8 : box.start + 8] = struct.pack(">Q", chance.choice((0, 8, 2**63, 2**64 - 1, size)))
    return None


def _kind(data: bytearray, chance: random.Random) -> None:
    found = list(_all_boxes(bytes(data)))
    if not found:
        return _flip(data, chance)
    data[(box := chance.choice(found)).start + 4 : box.start + 8] = chance.choice(_KINDS)
    return None


def _twice(data: bytearray, chance: random.Random) -> None:
    """A box once more, somewhere else, without telling those around it."""
    found = [each for each in _all_boxes(bytes(data)) if each.end - each.start < 65_536]
    if not found:
        return _repeat(data, chance)
    box, after = chance.choice(found), chance.choice(found).end
    data[after:after] = data[box.start : box.end]
    return None


def _unit(data: bytearray, chance: random.Random) -> None:
    """The length of one of the pictures' units, or its type."""
    found = [each for each in _all_boxes(bytes(data)) if each.kind == b"mdat"]
    if not found:
        return _flip(data, chance)
    at = found[0].body
    for _ in range(chance.randrange(20)):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 4 + length + 5 > found[0].end:
            break
        at += 4 + length
    if chance.random() < 0.5:
        struct.pack_into(">I", data, at, chance.choice(_EDGES))
    else:
        data[at + 4] = chance.randrange(256)
    return None


_WAYS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    *(_flip, _noise, _cut, _drop, _repeat, _graft, _word, _word, _length, _kind, _twice, _unit),
)


def _span(data: bytearray, chance: random.Random, most: int) -> tuple[int, int]:
    start = chance.randrange(len(data))
    return start, chance.randint(1, min(most, len(data) - start))


def _all_boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes of every level that can still be found."""
    try:
        for each in boxes(data, start, end):
            yield each
            if each.kind in _NESTED:
                yield from _all_boxes(data, each.body, each.end)
    except (ValueError, struct.error):
        return
