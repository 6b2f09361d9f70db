"""Segments and clips are the camera's own packets, whole, in order and where they belong in time."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import av
import pyrage
import pytest

from goodfences.demo.recording import FOOTAGE
from goodfences_hub.home import Home
from goodfences_hub.recording.joining import Joined
from goodfences_hub.recording.packing import Packer
from goodfences_hub.recording.recorder import Recorder
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.sources import Arrival
from goodfences_hub.sources.gathering import LONGEST_S
from goodfences_hub.state import State
from goodfences_hub.uploading.files import unsealed
from tests.hub.films import NOON, film, pictures

STREET = CameraSettings("street", "demo", "street.mp4", upload_as="ref-of-street", before_s=3.0)
FILMS = ["whole-street.mp4", "crossing-hd.mp4", "side-road.mp4"]


class Shelf:
    """A hub's home, and what a test asks of it."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.state = State(self.home.state)
        self.store = SegmentStore(self.home, self.state)

    def recorder(self, camera: CameraSettings, streams: list) -> Recorder:  # type: ignore[type-arg]
        return Recorder(camera, "session", streams, self.store, self.state)

    def pack(self, camera: CameraSettings = STREET) -> None:
        Packer(self.home, self.state, self.store, Settings(cameras=(camera,))).run_due()

    def segments(self) -> list[bytes]:
        return [self.store.open(row["file"]) for row in self.state.rows("SELECT * FROM segment ORDER BY starts_at")]

    def clip(self) -> bytes:
        row = self.state.row("SELECT * FROM clip")
        assert row is not None
        with unsealed(self.home.spool / row["file"], self.home) as content:
            data = content.read()
        assert len(data) == row["size"]
        return data


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "hub")
    yield made
    made.state.close()


def record(shelf: Shelf, name: str, camera: CameraSettings, *, moves: Callable[[float], bool]) -> None:
    """Record a film; `moves` says of each second whether an event goes on."""
    with film(FOOTAGE / name) as feed:
        recorder, on, at = shelf.recorder(camera, feed.streams), False, NOON
        for arrival in feed:
            recorder.take(arrival)
            at = arrival.at
            if moves((at - NOON).total_seconds()) != on and (not on or arrival.is_key):
                on = not on
                (recorder.begin_event if on else recorder.end_event)("motion", at)
        recorder.close(at)


@pytest.mark.parametrize("name", FILMS)
def test_a_buffer_holds_every_picture_of_the_camera(shelf: Shelf, name: str) -> None:
    record(shelf, name, replace(STREET, keep_days=1), moves=lambda _: False)
    kept = [picture for segment in shelf.segments() for picture in pictures(segment)]
    assert kept == pictures((FOOTAGE / name).read_bytes())
    assert len(shelf.segments()) > 1


def test_the_end_of_an_event_costs_the_buffer_no_picture(shelf: Shelf) -> None:
    record(shelf, "whole-street.mp4", replace(STREET, keep_days=1), moves=lambda second: 8 < second < 14)
    kept = [picture for segment in shelf.segments() for picture in pictures(segment)]
    assert kept == pictures((FOOTAGE / "whole-street.mp4").read_bytes())


def test_each_segment_plays_by_itself(shelf: Shelf) -> None:
    record(shelf, "whole-street.mp4", replace(STREET, keep_days=1), moves=lambda _: False)
    for segment in shelf.segments():
        with av.open(io.BytesIO(segment), "r") as container:
            first = next(container.decode(video=0))
            assert (first.pts, first.key_frame) == (0, True)


def test_without_an_event_nothing_is_kept(shelf: Shelf) -> None:
    record(shelf, "whole-street.mp4", STREET, moves=lambda _: False)
    assert shelf.segments() == []
    assert [path for path in shelf.home.recordings.rglob("*") if path.is_file()] == []


def test_a_clip_begins_before_its_cause(shelf: Shelf) -> None:
    record(shelf, "whole-street.mp4", STREET, moves=lambda second: 8 < second < 14)
    shelf.pack()
    row = shelf.state.row("SELECT * FROM clip")
    assert row is not None
    cause = (NOON + timedelta(seconds=8)).timestamp()
    assert cause - 6 < row["starts_at"] <= cause - 3
    assert row["starts_at"] * 1000 + row["duration_ms"] >= (cause + 6) * 1000


def test_a_clip_is_the_cameras_own_bitstream_without_a_seam(shelf: Shelf) -> None:
    record(shelf, "whole-street.mp4", replace(STREET, before_s=30), moves=lambda second: second > 20)
    shelf.pack()
    assert pictures(shelf.clip()) == pictures((FOOTAGE / "whole-street.mp4").read_bytes())
    with av.open(io.BytesIO(shelf.clip()), "r") as joined, av.open(str(FOOTAGE / "whole-street.mp4")) as film_:
        times = [packet.pts * packet.time_base for packet in joined.demux(video=0) if packet.size]
        wanted = [packet.pts * packet.time_base for packet in film_.demux(video=0) if packet.size]
    assert max(abs(mine - its) for mine, its in zip(times, wanted, strict=True)) < 0.0001


def test_a_clip_tells_how_far_its_camera_drifted(shelf: Shelf) -> None:
    """Of the last segment, the packet that waited least; a camera without a time of its own tells nothing."""
    with film(FOOTAGE / "whole-street.mp4") as feed:
        recorder = shelf.recorder(STREET, feed.streams)
        for arrival in feed:
            seconds = (arrival.at - NOON).total_seconds()
            waited = 0.0 if arrival.is_key else 0.4
            recorder.take(replace(arrival, drift_s=seconds / 100 + waited))
            if arrival.at == NOON:
                recorder.begin_event("motion", arrival.at)
        recorder.close(arrival.at)
    shelf.pack()
    [clip] = shelf.state.rows("SELECT * FROM clip")
    [*_, last] = shelf.state.rows("SELECT * FROM segment ORDER BY starts_at")
    assert clip["drift_ms"] == last["drift_ms"]
    assert 0 < clip["drift_ms"] <= 10 * (last["ends_at"] - NOON.timestamp())
    record(shelf, "whole-street.mp4", STREET, moves=lambda second: second > 1)
    shelf.pack()
    assert shelf.state.rows("SELECT * FROM clip ORDER BY event")[-1]["drift_ms"] is None


def test_what_was_packed_is_not_packed_again(shelf: Shelf) -> None:
    record(shelf, "whole-street.mp4", STREET, moves=lambda second: 8 < second < 14)
    shelf.pack()
    before = shelf.clip()
    shelf.pack()
    assert shelf.clip() == before
    assert len(shelf.state.rows("SELECT * FROM clip")) == 1


def test_a_long_event_becomes_several_clips(shelf: Shelf) -> None:
    record(shelf, "whole-street.mp4", replace(STREET, longest_s=10), moves=lambda second: second > 1)
    shelf.pack()
    lengths = [row["duration_ms"] for row in shelf.state.rows("SELECT * FROM clip")]
    assert len(lengths) > 1
    assert max(lengths) < 16_000


def test_nothing_lies_on_the_disk_unsealed(shelf: Shelf) -> None:
    record(shelf, "whole-street.mp4", replace(STREET, keep_days=1), moves=lambda second: 8 < second < 14)
    shelf.pack()
    picture = pictures((FOOTAGE / "whole-street.mp4").read_bytes())[0][1000:1064]
    files = [path for path in shelf.home.folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".age" for path in files)
    assert not [path for path in files if picture in path.read_bytes()]
    first = min(shelf.home.recordings.rglob("*.age"))
    assert picture in pyrage.decrypt(first.read_bytes(), [shelf.home.key])


def test_others_on_this_computer_can_read_none_of_it(shelf: Shelf) -> None:
    record(shelf, "whole-street.mp4", replace(STREET, keep_days=1), moves=lambda second: 8 < second < 14)
    shelf.pack()
    assert shelf.home.key
    assert [path for path in shelf.home.folder.rglob("*") if path.stat().st_mode & 0o077] == []


def test_a_picture_that_came_in_two_pieces_is_kept_as_one(shelf: Shelf) -> None:
    name = "whole-street.mp4"
    with film(FOOTAGE / name) as feed:
        recorder, at = shelf.recorder(replace(STREET, keep_days=1), feed.streams), NOON
        for number, arrival in enumerate(feed):
            for piece in _pieces(arrival) if number % 7 == 3 else [arrival]:
                recorder.take(piece)
            at = arrival.at
        recorder.close(at)
    assert [picture for segment in shelf.segments() for picture in pictures(segment)] == pictures(
        (FOOTAGE / name).read_bytes()
    )


def _pieces(arrival: Arrival) -> list[Arrival]:
    data = bytes(arrival.packet)
    made = []
    for piece in (data[: len(data) // 2], data[len(data) // 2 :]):
        packet: av.Packet = av.Packet(piece)  # type: ignore[type-arg]
        packet.time_base, packet.duration = arrival.packet.time_base, arrival.packet.duration
        packet.stream = arrival.packet.stream
        packet.is_keyframe = arrival.packet.is_keyframe and not made
        made.append(replace(arrival, packet=packet))
    return made


def test_a_camera_whose_time_goes_back_costs_some_pictures_and_no_event(shelf: Shelf) -> None:
    with film(FOOTAGE / "whole-street.mp4") as feed:
        recorder, at = shelf.recorder(replace(STREET, keep_days=1), feed.streams), NOON
        for number, arrival in enumerate(feed):
            back = 3 * (arrival.packet.duration or 0) if number in {14, 15} else 0
            recorder.take(replace(arrival, dts=arrival.dts - back, pts=arrival.pts - back))
            at = arrival.at
        recorder.close(at)
    kept = [picture for segment in shelf.segments() for picture in pictures(segment)]
    assert len(kept) == len(pictures((FOOTAGE / "whole-street.mp4").read_bytes())) - 2


@pytest.mark.parametrize(("pts", "dts"), [(-3000, 0), (0, -90_000), (-90_000, -90_000)])
def test_a_camera_whose_time_stumbles_is_recorded_on(shelf: Shelf, pts: int, dts: int) -> None:
    """One picture that is due before it is decoded, or whose time stands still or goes back, ends no recording."""
    with film(FOOTAGE / "whole-street.mp4") as feed:
        recorder = shelf.recorder(replace(STREET, keep_days=1), feed.streams)
        for number, arrival in enumerate(feed):
            stumbles = number == 5
            shift = (pts, dts) if stumbles else (0, 0)
            recorder.take(replace(arrival, pts=arrival.pts + shift[0], dts=arrival.dts + shift[1]))
        recorder.close(arrival.at)
    assert sum(len(pictures(segment)) for segment in shelf.segments()) >= 249


def test_segments_that_overlap_are_joined_whole(shelf: Shelf) -> None:
    """As where a film begins anew, or a camera's time goes back a little between two segments."""
    record(shelf, "whole-street.mp4", replace(STREET, keep_days=1), moves=lambda second: False)
    shelf.state.do("UPDATE segment SET position_us = position_us - 200000 * (id - 1)")
    rows = shelf.state.rows("SELECT * FROM segment ORDER BY position_us")
    assert pictures(Joined(shelf.store, rows).read()) == [
        each for data in shelf.segments() for each in pictures(data)
    ]


def test_what_a_sub_stream_shows_late_is_recorded_from_before_it_all_the_same(shelf: Shelf) -> None:
    camera = replace(STREET, sub="street-sub.mp4", before_s=2.0)
    with film(FOOTAGE / "whole-street.mp4") as feed:
        recorder = shelf.recorder(camera, feed.streams)
        for arrival in feed:
            recorder.take(arrival)
            at = arrival.at - timedelta(seconds=LONGEST_S)
            if arrival.is_key and (arrival.at - NOON).total_seconds() >= 8.0:
                recorder.begin_event("motion", at)
                break
        recorder.close(arrival.at)
    first = shelf.state.row("SELECT MIN(starts_at) AS at FROM segment")
    assert first is not None
    assert first["at"] <= at.timestamp() - camera.before_s
