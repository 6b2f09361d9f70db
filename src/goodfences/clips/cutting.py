"""Cuts an interval out of a clip so that nothing outside it is in the result.

Two ways. By key frames: the camera's own packets are copied bit for bit, from a key frame up to a key
frame (or the clip's end). Exact: the frames inside are decoded and encoded anew. Neither way hides
anything behind an edit list, and neither carries metadata or other tracks along.

`plan` runs anywhere; `cut` decodes untrusted video, so it runs in the sandbox (`sandbox.run("cut", ...)`).
Times are milliseconds after the first shown frame of the clip.
"""

from __future__ import annotations

import io
import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from heapq import merge
from itertools import compress
from typing import Any, NamedTuple

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from goodfences.clips.faststart import index_first
from goodfences.clips.jail import File, Unfit
from goodfences.clips.upright import upright
from goodfences.errors import Problem, Refused

EXACT_MAX_MS = 120_000
"""An exact cut is decoded and encoded frame by frame: two minutes bound what one share can cost."""

_TOLERANCE_MS = 1
_MUXER = {"movflags": "+negative_cts_offsets", "use_editlist": "0", "fflags": "+bitexact"}
# One thread and no B-frames: the same frames always give the same bytes, so that what the owner
# previewed can be compared by hash with what leaves.
_ENCODER = {"preset": "superfast", "crf": "19", "x264-params": "threads=1:bframes=0"}
_PIXELS = {"yuv420p", "yuvj420p"}
_START_CODE = re.compile(rb"\x00?\x00\x00\x01")
_SEI = 6


Paint = Callable[[VideoFrame, int], VideoFrame]
"""Changes an upright frame before it is encoded anew; told its milliseconds of the clip."""


class CutError(Exception):
    """The clip couldn't be cut as planned; the message says why, in words for its owner."""


@dataclass(frozen=True)
class CutPlan:
    """The interval that leaves, in milliseconds, its end exclusive."""

    starts_ms: int
    ends_ms: int
    exact: bool


@dataclass(frozen=True)
class CutFacts:
    """What is in the cut. `starts_ms` and `ends_ms` are those of the frames that really are in it."""

    codec: str
    width: int
    height: int
    frames: int
    starts_ms: int
    ends_ms: int
    reencoded: bool
    audio: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def plan(keyframes_ms: Sequence[int], duration_ms: int, starts_ms: int, ends_ms: int, exact: bool) -> CutPlan:
    """The interval that leaves when `starts_ms` to `ends_ms` is chosen.

    Unless `exact`, the start moves back to a key frame and the end forward to one, or to the clip's end.
    Raises Refused (fields `starts_ms`, `ends_ms`) for an interval that isn't inside the clip.
    """
    problems = list(_interval_problems(duration_ms, starts_ms, ends_ms, exact))
    if problems:
        raise Refused(*problems)
    if exact:
        return CutPlan(starts_ms, ends_ms, exact=True)
    keys = sorted(keyframes_ms)
    before = bisect_right(keys, starts_ms) - 1
    after = bisect_left(keys, ends_ms)
    start = keys[max(before, 0)] if keys else 0
    end = keys[after] if after < len(keys) else duration_ms
    return CutPlan(start, end, exact=False)


def _interval_problems(duration_ms: int, starts_ms: int, ends_ms: int, exact: bool) -> Iterator[Problem]:
    from django.utils.translation import gettext as _  # the jail imports this module, and needs no Django

    whole = f"{duration_ms / 1000:.1f} s"
    if not 0 <= starts_ms < duration_ms:
        yield Problem(
            "cut.start",
            "starts_ms",
            _("The cut starts at %(start)s s, outside the clip. Choose a start from 0 to %(whole)s.")
            % {"start": f"{starts_ms / 1000:.1f}", "whole": whole},
            limit=whole,
            value=f"{starts_ms / 1000:.1f} s",
        )
    if not starts_ms < ends_ms <= duration_ms:
        yield Problem(
            "cut.end",
            "ends_ms",
            _("The cut ends at %(end)s s. Choose an end after its start and up to %(whole)s.")
            % {"end": f"{ends_ms / 1000:.1f}", "whole": whole},
            limit=whole,
            value=f"{ends_ms / 1000:.1f} s",
        )
    if exact and ends_ms - starts_ms > EXACT_MAX_MS:
        yield Problem(
            "cut.exact",
            "exact",
            _(
                "A cut to the exact second may be %(max)d s long. This one is %(length)d s: shorten it, or cut at "
                "the camera's key frames."
            )
            % {"max": EXACT_MAX_MS // 1000, "length": round((ends_ms - starts_ms) / 1000)},
            limit=f"{EXACT_MAX_MS // 1000} s",
            value=f"{(ends_ms - starts_ms) / 1000:.0f} s",
        )


def cut(data: bytes, plan: CutPlan, audio: bool, paint: Paint | None = None) -> tuple[bytes, dict[str, Any]]:
    """The MP4 of `plan` out of the clip `data`, and the facts of it (`CutFacts` as a dict).

    With `audio`, packets of the first audio track that lie wholly inside the interval are copied; none
    otherwise. `paint` changes each frame of an exact cut. Raises CutError.
    """
    parts, facts = _cut(data, plan, audio, paint)
    return b"".join(parts), facts


def _cut(
    data: bytes, plan: CutPlan, audio: bool, paint: Paint | None
) -> tuple[list[bytes | memoryview], dict[str, Any]]:
    """`cut`, in parts that follow each other."""
    assert paint is None or plan.exact, "what isn't encoded anew can't be painted"
    try:
        with av.open(io.BytesIO(data), "r") as source:
            if not source.streams.video:
                raise CutError("There is no video in this clip.")
            sink = io.BytesIO()
            with av.open(sink, "w", format="mp4", options=_MUXER) as target:
                facts = _write(source, target, plan, audio, paint)
        return index_first(sink.getvalue()), facts.as_dict()
    except (av.FFmpegError, ValueError) as error:
        raise CutError(f"The video couldn't be read as planned ({type(error).__name__}).") from error


def cut_in_jail(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], list[File]]:
    """`cut` as an operation of the sandbox: the facts, and the one file. `header`: a CutPlan's fields and `audio`."""
    chosen = CutPlan(header["starts_ms"], header["ends_ms"], header["exact"])
    try:
        content, facts = _cut(payload, chosen, header["audio"], None)
    except CutError as error:
        raise Unfit(str(error)) from error
    return facts, [content]


def warm_up() -> None:
    """Make both kinds of cut of a second of gray: PyAV imports parts of itself on first use."""
    for exact in (False, True):
        cut(gray_clip(), CutPlan(0, 1000, exact), audio=True)


def gray_clip() -> bytes:
    """A second of gray, with sound."""
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4", options=_MUXER) as target:
        video = target.add_stream("libx264", rate=2, options=_ENCODER)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        sound = target.add_stream("aac", rate=16_000, layout="mono")
        for number in range(2):
            frame = VideoFrame(64, 64, "yuv444p").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 2)
            target.mux(video.encode(frame))
        silence = AudioFrame(format="s16", layout="mono", samples=16_000)
        silence.sample_rate, silence.pts, silence.time_base = 16_000, 0, Fraction(1, 16_000)
        target.mux([*sound.encode(silence), *video.encode(None), *sound.encode(None)])
    return sink.getvalue()


def _write(
    source: InputContainer, target: OutputContainer, plan: CutPlan, audio: bool, paint: Paint | None
) -> CutFacts:
    video = source.streams.video[0]
    seen = _seen(source, video)
    origin, base = _first_shown(seen), _time_base(video)
    made = _encoded(source, target, plan, origin, paint) if plan.exact else _copied(source, target, plan, seen)
    starts = (made.first_pts - origin) * base
    ends = (made.end_pts - origin) * base
    sound = _audio(source, target, made.first_pts * base, made.end_pts * base) if audio else []
    for packet in merge(made.packets, sound, key=lambda packet: (packet.dts or 0) * (packet.time_base or 1)):
        target.mux(packet)
    return CutFacts(
        codec="h264" if plan.exact else video.codec_context.name,
        width=made.width,
        height=made.height,
        frames=made.frames,
        starts_ms=round(starts * 1000),
        ends_ms=round(ends * 1000),
        reencoded=plan.exact,
        audio=bool(sound),
    )


@dataclass(frozen=True)
class _Made:
    """`packets` in decoding order; those that are copied are read as they are asked for."""

    packets: Iterable[Packet[Any]]
    frames: int
    first_pts: int
    end_pts: int
    width: int
    height: int


def _packets(source: InputContainer, stream: Any) -> Iterator[Any]:
    """Every packet of `stream` that a player shows, in decoding order, from the start.

    What an edit list of the clip hides (`is_discard`) was never seen by its owner and never leaves.
    """
    source.seek(0, backward=True, any_frame=False)
    for packet in source.demux(stream):
        if packet.size == 0 or packet.is_discard:
            continue
        if packet.pts is None or packet.dts is None:
            raise CutError("This clip has frames without a time; cut it to the exact second instead.")
        yield packet


class _Seen(NamedTuple):
    """A packet without its bytes: when it is shown, for how long where it says so, and whether it is a key frame."""

    pts: int
    duration: int | None
    is_key: bool


def _seen(source: InputContainer, video: VideoStream) -> list[_Seen]:
    """All of `_packets`; at least one."""
    seen = [_Seen(packet.pts, packet.duration, packet.is_keyframe) for packet in _packets(source, video)]
    if not seen:
        raise CutError("There is no frame in this clip.")
    return seen


def _first_shown(seen: list[_Seen]) -> int:
    """The time stamp of the first shown frame."""
    return min(one.pts for one in seen)


def frames_of(data: bytes, starts_ms: int, ends_ms: int) -> Iterator[tuple[int, VideoFrame]]:
    """The frames shown inside the interval, upright, each with its milliseconds of the clip as `cut` tells `Paint`.

    Raises CutError, or what PyAV raises.
    """
    with av.open(io.BytesIO(data), "r") as source:
        if not source.streams.video:
            raise CutError("There is no video in this clip.")
        video = source.streams.video[0]
        origin, base = _first_shown(_seen(source, video)), _time_base(video)
        for frame in _frames_inside(source, video, CutPlan(starts_ms, ends_ms, exact=True), origin):
            yield math.floor(((frame.pts or 0) - origin) * base * 1000), upright(frame)


def moments_of(data: bytes, starts_ms: int, ends_ms: int) -> list[int]:
    """The milliseconds of the frames that `frames_of` gives, in order, without decoding one. Raises as it does."""
    with av.open(io.BytesIO(data), "r") as source:
        if not source.streams.video:
            raise CutError("There is no video in this clip.")
        video = source.streams.video[0]
        origin, base = _first_shown(_seen(source, video)), _time_base(video)
        start, end = (origin + Fraction(ms, 1000) / base for ms in (starts_ms, ends_ms))
        shown = sorted(packet.pts for packet in _packets(source, video) if start <= packet.pts < end)
        return [math.floor((pts - origin) * base * 1000) for pts in shown]


def _time_base(stream: VideoStream) -> Fraction:
    if stream.time_base is None:
        raise CutError("This clip has no clock.")
    return stream.time_base


def _usual_length(stream: VideoStream) -> int:
    """How long a frame is shown at the stream's average rate, in its time base, for one that doesn't say."""
    rate = stream.average_rate or Fraction(25)
    return max(1, round(1 / (rate * _time_base(stream))))


def _copied(source: InputContainer, target: OutputContainer, plan: CutPlan, seen: list[_Seen]) -> _Made:
    """The camera's own packets of whole groups of pictures.

    Leading pictures of the first key frame (shown before it, decoded after it: an open group) belong to
    the time before the cut and are left out; those of the key frame that ends the cut need that key
    frame, which is outside, so they are left out too and the interval ends before them.
    """
    video = source.streams.video[0]
    out = target.add_stream_from_template(video, opaque=False)
    keys = [one.pts for one in seen if one.is_key]
    first, stop = _borders(keys, plan, _first_shown(seen), _time_base(video))
    taken = list(_taken(seen, first, stop))
    end = max(one.pts + (one.duration or _usual_length(video)) for one in compress(seen, taken))
    # Read a second time and passed on one by one: all of them at once would be the clip once more in memory.
    packets = (_moved(packet, first, out) for packet in compress(_packets(source, video), taken))
    return _Made(packets, sum(taken), first, end, video.codec_context.width, video.codec_context.height)


def _taken(seen: list[_Seen], first: int, stop: int | None) -> Iterator[bool]:
    """Of each packet, whether it is in the cut from the key frame `first` up to the key frame `stop`."""
    inside = False
    for one in seen:
        if one.is_key and one.pts in (first, stop):
            inside = one.pts == first
        yield inside and one.pts >= first


def _moved(packet: Packet[Any], first: int, out: VideoStream) -> Packet[Any]:
    packet.pts, packet.dts = (packet.pts or 0) - first, (packet.dts or 0) - first
    packet.stream = out
    return packet


def _borders(keys: list[int], plan: CutPlan, origin: int, base: Fraction) -> tuple[int, int | None]:
    """The time stamps of the key frame that starts the cut and of the one before which it stops."""
    shown = [(key - origin) * base * 1000 for key in keys]
    starts = [n for n, ms in enumerate(shown) if abs(ms - plan.starts_ms) <= _TOLERANCE_MS]
    if not starts:
        raise CutError(f"There is no key frame at {plan.starts_ms / 1000:.3f} s of this clip.")
    stops = [n for n, ms in enumerate(shown) if n > starts[0] and abs(ms - plan.ends_ms) <= _TOLERANCE_MS]
    if stops:
        return keys[starts[0]], keys[stops[0]]
    if plan.ends_ms <= shown[-1]:
        raise CutError(f"There is no key frame at {plan.ends_ms / 1000:.3f} s of this clip.")
    return keys[starts[0]], None


def _encoded(
    source: InputContainer, target: OutputContainer, plan: CutPlan, origin: int, paint: Paint | None
) -> _Made:
    """The frames shown inside the interval, encoded anew."""
    video = source.streams.video[0]
    base = _time_base(video)
    frames = (upright(frame) for frame in _frames_inside(source, video, plan, origin))
    first = next(frames, None)
    if first is None or first.pts is None:
        raise CutError("No frame was recorded inside this interval.")
    out = _encoder(target, video, first)
    origin_pts, usual = first.pts, _usual_length(video)
    stop = math.ceil(origin + Fraction(plan.ends_ms, 1000) / base)
    packets: list[Packet[Any]] = []
    lasting: dict[int, int] = {}
    for frame in _chain(first, frames):
        pts = frame.pts or 0
        lasting[pts - origin_pts] = min(frame.duration or usual, stop - pts)
        if frame.format.name != out.codec_context.pix_fmt:
            frame = frame.reformat(format=out.codec_context.pix_fmt)
        if paint is not None:
            frame = paint(frame, math.floor((pts - origin) * base * 1000))
        packets += out.encode(_restarted(frame, pts - origin_pts, base))
    packets += out.encode(None)
    made = [_without_encoder_notes(packet, out, lasting[packet.pts or 0]) for packet in packets]
    end = origin_pts + max(pts + shown for pts, shown in lasting.items())
    return _Made(made, len(made), origin_pts, end, first.width, first.height)


def _encoder(target: OutputContainer, video: VideoStream, first: VideoFrame) -> VideoStream:
    """A new H.264 track with the size, clock, shape of pixels and colors of `video`."""
    out = target.add_stream("libx264", rate=video.average_rate or 25, options=_ENCODER)
    context, given = out.codec_context, video.codec_context
    context.width, context.height = first.width, first.height
    context.pix_fmt = first.format.name if first.format.name in _PIXELS else "yuv420p"
    context.time_base = _time_base(video)
    shape = given.sample_aspect_ratio or Fraction(1)
    context.sample_aspect_ratio = 1 / shape if (first.width, first.height) != (given.width, given.height) else shape
    context.color_range, context.colorspace = given.color_range, given.colorspace
    context.color_primaries, context.color_trc = given.color_primaries, given.color_trc
    return out


def _chain(first: VideoFrame, rest: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    yield first
    yield from rest


def _frames_inside(source: InputContainer, video: VideoStream, plan: CutPlan, origin: int) -> Iterator[VideoFrame]:
    base = _time_base(video)
    start, end = (origin + Fraction(ms, 1000) / base for ms in (plan.starts_ms, plan.ends_ms))
    # A prisoner may start no thread.
    video.codec_context.thread_count = 1
    source.seek(max(origin, int(start)), stream=video, backward=True, any_frame=False)
    for frame in source.decode(video):
        if frame.pts is None:
            raise CutError("This clip has frames without a time.")
        if frame.pts >= end:
            return
        if frame.pts >= start:
            yield frame


def _restarted(frame: VideoFrame, pts: int, base: Fraction) -> VideoFrame:
    frame.pts, frame.time_base = pts, base
    frame.pict_type = PictureType.NONE  # the encoder chooses anew; the camera's choice must not be forced on it
    return frame


def _without_encoder_notes(packet: Packet[Any], out: VideoStream, lasting: int) -> Packet[Any]:
    """The packet without the note in which x264 lists its settings (SEI, NAL unit type 6, Annex B)."""
    units = [unit for unit in _START_CODE.split(bytes(packet)) if unit and unit[0] & 0x1F != _SEI]
    clean = Packet(b"".join(b"\x00\x00\x00\x01" + unit for unit in units))
    clean.pts, clean.dts, clean.time_base = packet.pts, packet.dts, packet.time_base
    clean.duration, clean.is_keyframe, clean.stream = lasting, packet.is_keyframe, out
    return clean


def _audio(source: InputContainer, target: OutputContainer, starts: Fraction, ends: Fraction) -> list[Packet[Any]]:
    """Packets of the first audio track that lie wholly inside, restarted at zero.

    A transform codec such as AAC spreads each packet over two packet lengths, so the last packet must
    end one length before the interval does: otherwise it would carry sound from after it.
    """
    if not source.streams.audio:
        return []
    track = source.streams.audio[0]
    base = track.time_base
    if base is None:
        return []
    first, end = starts / base, ends / base
    taken = [
        packet
        for packet in _packets(source, track)
        if packet.pts >= first and packet.pts + 2 * (packet.duration or 0) <= end
    ]
    if not taken:
        return []
    out = target.add_stream_from_template(track, opaque=False)
    for packet in taken:
        packet.pts, packet.dts = round(packet.pts - first), round(packet.dts - first)
        packet.stream = out
    return taken
