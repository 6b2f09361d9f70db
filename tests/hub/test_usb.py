"""A USB camera: test pictures, JPEGs and films come through the same code in place of a device."""

from __future__ import annotations

import io
import itertools
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from goodfences_hub import doctor, settings
from goodfences_hub.clock import Clock
from goodfences_hub.errors import CameraLost, HubError
from goodfences_hub.settings import CameraSettings
from goodfences_hub.sources import usb
from goodfences_hub.sources.usb import Usb
from tests.footage import make_video
from tests.hub.conftest import HubProgram
from tests.hub.films import pictures
from tests.hub.test_recording import Shelf
from tests.instance import wait_until


def desk(url: str) -> CameraSettings:
    return CameraSettings("desk", "usb", url, keep_days=1)


def recorded(shelf: Shelf, source: Usb, camera: CameraSettings, count: int) -> list[bytes]:
    """Segments of the first so many packets."""
    with source.open(camera, Clock()) as feed:
        recorder = shelf.recorder(camera, feed.streams)
        for arrival in itertools.islice(feed, count):
            recorder.take(arrival)
        recorder.close(arrival.at)
    return shelf.segments()


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "hub")
    yield made
    made.state.close()


@pytest.fixture(autouse=True)
def _no_coder_stays_behind() -> Iterator[None]:
    before = len(list(Path("/proc/self/fd").iterdir()))
    yield
    wait_until(lambda: not [each for each in threading.enumerate() if each.name == "code desk"], "the coder's end")
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_raw_pictures_are_coded_once_as_they_come(shelf: Shelf) -> None:
    begun = time.monotonic()
    segments = recorded(shelf, Usb("lavfi"), desk("testsrc2=size=640x360:rate=20,realtime"), 100)
    assert 4 < time.monotonic() - begun < 8
    assert len(segments) >= 1
    with av.open(io.BytesIO(segments[0])) as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 640, 360)
        frames = list(container.decode(video))
    seconds = [frame.time for frame in frames]
    assert max(abs(second - number / 20) for number, second in enumerate(seconds)) < 0.03
    keys = [number for number, frame in enumerate(frames) if frame.key_frame]
    assert keys[:2] == [0, 40]


def test_what_is_coded_looks_like_what_came(shelf: Shelf) -> None:
    [first, *_] = recorded(shelf, Usb("lavfi"), desk("testsrc2=size=320x240:rate=25:duration=3"), 60)
    with av.open(io.BytesIO(first)) as container, av.open("testsrc2=size=320x240:rate=25", format="lavfi") as source:
        for coded, raw in zip(itertools.islice(container.decode(video=0), 25), source.decode(video=0), strict=False):
            difference = coded.to_ndarray(format="gray").astype(int) - raw.reformat(
                format="gray"
            ).to_ndarray().astype(int)
            assert np.abs(difference).mean() < 4


def jpegs(count: int) -> bytes:
    """As a camera that gives single JPEGs."""
    target = io.BytesIO()
    with av.open(target, "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 322, 242, "yuvj422p"
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(np.full((242, 322, 3), number % 200, np.uint8), "rgb24")
            container.mux(stream.encode(frame.reformat(format="yuvj422p")))
        container.mux(stream.encode(None))
    return target.getvalue()


def test_jpegs_are_coded_once(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "video0").write_bytes(jpegs(200))
    segments = recorded(shelf, Usb("mjpeg"), desk(str(tmp_path / "video0")), 120)
    with av.open(io.BytesIO(segments[0])) as container:
        assert next(container.decode(video=0)).format.name == "yuv420p"


def test_what_is_coded_already_is_copied_bit_by_bit(shelf: Shelf, tmp_path: Path) -> None:
    film = make_video(seconds=6, container="mpegts")
    (tmp_path / "video0").write_bytes(film)
    segments = recorded(shelf, Usb("mpegts"), desk(str(tmp_path / "video0")), 50)
    kept = [picture for segment in segments for picture in pictures(segment)]
    # In MP4 a length stands before each unit (ISO/IEC 14496-15), in a transport stream a start code.
    units = [re.split(rb"\x00?\x00\x00\x01", picture)[1:] for picture in pictures(film)[: len(kept)]]
    assert kept == [b"".join(len(unit).to_bytes(4, "big") + unit for unit in each) for each in units]
    assert len(kept) > 30


def test_a_camera_that_gives_no_more_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usb, "ANSWER_WITHIN", 1.0)
    device = tmp_path / "video0"
    os.mkfifo(device)

    def stall() -> None:
        with device.open("wb") as camera:
            camera.write(jpegs(400))
            camera.flush()
            stalled.wait(20)

    stalled = threading.Event()
    threading.Thread(target=stall, daemon=True).start()
    with (
        Usb("mjpeg").open(desk(str(device)), Clock()) as feed,
        pytest.raises(CameraLost, match="desk stopped answering"),
    ):
        for _ in feed:
            pass
    stalled.set()


@pytest.mark.parametrize("data", [b"", b"no pictures at all" * 1000])
def test_what_gives_no_pictures_is_lost(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "video0").write_bytes(data)
    with pytest.raises(CameraLost, match="desk"), Usb("mjpeg").open(desk(str(tmp_path / "video0")), Clock()) as feed:
        next(iter(feed))


def test_a_camera_that_is_not_there_is_named(hub: HubProgram) -> None:
    refused = hub.do("add", "/dev/video99")
    assert "the camera /dev/video99 can't be used (No such file or directory)" in refused.stderr


def test_size_and_rate_are_asked_for() -> None:
    path, options = usb.asked(desk("/dev/video0?size=1280x720&rate=15"))
    assert (path, options) == ("/dev/video0", {"video_size": "1280x720", "framerate": "15"})
    with pytest.raises(HubError, match="url is written as"):
        usb.asked(desk("/dev/video0?input=/etc/passwd"))


def test_it_is_a_kind_of_source() -> None:
    assert "usb" in settings.KINDS
    with pytest.raises(CameraLost, match="/dev/video99"):
        doctor.try_camera(desk("/dev/video99"))
