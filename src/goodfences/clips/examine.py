"""Looks at a video that a device sent: does it decode, is it what was announced; and makes a clean copy of it.

Runs in the sandbox (`sandbox.run("examine", ...)`) and nowhere else. The copy holds the camera's own slices bit
for bit, in a new MP4 without tags, times, places, side tracks and messages between the frames. Times are
milliseconds after the first shown frame.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from goodfences.clips import pictures
from goodfences.clips.faststart import index_first
from goodfences.clips.jail import Unfit

MAX_SIDE = 4096
MAX_TRACKS = 8
MAX_RATE = 240
TOLERANCE_MS = 1_500
TOLERANCE_SHARE = 0.05
DAMAGED_SHARE = 0.05
"""A camera on a weak network loses a frame now and then; more than this share isn't a recording."""

VIDEO_CODECS = {"h264", "hevc"}
AUDIO_COPIED = {"aac", "opus", "mp3"}
AUDIO_SPOKEN = "AAC, Opus, MP3, PCM"
# Only slices, parameter sets and delimiters pass. What else the standards let through (SEI messages,
# fillers, private units) can carry GPS, device names or anything at all.
_KEPT_UNITS = {"h264": "1-5|7-9", "hevc": "0-9|16-21|32-35"}
_CONTAINERS = ((4, b"ftyp", "mov"), (4, b"moov", "mov"), (4, b"wide", "mov"), (0, b"\x1aE\xdf\xa3", "matroska"))
_MUXER = {"movflags": "+negative_cts_offsets", "use_editlist": "0", "fflags": "+bitexact"}


@dataclass
class _Seen:
    """What decoding showed."""

    times: list[int] = field(default_factory=list)
    key_times: list[int] = field(default_factory=list)
    end: int = 0
    damaged: int = 0
    poster: VideoFrame | None = None
    stills: pictures.Stills = field(default_factory=lambda: pictures.Stills(0))


def examine(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """The facts of a video, its clean copy, its poster and a sheet of stills (both JPEG).

    `header`: `announced_ms` (None where nobody said how long it is), `max_ms`, and whether the `sound` is kept (it is
    where nobody said). Raises Unfit with the reason, in words for the video's owner.
    """
    kind = _container(payload)
    try:
        with _opened(payload, kind) as source:
            video, sound = _tracks(source)
            seen = _decode(source, video, header["max_ms"], (header["announced_ms"] or 0) // 2)
            heard = _listen(payload, kind) if sound is not None else 0
            facts = _facts(video, seen, header)
        with _opened(payload, kind) as source:
            keep_sound = heard > 0 and header.get("sound", True)
            clean, audio = _clean(source, min(seen.times), keep_sound=keep_sound)
        assert seen.poster is not None
        poster, (stills, told) = pictures.poster(seen.poster), seen.stills.sheet()
    except av.FFmpegError as error:
        raise Unfit("This file can't be read as a video. It is damaged or cut short.") from error
    return facts | audio | told, [clean, poster, stills]


def warm_up() -> None:
    """Examine a second of gray with a second of silence: PyAV imports parts of itself on first use."""
    sink = io.BytesIO()
    with av.open(sink, "w", format="matroska") as target:
        video = target.add_stream("libx264", rate=2, options={"x264-params": "threads=1:bframes=0"})
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        sound = target.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for number in range(2):
            frame = VideoFrame(64, 64, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 2)
            target.mux(video.encode(frame))
        silence = AudioFrame(format="s16", layout="mono", samples=16_000)
        silence.sample_rate, silence.pts, silence.time_base = 16_000, 0, Fraction(1, 16_000)
        target.mux(sound.encode(silence))
        target.mux([*video.encode(None), *sound.encode(None)])
    examine({"announced_ms": 1000, "max_ms": 10_000}, sink.getvalue())


def _container(payload: bytes) -> str:
    """The one demuxer that is tried: FFmpeg has hundreds, and guesses."""
    for at, magic, name in _CONTAINERS:
        if payload[at : at + len(magic)] == magic:
            return name
    raise Unfit("This is not a video file that Goodfences knows. Send MP4, MOV or Matroska.")


def _opened(payload: bytes, kind: str) -> InputContainer:
    # Its tags may be in any encoding; none of them is kept.
    return av.open(io.BytesIO(payload), "r", format=kind, metadata_errors="ignore")


def _tracks(source: InputContainer) -> tuple[VideoStream, AudioStream | None]:
    if len(source.streams) > MAX_TRACKS:
        raise Unfit(f"This file has {len(source.streams)} tracks. A clip has at most {MAX_TRACKS}.")
    videos = [stream for stream in source.streams.video if not stream.disposition & stream.disposition.attached_pic]
    if len(videos) != 1:
        raise Unfit(f"This file has {len(videos)} video tracks. A clip has one.")
    video = videos[0]
    if _codec(video) not in VIDEO_CODECS:
        raise Unfit(f"This video is coded as {_codec(video)}. Send H.264 or H.265 (HEVC).")
    _check_size(video.codec_context.width, video.codec_context.height)
    sound = next(iter(source.streams.audio), None)
    if sound is not None and not _audio_known(_codec(sound)):
        raise Unfit(f"The sound is coded as {_codec(sound)}. Send {AUDIO_SPOKEN}, or no sound.")
    return video, sound


def _codec(track: VideoStream | AudioStream) -> str:
    # What FFmpeg knows no decoder for has no context, whatever the types say.
    context: Any = track.codec_context
    return str(context.name) if context is not None else "something unknown"


def _audio_known(codec: str) -> bool:
    return codec in AUDIO_COPIED or codec.startswith("pcm_")


def _check_size(width: int, height: int) -> None:
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise Unfit(f"The picture is {width} by {height} pixels. A clip has at most {MAX_SIDE} by {MAX_SIDE}.")


def _decode(source: InputContainer, video: VideoStream, max_ms: int, poster_ms: int) -> _Seen:
    """Decode every frame."""
    context = video.codec_context
    context.thread_count = 1
    size = (context.width, context.height)
    seen, packets = _Seen(stills=pictures.Stills(2 * poster_ms)), 0
    longest = max_ms * MAX_RATE // 1000 + 1
    for packet in source.demux(video):
        if packet.is_discard:
            continue
        packets += 1
        if packets > longest:
            raise Unfit(f"This video has more than {longest} frames. A clip lasts at most {max_ms // 1000} seconds.")
        for frame in _frames(packet, seen):
            _check_size(frame.width, frame.height)
            if (frame.width, frame.height) != size:
                raise Unfit("The size of the picture changes within this video. Send one clip for each size.")
            _note(seen, video, frame, max_ms, poster_ms)
    if not seen.times:
        raise Unfit("There is no picture in this video.")
    if seen.damaged > max(1, packets * DAMAGED_SHARE):
        raise Unfit(f"This video is damaged: {seen.damaged} of its {packets} frames can't be decoded.")
    return seen


def _frames(packet: Packet[VideoStream], seen: _Seen) -> Iterator[VideoFrame]:
    try:
        yield from packet.decode()
    except av.error.InvalidDataError:
        seen.damaged += 1


def _note(seen: _Seen, video: VideoStream, frame: VideoFrame, max_ms: int, poster_ms: int) -> None:
    if frame.pts is None:
        raise Unfit("This video has frames without a time.")
    if frame.is_corrupt:
        seen.damaged += 1
    if not seen.times and not frame.key_frame:
        seen.damaged += 1
    seen.times.append(frame.pts)
    if frame.key_frame:
        seen.key_times.append(frame.pts)
    end = frame.pts + (frame.duration or _usual_length(video))
    seen.end = max(seen.end, end) if len(seen.times) > 1 else end
    elapsed = _ms(frame.pts - seen.times[0], video)
    if elapsed > max_ms:
        raise Unfit(f"This video lasts more than {max_ms // 1000} seconds, the most that a clip may have.")
    if not frame.is_corrupt and (seen.poster is None or elapsed <= poster_ms):
        seen.poster = frame
    seen.stills.see(frame, elapsed)


def _listen(payload: bytes, kind: str) -> int:
    """Decode the sound too; returns how many samples it has."""
    samples = 0
    with _opened(payload, kind) as source:
        track = source.streams.audio[0]
        track.codec_context.thread_count = 1
        for packet in source.demux(track):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError as error:
                raise Unfit("The sound of this video is damaged. Send it whole, or without sound.") from error
            samples += sum(frame.samples for frame in frames)
    return samples


def _facts(video: VideoStream, seen: _Seen, header: dict[str, Any]) -> dict[str, Any]:
    first = min(seen.times)
    duration = _ms(seen.end - first, video)
    announced = header["announced_ms"]
    if announced is not None and abs(duration - announced) > max(TOLERANCE_MS, announced * TOLERANCE_SHARE):
        raise Unfit(f"This video lasts {duration / 1000:.1f} s. It was announced as {announced / 1000:.1f} s long.")
    if duration > header["max_ms"]:
        raise Unfit(f"This video lasts {duration / 1000:.1f} s. A clip lasts at most {header['max_ms'] // 1000} s.")
    if not seen.key_times:
        raise Unfit("There is no key frame in this video, so it can't be played.")
    return {
        "codec": video.codec_context.name,
        "width": video.codec_context.width,
        "height": video.codec_context.height,
        "frames": len(seen.times),
        "damaged": seen.damaged,
        "duration_ms": duration,
        "keyframes_ms": sorted(_ms(pts - first, video) for pts in seen.key_times),
        "rotation": seen.poster.rotation if seen.poster is not None else 0,
    }


def _clean(source: InputContainer, first: int, *, keep_sound: bool) -> tuple[bytes, dict[str, Any]]:
    """A new MP4 of the camera's own slices, and what became of the sound."""
    video, sound = _tracks(source)
    sink = io.BytesIO()
    with av.open(sink, "w", format="mp4", options=_MUXER) as target:
        out = target.add_stream_from_template(video, opaque=False)
        units = BitStreamFilterContext(f"filter_units=pass_types={_KEPT_UNITS[video.codec_context.name]}", video, out)
        voice = _Voice(target, sound) if sound is not None and keep_sound else None
        assert video.time_base is not None
        starts = first * video.time_base
        for packet in source.demux([video, sound] if voice is not None and sound is not None else [video]):
            if packet.is_discard:
                continue
            if voice is not None and packet.stream is sound:
                voice.take(packet, starts)
            else:
                _copy_picture(packet, units, out, first, target)
        if voice is not None:
            voice.finish()
    audio: dict[str, Any] = {"has_audio": voice is not None}
    if voice is not None:
        audio |= {"audio_codec": voice.codec, "audio_reencoded": voice.encoder is not None}
    return b"".join(index_first(sink.getvalue())), audio


def _copy_picture(
    packet: Packet[Any], units: BitStreamFilterContext, out: VideoStream, first: int, target: OutputContainer
) -> None:
    if packet.size and (packet.pts is None or packet.dts is None):
        raise Unfit("This video has frames without a time.")
    for clean in units.filter(packet if packet.size else None):
        if clean.pts is None or clean.dts is None:
            raise Unfit("This video has frames without a time.")
        clean.pts, clean.dts = clean.pts - first, clean.dts - first
        clean.stream = out
        target.mux(clean)


class _Voice:
    """Copies the sound, or codes it anew as AAC where an MP4 can't carry it (PCM of IP cameras)."""

    def __init__(self, target: OutputContainer, sound: AudioStream) -> None:
        self._target, self._sound = target, sound
        self.codec = sound.codec_context.name
        self.encoder: Any = None
        if self.codec in AUDIO_COPIED:
            self._out: Any = target.add_stream_from_template(sound, opaque=False)
        else:
            self.codec = "aac"
            context = sound.codec_context
            # By count: PCM often comes without a layout that AAC knows.
            layout = "mono" if context.channels == 1 else "stereo"
            self.encoder = target.add_stream("aac", rate=context.sample_rate, layout=layout)

    def take(self, packet: Packet[Any], starts: Fraction) -> None:
        """One packet of sound; what lies before the first frame is left out."""
        if not packet.size or packet.pts is None:
            return
        if packet.time_base is None or packet.pts * packet.time_base < starts:
            return
        shift = round(starts / packet.time_base)
        if self.encoder is not None:
            for frame in packet.decode():
                frame.pts = frame.pts - shift if frame.pts is not None else None
                self._target.mux(self.encoder.encode(frame))
            return
        packet.pts -= shift
        packet.dts = packet.pts
        packet.stream = self._out
        self._target.mux(packet)

    def finish(self) -> None:
        if self.encoder is not None:
            self._target.mux(self.encoder.encode(None))


def _ms(pts: int, video: VideoStream) -> int:
    assert video.time_base is not None
    return round(pts * video.time_base * 1000)


def _usual_length(video: VideoStream) -> int:
    assert video.time_base is not None
    return max(1, round(1 / ((video.average_rate or Fraction(25)) * video.time_base)))
