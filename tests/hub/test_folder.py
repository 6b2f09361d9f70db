"""Files that appear in a folder become events."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest
from av.container import InputContainer

from goodfences.demo.recording import FOOTAGE
from goodfences_hub import running
from goodfences_hub.home import Home
from goodfences_hub.recording import films
from goodfences_hub.recording.recorder import MOTION, Recorder
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.running import Hub
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.sources import chosen_streams
from goodfences_hub.state import State
from tests.footage import make_video
from tests.hub.films import pictures
from tests.instance import wait_until

EARLIER = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
Put = Callable[[str, bytes], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "camera"
    made.mkdir()
    return made


@pytest.fixture
def put(folder: Path) -> Put:
    """Put a file into the folder, written to the end at EARLIER."""

    def write(name: str, data: bytes) -> Path:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
        os.utime(folder / name, (EARLIER.timestamp(), EARLIER.timestamp()))
        return folder / name

    return write


@pytest.fixture
def hub(tmp_path: Path, folder: Path) -> Iterator[Hub]:
    camera = CameraSettings("street", "folder", str(folder), upload_as="a-camera")
    started = Hub(Home(tmp_path / "hub"), Settings(cameras=(camera,), page_port=0))
    started.start()
    yield started
    started.stop()


def clips(hub: Hub, count: int) -> list:  # type: ignore[type-arg]
    sql = "SELECT * FROM clip ORDER BY starts_at"
    wait_until(lambda: len(hub.state.rows(sql)) >= count, f"{count} clips", seconds=30)
    return hub.state.rows(sql)


def test_a_file_becomes_a_clip_of_its_time(put: Put, hub: Hub) -> None:
    put("2026/door.mp4", (FOOTAGE / "crossing.mp4").read_bytes())
    [clip] = clips(hub, 1)
    assert clip["duration_ms"] == 12_000
    assert clip["starts_at"] == pytest.approx(EARLIER.timestamp() - 12, abs=0.1)


def test_the_time_that_a_file_tells_comes_first(put: Put, hub: Hub) -> None:
    told = "2026-11-20T18:15:00Z"
    put("a.mp4", make_video(metadata=(("creation_time", told),)))
    [clip] = clips(hub, 1)
    assert clip["starts_at"] == datetime.fromisoformat(told).timestamp()


def test_each_is_taken_in_once_and_stays_where_it_is(put: Put, hub: Hub) -> None:
    first = put("a.mp4", make_video(seed=1))
    clips(hub, 1)
    put("b.mp4", make_video(seed=2))
    assert len(clips(hub, 2)) == 2
    time.sleep(running.TURN_S * 2)
    assert len(clips(hub, 2)) == 2
    assert pictures(first.read_bytes()) == pictures(make_video(seed=1))


def test_a_file_that_a_power_cut_interrupted_is_one_clip(put: Put, folder: Path, tmp_path: Path) -> None:
    film = put("a.mp4", (FOOTAGE / "crossing.mp4").read_bytes())
    camera = CameraSettings("street", "folder", str(folder), upload_as="a-camera")
    state = State((home := Home(tmp_path / "hub")).state)
    with av.open(str(film)) as container:
        _take_in_half(container, camera, SegmentStore(home, state), state)
    assert state.rows("SELECT * FROM segment")
    state.close()
    started = Hub(home, Settings(cameras=(camera,), page_port=0))
    started.start()
    try:
        assert [clip["duration_ms"] for clip in clips(started, 1)] == [12_000]
        time.sleep(running.TURN_S * 2)
        assert [clip["duration_ms"] for clip in clips(started, 1)] == [12_000]
        assert len(started.state.rows("SELECT * FROM event")) == 1
    finally:
        started.stop()


def _take_in_half(container: InputContainer, camera: CameraSettings, store: SegmentStore, state: State) -> None:
    """As a hub does that is killed in the middle of it."""
    chosen = chosen_streams(container)
    assert chosen is not None
    recorder = Recorder(camera, "file of-before", chosen[1], store, state)
    for arrival in films._arrivals(container, *chosen, EARLIER - timedelta(seconds=12)):
        recorder.take(arrival)
        recorder.begin_event(MOTION, arrival.at)
        if arrival.at > EARLIER - timedelta(seconds=6):
            return


def test_a_file_that_still_grows_waits(folder: Path, hub: Hub) -> None:
    shutil.copy(FOOTAGE / "crossing.mp4", folder / "a.mp4")
    time.sleep(1.5)
    assert hub.state.rows("SELECT * FROM event") == []
    assert clips(hub, 1)


def test_a_playlist_in_a_videos_clothes_leads_nowhere(put: Put, hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "secret.ts").write_bytes((FOOTAGE / "crossing.mp4").read_bytes())
    put("a.mp4", f"#EXTM3U\n#EXTINF:2,\nfile://{tmp_path / 'secret.ts'}\n#EXT-X-ENDLIST\n".encode())
    put("b.mp4", f"ffconcat version 1.0\nfile {tmp_path / 'secret.ts'}\n".encode())
    put("c.mp4", make_video())
    assert [clip["duration_ms"] for clip in clips(hub, 1)] == [2000]
    assert len(hub.state.rows("SELECT * FROM fact WHERE name LIKE 'file %' AND value <> 'taken in'")) == 2


def test_tags_in_any_encoding_do_no_harm(put: Put, hub: Hub) -> None:
    film = make_video(metadata=(("title", "XXXXXXXX"),))
    assert b"XXXXXXXX" in film
    put("a.mp4", film.replace(b"XXXXXXXX", "监控摄像".encode("gbk")))
    assert len(clips(hub, 1)) == 1


def test_what_is_no_video_is_left_alone_and_stops_nothing(put: Put, hub: Hub) -> None:
    put("a.mp4", b"not a film at all")
    put("notes.txt", b"milk, bread")
    put("b.mp4", make_video())
    assert len(clips(hub, 1)) == 1
