"""Three covered files, attacked: nothing of what was covered, and nothing outside the cut, is in the file."""

from __future__ import annotations

import io
import struct
from functools import cache

import av
import numpy as np
import pytest

from goodfences.clips import cutting
from goodfences.clips.cutting import CutPlan
from goodfences.clips.faststart import Box, boxes
from goodfences.redaction import burning
from goodfences.redaction.marks import Anchor, Area, Kind, Mark
from tests.clips import streams
from tests.promises import planted
from tests.redaction import secrets

KINDS = ["street", "hevc", "phone"]
INSIDE = [number for number in range(secrets.FRAMES) if secrets.is_inside(number)]
PLAN = CutPlan(secrets.STARTS_MS, secrets.ENDS_MS, exact=True)
_PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
_KNOWN = {
    *(b"ftyp", b"moov", b"mdat", b"mvhd", b"trak", b"tkhd", b"mdia", b"mdhd", b"hdlr", b"minf", b"vmhd"),
    *(b"dinf", b"stbl", b"stsd", b"stts", b"stss", b"stsc", b"stsz", b"stco"),
}


def hidden(turned: bool) -> tuple[Mark, Area]:
    """What is covered, once as a box and once as an area that lies in it; drawn as a player shows the picture."""
    left, top, right, bottom = secrets.HIDDEN
    width, height = streams.WIDTH, streams.HEIGHT
    if turned:  # by a quarter, clockwise
        left, top, right, bottom = height - bottom, left, height - top, right
        width, height = height, width
    x, y = -(-left * 10_000 // width), -(-top * 10_000 // height)
    wide, high = (right - left) * 10_000 // width, (bottom - top) * 10_000 // height
    box = Anchor(secrets.STARTS_MS, x - 20, y - 20, wide + 40, high + 40)
    return Mark(Kind.DRAWN, 0, 5000, (box,), still=True), Area(((x, y), (x + wide, y), (x, y + high)))


def source(kind: str, seed: int) -> bytes:
    return secrets.take(seed, codec="hevc" if kind == "hevc" else "h264", turned=kind == "phone")


@cache
def burnt(kind: str, seed: int = 1) -> tuple[bytes, dict]:
    mark, area = hidden(kind == "phone")
    return burning.burn(source(kind, seed), PLAN, False, [mark], [area])


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def walked(data: bytes, start: int = 0, end: int | None = None) -> list[Box]:
    found = []
    for each in boxes(data, start, end):
        found.append(each)
        if each.kind in _PARENTS:
            found += walked(data, each.body, each.end)
    return found


def test_no_byte_of_it_depends_on_what_is_covered_or_lies_outside(kind: str) -> None:
    """The same street, other faces, other minutes before and after: one and the same file."""
    assert source(kind, 1) != source(kind, 2)
    assert burnt(kind, 1) == burnt(kind, 2)


def test_it_depends_on_what_is_not_covered() -> None:
    """Else the last test would hold for an empty file too."""
    mark, _ = hidden(turned=False)
    small = Mark(mark.kind, 0, 5000, (Anchor(0, 0, 9000, 1000, 1000),), still=True)
    one, other = (burning.burn(source("street", seed), PLAN, False, [small], [])[0] for seed in (1, 2))
    assert one != other


def test_every_shown_frame_is_one_of_the_cut_and_gray_where_covered(kind: str) -> None:
    content, facts = burnt(kind)
    with av.open(io.BytesIO(content), options={"ignore_editlist": "1"}) as video:
        frames = list(video.decode(video=0))
    assert len(frames) == facts["frames"] == len(INSIDE)
    left, top, right, bottom = secrets.HIDDEN
    numbers = []
    for frame in frames:
        luma = frame.to_ndarray(format="gray")
        if kind == "phone":  # it stands upright now, without a note that turns it
            assert (frame.width, frame.height, frame.rotation) == (streams.HEIGHT, streams.WIDTH, 0)
            luma = np.rot90(luma)
        numbers.append(sum(int(luma[8:56, bit * 32 + 8 : bit * 32 + 24].mean() > 128) << bit for bit in range(10)))
        assert np.ptp(luma[top:bottom, left:right].astype(int)) <= 12  # one gray, but for what coding does to it
    assert numbers == INSIDE


def test_what_was_covered_for_a_while_is_itself_again_after_it() -> None:
    """The gray isn't painted into what the decoder makes the next frames of."""
    mark, _ = hidden(turned=False)
    for_a_while = Mark(mark.kind, 0, 2400, mark.anchors, still=True)
    covered, _ = burning.burn(source("street", 1), PLAN, False, [for_a_while], [])
    plain, _ = cutting.cut(source("street", 1), PLAN, False)
    left, top, right, bottom = secrets.HIDDEN
    for number, (one, other) in enumerate(zip(lumas(covered), lumas(plain), strict=True), start=INSIDE[0]):
        apart = np.abs(one - other)[top:bottom, left:right].mean()
        assert (apart > 20) if number * 1000 / secrets.FPS < 2400 else (apart < 6)


def lumas(content: bytes) -> list[np.ndarray]:
    with av.open(io.BytesIO(content)) as video:
        return [frame.to_ndarray(format="gray").astype(int) for frame in video.decode(video=0)]


def test_no_packet_hides_before_the_first_shown_frame(kind: str) -> None:
    """Neither a B-frame of an open group nor a frame that an edit list would skip."""
    content, facts = burnt(kind)
    with av.open(io.BytesIO(content), options={"ignore_editlist": "1"}) as video:
        packets = [packet for packet in video.demux() if packet.size]
    assert packets[0].is_keyframe
    assert min(packet.pts for packet in packets) == 0
    assert len(packets) == facts["frames"]
    assert not any(packet.is_discard for packet in packets)


def test_every_byte_of_the_file_is_a_known_box_or_a_shown_frame(kind: str) -> None:
    """No thumbnail, tag, edit list, second track, or sample that no table names."""
    content, _ = burnt(kind)
    found = walked(content)
    assert {box.kind for box in found} <= _KNOWN
    assert sum(box.kind == b"trak" for box in found) == 1
    mdat = next(box for box in found if box.kind == b"mdat")
    sizes = next(box for box in found if box.kind == b"stsz")
    chunks = next(box for box in found if box.kind == b"stco")
    count = struct.unpack_from(">I", content, sizes.body + 8)[0]
    lengths = struct.unpack_from(f">{count}I", content, sizes.body + 12)
    first = struct.unpack_from(">I", content, chunks.body + 8)[0]
    assert sum(lengths) == mdat.end - mdat.body
    assert first == mdat.body
    tops = list(boxes(content))
    assert tops[0].start == 0 and tops[-1].end == len(content)


def test_between_the_pictures_stands_no_message(kind: str) -> None:
    """Slices and parameters alone: no SEI, which can hold anything."""
    content, _ = burnt(kind)
    for packet in streams.packets(content):
        at = 0
        while at < len(packet):
            size = struct.unpack_from(">I", packet, at)[0]
            assert packet[at + 4] & 0x1F in {1, 5, 7, 8, 9}
            at += 4 + size


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_what_was_hidden_in_the_file_beside_the_pictures_is_not_in_the_copy(codec: str) -> None:
    """Tags, boxes of every level, messages between the pictures: each with a mark of its own."""
    video = planted.mp4(codec)
    mark, area = hidden(turned=False)
    copy, _ = burning.burn(video, CutPlan(500, 2500, exact=True), True, [mark], [area])
    assert len(planted.marks_in(video)) > 20
    assert planted.marks_in(copy) == set()


def test_sound_leaves_only_where_it_was_switched_on(kind: str) -> None:
    mark, area = hidden(kind == "phone")
    loud, facts = burning.burn(source(kind, 1), PLAN, True, [mark], [area])
    assert (facts["audio"], bool(streams.packets(loud, "audio"))) == (True, True)
    assert streams.packets(burnt(kind)[0], "audio") == []
