"""Video with a place hidden wherever a file can carry one. Each hiding place has a mark of its own."""

from __future__ import annotations

import io
import re
import struct
from fractions import Fraction
from typing import Any

import av
from av.packet import Packet

from goodfences.clips.faststart import boxes
from tests.clips import streams

PLACE = "60.1712N"
SECONDS = 3
FRAMES = SECONDS * streams.FPS
SOFTWARE = (b"x264", b"x265", b"Lavf", b"Lavc")
"""What encoders and writers of files call themselves: it tells the model of a camera."""

_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_TIME = 0xE25A0000
_NESTED = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"}
_MARK = re.compile(rb"<[\w ]+ " + PLACE.encode() + rb">")


def mark(where: str) -> bytes:
    return f"<{where} {PLACE}>".encode()


def marks_in(content: bytes) -> set[bytes]:
    """Every mark that stands in it, in UTF-8 or UTF-16, and every name of software."""
    wide = content.replace(b"\0", b"")
    return set(_MARK.findall(content)) | set(_MARK.findall(wide)) | {name for name in SOFTWARE if name in content}


def mp4(codec: str) -> bytes:
    """An MP4 with marks in its tags, in boxes of every level, beside its tracks and between the pictures."""
    plain = _spoken(streams.clip(FRAMES, audio=True, codec=codec, notes={"title": mark("tag").decode()}), codec)
    after = [
        _box(b"uuid", _XMP, mark("XMP at the end")),
        _box(b"free", mark("free")),
        _box(b"skip", mark("skip")),
        _box(b"emsg", bytes(4), mark("event")),
        _box(b"meta", bytes(4), _box(b"xml ", bytes(4), mark("xml"))),
    ]
    top = [plain[each.start : each.end] if each.kind != b"moov" else _nested(plain, each) for each in boxes(plain)]
    return b"".join([*top, *after])


def matroska() -> bytes:
    """A Matroska file with tags of file and tracks, chapters, an attachment, and marks between the pictures."""
    sink = io.BytesIO()
    spoken = io.BytesIO(_spoken(streams.clip(FRAMES, audio=True), "h264"))
    with av.open(spoken) as given, av.open(sink, "w", format="matroska") as target:
        target.metadata.update({"title": mark("title").decode(), "LOCATION": mark("tag").decode()})
        pairs = {}
        for stream in given.streams:
            out = target.add_stream_from_template(stream, opaque=False)
            out.metadata.update({"title": mark("track title").decode(), "GPS": mark("track tag").decode()})
            pairs[stream.index] = out
        chapter: Any = {"id": 1, "start": 0, "end": 900, "time_base": Fraction(1, 1000)}
        target.set_chapters([{**chapter, "metadata": {"title": mark("chapter").decode()}}])
        target.add_attachment("place.txt", "text/plain", mark("attachment"))
        for packet in given.demux():
            if packet.size:
                packet.stream = pairs[packet.stream.index]
                target.mux(packet)
    return sink.getvalue()


def _box(kind: bytes, *inside: bytes) -> bytes:
    content = b"".join(inside)
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _nested(data: bytes, at: Any) -> bytes:
    """The box again, with more in it than there was. The frames lie before it, so that none of them moves."""
    body = data[at.body : at.end]
    if at.kind in {b"mvhd", b"tkhd", b"mdhd"}:
        return _box(at.kind, body[:4], struct.pack(">II", _TIME, _TIME), body[12:])
    if at.kind == b"hdlr":
        return _box(at.kind, body[:24], mark("handler"), b"\0")
    if at.kind in {b"avc1", b"hvc1", b"hev1"}:
        return _picture_entry(at.kind, body)
    if at.kind not in _NESTED:
        return data[at.start : at.end]
    first = 8 if at.kind == b"stsd" else 0
    inner = [_nested(data, each) for each in boxes(data, at.body + first, at.end)]
    return _box(at.kind, body[:first], *inner, *_beside(at.kind))


def _beside(kind: bytes) -> list[bytes]:
    """Boxes that may stand at the end of one of this kind."""
    where = kind.decode()
    xyz = _box(b"\xa9xyz", struct.pack(">HH", len(mark("xyz")), 0x15C7), mark("xyz"))
    name = _box(b"name", mark(f"{where} name"))
    loci = _box(b"loci", bytes(6), mark("loci"), b"\0" * 20)
    udta = _box(b"udta", xyz, name, loci, _keys(), _box(b"XMP_", mark("XMP")))
    free = [_box(b"free", mark(f"free in {where}")), _box(b"uuid", _XMP, mark(f"uuid in {where}"))]
    return {b"moov": [udta, _keys(), *free], b"trak": [udta, _keys(), *free]}.get(kind, [])


def _keys() -> bytes:
    """QuickTime's metadata: com.apple.quicktime.location.ISO6709."""
    handler = _box(b"hdlr", bytes(8), b"mdta", bytes(13))
    keys = _box(b"keys", struct.pack(">II", 0, 1), _box(b"mdta", b"com.apple.quicktime.location.ISO6709"))
    value = _box(b"data", struct.pack(">II", 1, 0), mark("quicktime"))
    return _box(b"meta", handler, keys, _box(b"ilst", _box(struct.pack(">I", 1), value)))


def _picture_entry(kind: bytes, body: bytes) -> bytes:
    """A sample entry whose compressor has the mark for a name, with a color profile and boxes that hold one."""
    compressor = mark("model").ljust(31, b"\0")
    profile = _box(b"colr", b"prof", _icc(mark("color profile")))
    return _box(kind, body[:42], bytes([31]), compressor, body[74:], profile, _box(b"uuid", _XMP, mark("entry")))


def _icc(text: bytes) -> bytes:
    """A color profile of its header and one text."""
    header = struct.pack(">I4sI4s4s4s", 144 + len(text), b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header = header.ljust(36, b"\0") + b"acsp"
    tag = struct.pack(">I4sII", 1, b"cprt", 144, len(text))
    return header.ljust(128, b"\0") + tag + text


def _spoken(data: bytes, codec: str) -> bytes:
    """The video with messages that hold marks before and after its pictures, and in a track of their own."""
    sink = io.BytesIO()
    with (
        av.open(io.BytesIO(data)) as given,
        av.open(sink, "w", format="mp4", options={"strict": "unofficial"}) as target,
    ):
        target.metadata.update({"comment": mark("comment").decode(), "location": "+60.1712+024.9450/"})
        pairs = {stream.index: target.add_stream_from_template(stream, opaque=False) for stream in given.streams}
        extra = given.streams.video[0].codec_context.extradata
        pairs[0].codec_context.extradata = (extra or b"") + mark("parameters")
        for packet in given.demux():
            if not packet.size:
                continue
            out = pairs[packet.stream.index]
            spoken = _with_messages(bytes(packet), codec) if packet.stream.type == "video" else bytes(packet)
            again = Packet(spoken)
            again.pts, again.dts, again.duration = packet.pts, packet.dts, packet.duration
            again.time_base, again.is_keyframe, again.stream = packet.time_base, packet.is_keyframe, out
            target.mux(again)
    return sink.getvalue()


def _with_messages(packet: bytes, codec: str) -> bytes:
    """Each unit has its length before it."""
    text = mark("message")
    message = bytes([5, 16 + len(text)]) + bytes(range(1, 17)) + text + b"\x80"
    if codec == "h264":
        before = [b"\x06" + message, b"\x18" + mark("private unit") + b"\x80"]
        after = [b"\x0c" + mark("filler") + b"\x80"]
    else:
        before = [b"\x4e\x01" + message, b"\x60\x01" + mark("private unit") + b"\x80"]
        after = [b"\x50\x01" + message.replace(b"message", b"suffix "), b"\x4c\x01" + mark("filler") + b"\x80"]
    return b"".join([*map(_unit, before), packet, *map(_unit, after)])


def _unit(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content
