"""The watch finds people who walk by, and stays calm where nothing moves, whatever the light does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from goodfences.demo.recording import FOOTAGE
from goodfences_hub.settings import CameraSettings
from goodfences_hub.watching import watch as watch_module
from goodfences_hub.watching.background import SENSITIVITIES, Background, Luma
from goodfences_hub.watching.watch import Began, Ended, Mood, Watch
from tests.footage import make_video
from tests.hub.films import NOON, film

SHAPE = (180, 320)


def scene(rng: np.random.Generator, *, noise: float = 3.0, light: float = 1.0, thing: int | None = None) -> Luma:
    """A street with a fence and a wall in sensor noise; `thing` puts a walker of 8 by 16 pixels at that column."""
    columns = np.linspace(40, 180, SHAPE[1], dtype=np.float32)
    picture = np.tile(columns, (SHAPE[0], 1))
    picture[120:] -= 30
    picture[:, ::40] += 25
    if thing is not None:
        picture[100:116, thing : thing + 8] = 20
    noisy = picture * light + rng.normal(0, noise, SHAPE)
    return np.clip(noisy, 0, 255).astype(np.uint8)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def background(rng: np.random.Generator) -> Background:
    learned = Background(SHAPE, SENSITIVITIES["normal"])
    for _ in range(12):
        learned.compare(scene(rng))
    return learned


@pytest.mark.parametrize("noise", [1, 3, 6])
def test_noise_is_not_movement(rng: np.random.Generator, noise: float) -> None:
    learned = Background(SHAPE, SENSITIVITIES["normal"])
    verdicts = [learned.compare(scene(rng, noise=noise)) for _ in range(80)]
    assert not any(verdict.moved for verdict in verdicts)


def test_a_small_walker_is(rng: np.random.Generator, background: Background) -> None:
    assert background.compare(scene(rng, thing=150)).moved


def test_slow_light_is_not(rng: np.random.Generator, background: Background) -> None:
    for step in range(60):
        assert not background.compare(scene(rng, light=1 - step * 0.008)).moved


def test_a_lamp_that_is_switched_is_not(rng: np.random.Generator, background: Background) -> None:
    for light in (1.6, 1.6, 1.6, 0.7, 0.7, 0.7):
        assert not background.compare(scene(rng, light=light)).moved


def test_who_walks_after_the_lamp_was_switched_is_seen(rng: np.random.Generator, background: Background) -> None:
    for _ in range(4):
        background.compare(scene(rng, light=1.6))
    assert background.compare(scene(rng, light=1.6, thing=90)).moved


def test_a_lamp_that_lights_one_side_is_not(rng: np.random.Generator) -> None:
    bricks = scene(rng, noise=0) * 0.6 + np.random.default_rng(1).normal(0, 10, SHAPE)
    lit = 1 + 0.9 * np.exp(-(((np.arange(SHAPE[1]) - 270) / 30) ** 2))

    def seen(light: float | np.ndarray, thing: int | None = None) -> Luma:  # type: ignore[type-arg]
        picture = bricks * light + rng.normal(0, 2, SHAPE)
        if thing is not None:
            picture[100:130, thing : thing + 12] = 10
        return np.clip(picture, 0, 255).astype(np.uint8)

    learned = Background(SHAPE, SENSITIVITIES["normal"])
    for light in (*[1.0] * 12, *[lit] * 3, *[1.0] * 3):
        assert not learned.compare(seen(light)).moved
    assert learned.compare(seen(1.0, thing=260)).moved
    assert learned.compare(seen(lit)).light


def test_in_the_dark_less_is_enough(rng: np.random.Generator) -> None:
    learned = Background(SHAPE, SENSITIVITIES["normal"])
    for _ in range(12):
        learned.compare(scene(rng, light=0.08, noise=1))
    assert learned.compare(scene(rng, light=0.08, noise=1, thing=250)).moved


def test_leaves_in_a_wind_that_rises_are_expected_to_move_after_a_while(
    rng: np.random.Generator, background: Background
) -> None:
    moved = []
    for _ in range(160):
        picture = scene(rng).astype(np.int16)
        picture[:40, 250:] += rng.integers(-12, 12, (10, 10)).repeat(4, axis=0).repeat(7, axis=1).astype(np.int16) * 3
        moved.append(background.compare(np.clip(picture, 0, 255).astype(np.uint8)).moved)
    assert any(moved[:10])
    assert sum(moved[80:]) <= 4
    assert background.compare(scene(rng, thing=100)).moved


def rain(rng: np.random.Generator, picture: Luma, drops: int) -> Luma:
    """Slanting streaks, elsewhere in each picture, of a pixel's width: as they are when 1080p was made this small."""
    wet = picture.astype(np.float32)
    for _ in range(drops):
        top, left, length = rng.integers(0, SHAPE[0] - 16), rng.integers(4, SHAPE[1]), rng.integers(5, 16)
        steps = np.arange(length)
        wet[top + steps, left - steps // 4] += rng.uniform(5, 20)
    return np.clip(wet, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("light", [1.0, 0.15])
def test_rain_is_hardly_ever_movement_and_who_walks_in_it_is(rng: np.random.Generator, light: float) -> None:
    learned = Background(SHAPE, SENSITIVITIES["normal"])
    for _ in range(12):
        learned.compare(scene(rng, light=light))
    verdicts = [learned.compare(rain(rng, scene(rng, light=light), 150)).moved for _ in range(120)]
    assert sum(verdicts) <= 6  # and one picture alone begins no event
    walked = [learned.compare(rain(rng, scene(rng, light=light, thing=at), 30)).moved for at in (100, 150, 200, 250)]
    assert any(walked)


def infra_red(picture: Luma) -> Luma:
    """The same scene by the camera's own lamp: bright in the middle, dark at the edges, leaves as white as snow."""
    down, across = np.mgrid[-1 : 1 : SHAPE[0] * 1j, -1 : 1 : SHAPE[1] * 1j]
    lamp = np.exp(-(down**2 + across**2))
    lit = picture * 0.5 + 90 * lamp
    lit[:60, 220:] = 255 - picture[:60, 220:] * 0.4
    return np.clip(lit, 0, 255).astype(np.uint8)


def test_a_camera_that_switches_to_infra_red_and_back_sees_nothing_move(rng: np.random.Generator) -> None:
    learned = Background(SHAPE, SENSITIVITIES["normal"])
    for _ in range(12):
        learned.compare(scene(rng, light=0.3))
    black = np.full(SHAPE, 4, np.uint8)  # while the filter moves
    night = [infra_red(scene(rng, light=0.3, noise=3)) for _ in range(20)]
    day = [scene(rng, light=0.3) for _ in range(20)]
    verdicts = [learned.compare(picture) for picture in (black, *night, black, *day)]
    assert not any(verdict.moved for verdict in verdicts)
    assert verdicts[1].light
    assert learned.compare(scene(rng, light=0.3, thing=150)).moved


def test_what_is_outside_the_zone_is_not_looked_at(rng: np.random.Generator) -> None:
    zone = np.zeros(SHAPE, bool)
    zone[:, :100] = True
    learned = Background(SHAPE, SENSITIVITIES["normal"], zone)
    for _ in range(12):
        learned.compare(scene(rng))
    assert not learned.compare(scene(rng, thing=200)).moved
    assert learned.compare(scene(rng, thing=50)).moved


@pytest.mark.parametrize("name", ["whole-street", "crossing", "crossing-hd", "side-road", "corner"])
def test_people_in_a_real_street_begin_an_event(name: str) -> None:
    with film(FOOTAGE / f"{name}.mp4") as feed:
        watch = Watch(feed.video, CameraSettings("street", "demo", name))
        changes = [change for arrival in feed for change in watch.see(arrival)]
    assert isinstance(changes[0], Began)


@pytest.fixture(scope="module")
def hurried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody is in the picture for 0.9 s only, and gone 0.2 s after a key frame."""
    path = tmp_path_factory.mktemp("hurried") / "hurried.mp4"
    rng = np.random.default_rng(3)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(
            "libx264", rate=10, options={"preset": "ultrafast", "bf": "0", "sc_threshold": "0"}
        )
        stream.width, stream.height, stream.pix_fmt = SHAPE[1], SHAPE[0], "yuv420p"
        stream.codec_context.gop_size = 20
        for count in range(260):
            picture = scene(rng, noise=1, thing=100 + 12 * (count - 194) if 194 <= count < 203 else None)
            frame = av.VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_who_hurries_by_before_a_key_frame_begins_an_event(hurried: Path) -> None:
    with film(hurried) as feed:
        watch = Watch(feed.video, CameraSettings("street", "demo", "x"))
        changes = [change for arrival in feed for change in watch.see(arrival)]
    assert isinstance(changes[0], Began)
    assert 19.3 < (changes[0].at - NOON).total_seconds() < 20.1


def test_an_event_ends_after_as_much_quiet_as_the_settings_say() -> None:
    with film(FOOTAGE / "whole-street.mp4") as feed:
        watch = Watch(feed.video, CameraSettings("street", "demo", "x", after_s=8))
        watch.mood = Mood.MOVING
        began = list(watch._go_on(NOON, True))
        still = list(watch._go_on(NOON + timedelta(seconds=7), False))
        over = list(watch._go_on(NOON + timedelta(seconds=8), False))
    assert (began, still) == ([], [])
    assert over == [Ended(NOON + timedelta(seconds=8))]


def test_while_an_event_goes_on_few_pictures_are_decoded() -> None:
    decoded: list[object] = []

    class Counting(Watch):
        def _luma(self, frame: VideoFrame) -> Luma:
            decoded.append(frame)
            return super()._luma(frame)

    with film(FOOTAGE / "whole-street.mp4") as feed:
        watch = Counting(feed.video, CameraSettings("street", "demo", "x", after_s=60))
        watch.mood = Mood.MOVING
        keys = 0
        for arrival in feed:
            assert list(watch.see(arrival)) == []
            keys += arrival.is_key
    assert keys == 25
    assert 8 <= len(decoded) <= 9


def test_of_very_large_pictures_key_frames_alone_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "WHOLE_PIXELS", 100_000)
    with film(FOOTAGE / "whole-street.mp4") as feed:
        watch, began = Watch(feed.video, CameraSettings("street", "demo", "street.mp4")), []
        for arrival in feed:
            began += [change for change in watch.see(arrival) if isinstance(change, Began)]
            assert str(watch._context.skip_frame) == "NONKEY"
    assert began


@pytest.mark.parametrize(("width", "height", "looks"), [(4096, 2304, True), (4096, 2400, False)])
def test_a_stream_that_grows_too_large_is_not_looked_at(tmp_path: Path, width: int, height: int, looks: bool) -> None:
    """It says that its pictures are small, and sends large ones."""
    (tmp_path / "large.mp4").write_bytes(make_video(seconds=0.3, width=width, height=height))
    with film(FOOTAGE / "crossing.mp4") as small, film(tmp_path / "large.mp4") as large:
        watch = Watch(small.video, CameraSettings("street", "demo", "street.mp4"))
        watch._context.extradata = large.video.codec_context.extradata
        assert (watch._only(next(iter(large))) is not None) is looks
