"""What an owner masked is black in every picture that leaves the home, and whole at home."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

from goodfences.demo.recording import FOOTAGE
from goodfences_hub.errors import HubError
from goodfences_hub.home import Home
from goodfences_hub.recording.joining import Joined
from goodfences_hub.recording.masking import Masked
from goodfences_hub.recording.packing import Packer
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.running import TOKEN, Hub
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.sharing import record, signing
from goodfences_hub.sharing.asks import MOMENTS, Ask
from goodfences_hub.sharing.desk import Desk
from goodfences_hub.sharing.record import Request
from goodfences_hub.state import State
from goodfences_hub.uploading.files import unsealed
from goodfences_hub.uploading.network import Network
from tests.hub.buffers import fill
from tests.hub.films import NOON, pictures
from tests.hub.households import household
from tests.hub.wire import Wire
from tests.instance import Instance, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hub")]

MASK = ((0.2516, 0.3), (0.75, 0.3), (0.75, 0.8), (0.2516, 0.8))
CORNER = ((0.0, 0.0), (0.2, 0.0), (0.0, 0.3))
CAMERA = CameraSettings("street", "demo", "x", upload_as="street", keep_days=1, masks=(MASK, CORNER))
Picture = npt.NDArray[np.uint8]


def seen(data: bytes) -> list[Picture]:
    """The brightness of every picture of a file, decoded."""
    with av.open(io.BytesIO(data), "r") as container:
        return [
            frame.reformat(format="yuv420p").to_ndarray()[: frame.height].astype(np.uint8)
            for frame in container.decode(video=0)
        ]


def behind(picture: Picture) -> Picture:
    """What lies behind the mask, to its very edge."""
    height, width = picture.shape
    return picture[round(height * 0.3) : round(height * 0.8), round(width * 0.2516) : round(width * 0.75)]


def beside(picture: Picture) -> Picture:
    """A strip that no mask touches."""
    height, width = picture.shape
    return picture[round(height * 0.85) :, round(width * 0.1) :]


def loss(one: Picture, other: Picture) -> float:
    """Peak signal-to-noise ratio, in dB."""
    return float(10 * np.log10(255**2 / max(1e-9, np.mean((one.astype(float) - other.astype(float)) ** 2))))


def check(masked: bytes, whole: bytes) -> None:
    """Black in every picture, close to the recording elsewhere, and not a picture more or less."""
    made, had = seen(masked), seen(whole)
    assert len(made) == len(had) > 20
    for now, before in zip(made, had, strict=True):
        assert behind(now).max() <= 32  # black is 16; the edge of a coded block rings by a few steps
        assert behind(now).mean() < 17.5
        assert now[2, 2] <= 24
        assert loss(beside(now), beside(before)) > 34
    assert np.mean([behind(before).mean() for before in had]) > 60


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "hub")


def whole_and_masked(home: Home, film: Path, seconds: float) -> tuple[bytes, bytes, Joined, Joined]:
    fill(home, CAMERA, film, NOON, seconds)
    state = State(home.state)
    store = SegmentStore(home, state)
    rows = state.rows("SELECT * FROM segment ORDER BY position_us")
    assert len(rows) > 1
    readers = [Joined(store, rows), Masked(store, rows, CAMERA.masks)]
    data = [io.BufferedReader(reader).read() for reader in readers]
    state.close()
    return data[0], data[1], readers[0], readers[1]


@pytest.mark.parametrize("name", ["whole-street", "crossing-hd", "corner"])
def test_every_picture_is_black_behind_the_masks_and_like_the_recording_elsewhere(home: Home, name: str) -> None:
    whole, masked, as_it_was, made = whole_and_masked(home, FOOTAGE / f"{name}.mp4", 11)
    check(masked, whole)
    assert made.duration_ms == as_it_was.duration_ms
    assert times(masked) == times(whole)
    assert sounds(masked) == sounds(whole)


def test_h265_is_masked_too(home: Home, tmp_path: Path) -> None:
    film = tmp_path / "h265.mp4"
    with av.open(str(FOOTAGE / "whole-street.mp4")) as source, av.open(str(film), "w") as target:
        out = target.add_stream(
            "libx265", rate=10, options={"preset": "ultrafast", "x265-params": "keyint=20:log-level=0"}
        )
        out.width, out.height, out.pix_fmt = 640, 360, "yuv420p"
        for number, frame in enumerate(source.decode(video=0)):
            if number < 100:
                frame.pict_type = av.video.frame.PictureType.NONE
                target.mux(out.encode(frame))
        target.mux(out.encode(None))
    whole, masked, *_ = whole_and_masked(home, film, 9)
    check(masked, whole)


def test_no_picture_is_lost_where_segments_overlap(home: Home) -> None:
    """As where a film begins anew, or a camera's time goes back a little between two segments."""
    fill(home, CAMERA, FOOTAGE / "whole-street.mp4", NOON, 20)
    state = State(home.state)
    state.do("UPDATE segment SET position_us = position_us - 200000 * (id - 1)")
    rows = state.rows("SELECT * FROM segment ORDER BY position_us")
    store = SegmentStore(home, state)
    whole, masked = (
        io.BufferedReader(made).read() for made in (Joined(store, rows), Masked(store, rows, CAMERA.masks))
    )
    state.close()
    check(masked, whole)


def test_a_damaged_recording_lets_nothing_through(home: Home) -> None:
    fill(home, CAMERA, FOOTAGE / "whole-street.mp4", NOON, 9)
    state = State(home.state)
    rows = state.rows("SELECT * FROM segment ORDER BY position_us")

    class Damaged(SegmentStore):
        def open(self, file: str) -> bytes:
            data = bytearray(super().open(file))
            noise = np.random.default_rng(3).integers(len(data) // 4, len(data), 400)
            for at in noise:
                data[at] ^= 0xFF
            return bytes(data)

    try:
        masked = io.BufferedReader(Masked(Damaged(home, state), rows, CAMERA.masks)).read()
    except (av.FFmpegError, ValueError):
        return
    finally:
        state.close()
    assert all(behind(picture).max() <= 32 for picture in seen(masked))


def times(data: bytes) -> list[float]:
    """When each picture is shown, in milliseconds."""
    with av.open(io.BytesIO(data), "r") as container:
        return sorted(
            round(float(packet.pts * packet.time_base), 3)
            for packet in container.demux(video=0)
            if packet.pts is not None
        )


def sounds(data: bytes) -> list[bytes]:
    with av.open(io.BytesIO(data), "r") as container:
        return [bytes(packet) for packet in container.demux() if packet.stream.type == "audio" and packet.size]


# Cuts: what an owner shares


def asked(*cameras: CameraSettings) -> Ask:
    minutes = timedelta(minutes=1)
    words = dict.fromkeys(Request.__annotations__, "x")
    request = Request(**{**words, "starts_at": NOON - minutes, "ends_at": NOON + minutes})  # type: ignore[arg-type]
    return Ask("ask-ref", request, cameras, "waiting", "", "")


@pytest.fixture
def desk(home: Home) -> Iterator[Desk]:
    from goodfences_hub.clock import Clock

    fill(home, CAMERA, FOOTAGE / "whole-street.mp4", NOON, 20)
    state = State(home.state)
    state.do("INSERT INTO ask (ref, request, cameras, told_at, state) VALUES ('ask-ref', '{}', '[]', 0, 'waiting')")
    yield Desk(home, state, SegmentStore(home, state), Settings(cameras=(CAMERA,)), Clock())
    state.close()


def test_a_cut_is_masked_and_the_recording_stays_whole(home: Home, desk: Desk) -> None:
    seconds = timedelta(seconds=5)
    desk.cutter.begin(asked(CAMERA), CAMERA, NOON + seconds, NOON + 2 * seconds, audio=False).result(60)
    bare = replace(CAMERA, masks=())
    [masked] = desk.cutter.of("ask-ref")
    with unsealed(home.spool / masked.file, home) as content:
        black = content.read()
    desk.cutter.begin(asked(bare), bare, NOON + seconds, NOON + 2 * seconds, audio=False).result(60)
    [whole] = desk.cutter.of("ask-ref")
    with unsealed(home.spool / whole.file, home) as content:
        as_it_was = content.read()
    check(black, as_it_was)
    assert set(pictures(as_it_was)) <= set(pictures((FOOTAGE / "whole-street.mp4").read_bytes()))
    assert (masked.starts_at, masked.duration_ms) == (whole.starts_at, whole.duration_ms)


def test_a_hub_that_stops_in_the_middle_of_a_cut_leaves_it_without_a_complaint(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.cutter.begin(asked(CAMERA), CAMERA, NOON, NOON + timedelta(seconds=3), audio=False)
    [cutting] = [thread for thread in threading.enumerate() if thread.name == "cut"]
    desk.cutter.stop()
    desk.asks._state.close()
    cutting.join(60)
    assert not cutting.is_alive()
    assert caplog.records == []


def test_the_page_shows_exactly_the_masked_file(home: Home) -> None:
    then = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
    moments = {"starts_at": then - timedelta(minutes=5), "ends_at": then + timedelta(minutes=5)}
    fields = {**asdict(asked().request), **dict.fromkeys(MOMENTS, then), **moments}
    fill(home, CAMERA, FOOTAGE / "whole-street.mp4", then, 20)
    with household(home.folder, replace(CAMERA, source="rtsp", url="rtsp://127.0.0.1:9/x")) as house:
        house.hub.state.do(
            "INSERT INTO ask (ref, request, cameras, told_at, state) VALUES ('ask-ref', ?, ?, 0, 'waiting')",
            (json.dumps(fields, default=datetime.isoformat), '["street"]'),
        )
        local = [(then + timedelta(seconds=at)).astimezone().replace(tzinfo=None).isoformat() for at in (5, 10)]
        shown = house.post("/requests/ask-ref/choose", camera="street", starts_at=local[0], ends_at=local[1])
        assert "coded anew with what you masked black in every picture" in shown.text
        [cut] = house.hub.state.rows("SELECT * FROM cut")
        data = house.get(f"/requests/ask-ref/cuts/{cut['id']}.mp4").content
        assert hashlib.sha256(data).hexdigest() == cut["sha256"]
        assert all(behind(picture).max() <= 32 for picture in seen(data))
        as_before = {"keep_days": "1", "keep_gb": "50", "least_s": "0", "sensitivity": "normal"}
        house.post("/cameras/street/settings", **as_before, masks="")
        told = house.post("/requests/ask-ref/share", sha256=cut["sha256"])
        assert told.status_code == 422
        assert "You changed what stays black" in told.text


def test_what_was_cut_before_a_mask_was_drawn_is_not_shared(desk: Desk) -> None:
    bare = replace(CAMERA, masks=())
    desk.cutter.begin(asked(bare), bare, NOON, NOON + timedelta(seconds=3), audio=False).result(60)
    with pytest.raises(HubError, match="You changed what stays black"):
        desk.answers.share(asked(CAMERA), desk.cutter.of("ask-ref"))


def test_a_clip_that_can_not_be_masked_holds_up_no_other(home: Home) -> None:
    fill(home, CAMERA, FOOTAGE / "whole-street.mp4", NOON, 20)
    state = State(home.state)

    class Torn(SegmentStore):
        def open(self, file: str) -> bytes:
            data = super().open(file)
            return data if file != first else data[: len(data) // 8]

    first = state.rows("SELECT file FROM segment ORDER BY position_us")[0]["file"]
    for begins, ends in ((0, 3), (12, 15)):
        span = ((NOON + timedelta(seconds=at)).timestamp() for at in (begins, ends))
        state.do(
            "INSERT INTO event (camera, session, kind, starts_at, ends_at)"
            " VALUES ('street', 'of-the-past', 'motion', ?, ?)",
            tuple(span),
        )
    packer = Packer(home, state, Torn(home, state), Settings(cameras=(CAMERA,)))
    assert (packer.run_due(), packer.run_due()) == (1, 0)
    state.close()


# Clips: what an owner uploads


def test_what_reaches_the_network_is_masked(network: Instance, tmp_path: Path) -> None:
    home = Home(tmp_path / "hub")
    with Wire(network.url) as wire:
        paired = Network(wire.url).pair(network.run("tests.hub.town", "code"), "Shelf", signing.public_key(home))
        state = State(home.state)
        record.pin(state, paired["ledger_key"])
        state.remember(TOKEN, paired["token"])
        state.close()
        [there] = [each for each in Network(wire.url, paired["token"]).cameras() if each["name"] == "Street"]
        camera = CameraSettings(
            "street", "demo", str(FOOTAGE / "whole-street.mp4"), upload_as=there["ref"], masks=(MASK,), longest_s=10
        )
        hub = Hub(home, Settings(server=wire.url, cameras=(camera,), page_port=0))
        begun = datetime.now(UTC).timestamp()
        hub.start()
        try:
            clip = wait_until(lambda: _checked(network, begun - 15), "a clip", seconds=90)
        finally:
            hub.stop()
    assert clip["refusal"] == ""
    clips = [data for data in wire.footage().split(b"\0\0\0\x1cftyp") if data]
    assert clips
    for data in clips:
        shown = seen(b"\0\0\0\x1cftyp" + data)
        assert len(shown) > 30
        assert all(behind(picture).max() <= 32 and behind(picture).mean() < 17.5 for picture in shown)
        assert beside(shown[0]).std() > 10


def _checked(network: Instance, since: float) -> dict[str, Any] | None:
    clips = [clip for clip in network.run("tests.hub.town", "clips") if clip["starts_at"] > since]
    return next((clip for clip in clips if clip["checked"] or clip["refusal"]), None)
