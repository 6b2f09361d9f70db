"""Files that are no honest video: each is made to hurt whoever reads it."""

from __future__ import annotations

import io
import random
import struct
from fractions import Fraction

import av
import numpy as np
from av.packet import Packet

from goodfences.clips.faststart import Box, boxes
from tests.footage import make_video

_NESTED = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}


def too_wide() -> bytes:
    """One side a little longer than a picture may have."""
    return make_video(seconds=2, width=4112, height=32)


def grows_within() -> bytes:
    """The container says 320 by 180, and from the second on the frames bring parameter sets of 4,112 by 32."""
    small, wide = make_video(seconds=1), _annex_b(4112, 32)
    sink = io.BytesIO()
    with av.open(io.BytesIO(small)) as source, av.open(sink, "w", format="mp4") as target:
        track = source.streams.video[0]
        out = target.add_stream_from_template(track, opaque=False)
        for packet in source.demux(track):
            if packet.size:
                packet.stream = out
                target.mux(packet)
        for number, unit in enumerate(wide):
            packet = Packet(unit)
            packet.pts = packet.dts = (10 + number) * 1024
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, 10240), out, number == 0
            target.mux(packet)
    return sink.getvalue()


def _annex_b(width: int, height: int) -> list[bytes]:
    """A second of H.264 as packets whose units have lengths before them, parameter sets included."""
    context = av.CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, 10), Fraction(10)
    context.options = {"preset": "ultrafast", "x264-params": "bframes=0:repeat-headers=1:annexb=0"}
    packets = []
    for number in range(10):
        frame = av.VideoFrame.from_ndarray(np.full((height * 3 // 2, width), 128, np.uint8), format="yuv420p")
        frame.pts = number
        packets += context.encode(frame)
    return [bytes(packet) for packet in [*packets, *context.encode(None)]]


def endless() -> bytes:
    """Two seconds of frames, of which the last ones stand ten years later."""
    data = bytearray(make_video(seconds=2))
    table = _find(bytes(data), b"stts")
    (delta,) = struct.unpack_from(">I", data, table.body + 12)
    struct.pack_into(">I", data, table.body + 12, min(2**31 - 1, delta * 50_000_000))
    return bytes(data)


def many_frames_of_nothing() -> bytes:
    """The index promises four billion frames."""
    data = bytearray(make_video(seconds=2))
    for kind, at in ((b"stts", 8), (b"stsz", 8)):
        struct.pack_into(">I", data, _find(bytes(data), kind).body + at, 0xFFFFFFFE)
    return bytes(data)


def box_that_never_ends() -> bytes:
    """The first box claims to be as long as a disk."""
    data = make_video(seconds=2)
    return struct.pack(">I4sQ", 1, b"ftyp", 2**62) + data[8:]


def nested_too_deep() -> bytes:
    """A box in a box in a box, twenty thousand times."""
    inside = b""
    for _ in range(20_000):
        inside = struct.pack(">I4s", 8 + len(inside), b"moov") + inside
    ftyp = next(boxes(make_video(seconds=2)))
    return make_video(seconds=2)[: ftyp.end] + inside


def cut_short() -> bytes:
    """The index is there and half of the frames are not."""
    data = make_video(seconds=2, container="mov")
    return data[: len(data) // 3]


def another_codec() -> bytes:
    """MPEG-4 part 2 in the right container."""
    return make_video(seconds=2, codec="mpeg4")


def no_video() -> bytes:
    return b"GIF89a" + bytes(2000)


def playlist() -> bytes:
    """FFmpeg would fetch what it names."""
    return b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"


def nothing_but_zeros() -> bytes:
    return bytes(100_000)


ALL = (
    too_wide,
    grows_within,
    endless,
    many_frames_of_nothing,
    box_that_never_ends,
    nested_too_deep,
    cut_short,
    another_codec,
    no_video,
    playlist,
    nothing_but_zeros,
)


def damaged(seed: int) -> bytes:
    """A video in whose index a few bytes were changed; the same for the same `seed`."""
    chance, data = random.Random(seed), bytearray(make_video(seconds=2, audio=seed % 2 == 0))
    index = next(box for box in boxes(bytes(data)) if box.kind == b"moov")
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(index.body, index.end)] = chance.randrange(256)
    return bytes(data)


def _find(data: bytes, kind: bytes, start: int = 0, end: int | None = None) -> Box:
    for box in boxes(data, start, end):
        if box.kind == kind:
            return box
        if box.kind in _NESTED:
            try:
                return _find(data, kind, box.body, box.end)
            except LookupError:
                continue
    raise LookupError(kind)
