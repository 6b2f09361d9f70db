"""Live pictures as a browser gets them: named as they are coded, beginning with a whole one."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import av
import pytest

from goodfences_hub.clock import Clock
from goodfences_hub.live import Channels, codec_of, fragments
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources.demo import Demo
from tests.clips.streams import clip as numbered
from tests.clips.streams import numbers


def shown(folder: Path, film: bytes, *, small: bool, before: int) -> list[bytes]:
    """What somebody gets who begins to watch after so many packets."""
    (folder / "film.mp4").write_bytes(film)
    with Demo().open(CameraSettings("street", "demo", str(folder / "film.mp4")), Clock()) as feed:
        channels = Channels()
        with channels.on_air("street", feed.video, small=small) as channel:
            packets = iter(feed)
            for arrival in itertools.islice(packets, before):
                channel.offer(arrival)
            with channel.watched() as viewer:
                for arrival in itertools.islice(packets, 30):
                    channel.offer(arrival)
                viewer.put_nowait(None)  # the end
                return list(fragments(channel, viewer))


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_it_begins_with_a_whole_picture_and_misses_none_after(tmp_path: Path, codec: str, small: bool) -> None:
    described, *pieces = shown(tmp_path, numbered(150, codec=codec), small=small, before=7)
    seen = numbers(described + b"".join(pieces))
    assert len(seen) == len(pieces) > 10
    assert seen == list(range(seen[0], seen[0] + len(seen)))


def test_it_is_named_as_browsers_and_apple_name_it(tmp_path: Path) -> None:
    plain, *_ = shown(tmp_path, numbered(100), small=False, before=1)
    assert codec_of(plain).startswith("avc1.")
    new, *_ = shown(tmp_path, numbered(100, codec="hevc"), small=False, before=1)
    assert codec_of(new) == "hvc1.1.6.L60.90"
    assert b"hvc1" in new and b"hev1" not in new


def test_deep_colors_are_named_too() -> None:
    target = io.BytesIO()
    with av.open(target, "w", format="mp4", options={"movflags": "frag_every_frame+empty_moov"}) as container:
        stream = container.add_stream("libx265", rate=10, options={"x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p10le"
        for frame in [av.VideoFrame(320, 192, "yuv420p10le"), None]:
            container.mux(stream.encode(frame))
    assert codec_of(target.getvalue()) == "hvc1.2.4.L60.90"
