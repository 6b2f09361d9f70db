"""A camera's small stream is watched, its large one recorded; without the small one nothing is missed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from goodfences.demo.recording import FOOTAGE
from goodfences_hub.camera import CameraLoop
from goodfences_hub.clock import Clock
from goodfences_hub.home import Home
from goodfences_hub.live import Channels
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings
from goodfences_hub.state import State
from tests.hub.films import pictures

STREET = FOOTAGE / "whole-street.mp4"


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film in which nothing ever moves."""
    path = tmp_path_factory.mktemp("still") / "still.mp4"
    picture = np.tile(np.linspace(40, 180, 640, dtype=np.uint8), (360, 1))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.codec_context.gop_size = 10
        for _ in range(250):
            container.mux(
                stream.encode(av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p"))
            )
        container.mux(stream.encode(None))
    return path


class Running:
    """A camera's loop at work."""

    def __init__(self, folder: Path, camera: CameraSettings) -> None:
        self.home = Home(folder)
        self.state = State(self.home.state)
        self.store = SegmentStore(self.home, self.state)
        self.loop = CameraLoop(camera, self.store, self.state, Clock(), Channels())
        self.loop.start()

    def events(self, seconds: float) -> int:
        """How many begin within so many seconds; returns with the first."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.state.rows("SELECT * FROM event"):
            time.sleep(0.1)
        return len(self.state.rows("SELECT * FROM event"))

    def recorded(self) -> list[bytes]:
        return [
            picture
            for row in self.state.rows("SELECT * FROM segment ORDER BY starts_at")
            for picture in pictures(self.store.open(row["file"]))
        ]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Running]]:
    running: list[Running] = []
    yield running
    for each in running:
        each.loop.stop()
        each.loop.join(10)
        each.state.close()


def test_movement_in_the_sub_stream_records_the_main_one(started: list[Running], tmp_path: Path, still: Path) -> None:
    hub = Running(tmp_path / "hub", CameraSettings("street", "demo", str(still), sub=str(STREET), before_s=2))
    started.append(hub)
    assert hub.events(20) == 1
    hub.loop.stop()
    hub.loop.join(10)
    whole = pictures(still.read_bytes())
    assert hub.recorded()
    assert set(hub.recorded()) <= set(whole)


def test_where_the_sub_stream_is_still_nothing_is_recorded(
    started: list[Running], tmp_path: Path, still: Path
) -> None:
    hub = Running(tmp_path / "hub", CameraSettings("street", "demo", str(STREET), sub=str(still)))
    started.append(hub)
    assert hub.events(12) == 0


def test_without_the_sub_stream_the_main_one_is_watched(started: list[Running], tmp_path: Path) -> None:
    hub = Running(tmp_path / "hub", CameraSettings("street", "demo", str(STREET), sub=str(tmp_path / "none.mp4")))
    started.append(hub)
    assert hub.events(20) == 1


def test_a_camera_is_added_with_both_and_both_are_tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from goodfences_hub import cli

    command = ["--home", str(tmp_path / "hub"), "add", str(FOOTAGE / "crossing-hd.mp4"), "--sub", str(STREET)]
    with pytest.raises(SystemExit) as done:
        cli.main(command)
    assert done.value.code == 0
    assert "pictures of 1280×720, watched at 640×360" in capsys.readouterr().out
    assert f'sub = "{STREET}"' in (tmp_path / "hub" / "hub.toml").read_text()
