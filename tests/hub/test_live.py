"""Live pictures as a browser gets them: named as they are coded, beginning with a whole one."""

from __future__ import annotations

import itertools
from pathlib import Path

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


@pytest.mark.parametrize(
    ("box", "name"),
    [
        ("hvcC 01 02 20000000 900000000000 78", "hvc1.2.4.L120.90"),
        ("hvcC 01 21 60000000 b00000000000 99", "hvc1.1.6.H153.B0"),
        ("avcC 01 640028", "avc1.640028"),
        ("", "avc1.42e01e"),
    ],
)
def test_each_profile_has_its_name(box: str, name: str) -> None:
    kind, _, parameters = box.partition(" ")
    assert codec_of(b"moov...." + kind.encode() + bytes.fromhex(parameters)) == name
