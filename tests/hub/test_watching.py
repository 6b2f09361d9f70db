"""The watch finds people who walk by, and stays calm where nothing moves, whatever the light does."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from goodfences.demo.recording import FOOTAGE
from goodfences_hub.settings import CameraSettings
from goodfences_hub.watching.background import SENSITIVITIES, Background, Luma
from goodfences_hub.watching.watch import Began, Ended, Watch
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


def test_an_event_ends_after_as_much_quiet_as_the_settings_say() -> None:
    from goodfences_hub.watching.watch import Mood

    with film(FOOTAGE / "whole-street.mp4") as feed:
        watch = Watch(feed.video, CameraSettings("street", "demo", "x", after_s=8))
        watch.mood = Mood.MOVING
        began = list(watch._go_on(NOON, True))
        still = list(watch._go_on(NOON + timedelta(seconds=7), False))
        over = list(watch._go_on(NOON + timedelta(seconds=8), False))
    assert (began, still) == ([], [])
    assert over == [Ended(NOON + timedelta(seconds=8))]
