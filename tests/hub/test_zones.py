"""Zones, sensitivity and the shortest movement are the owner's to say, and the watch does as they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from goodfences.demo.recording import FOOTAGE
from goodfences_hub import editing, settings
from goodfences_hub.errors import HubError
from goodfences_hub.outlines import inside
from goodfences_hub.settings import CameraSettings, Outline
from goodfences_hub.watching.watch import Began, Watch
from tests.hub.films import film

CAMERA = CameraSettings("road", "demo", "x")
PAVEMENT: Outline = ((0.0, 0.7), (0.9, 0.7), (0.9, 1.0), (0.0, 1.0))
WALLS: Outline = ((0.0, 0.0), (0.85, 0.0), (0.85, 0.55), (0.0, 0.55))


def begun(camera: CameraSettings, name: str = "side-road") -> list[Began]:
    """The events that the watch begins in a film of people who walk along the lower third of the picture."""
    with film(FOOTAGE / f"{name}.mp4") as feed:
        watch = Watch(feed.video, camera)
        return [change for arrival in feed for change in watch.see(arrival) if isinstance(change, Began)]


def test_who_walks_in_a_zone_begins_an_event() -> None:
    assert begun(replace(CAMERA, zones=(WALLS, PAVEMENT)))


def test_who_walks_outside_every_zone_begins_none() -> None:
    assert begun(replace(CAMERA, zones=(WALLS,))) == []


def test_movement_that_is_shorter_than_the_owner_asks_begins_none() -> None:
    whole = begun(CAMERA)
    patient = begun(replace(CAMERA, least_s=3))
    assert whole and patient
    assert begun(replace(CAMERA, least_s=30)) == []


def test_an_outline_is_what_it_surrounds() -> None:
    left = inside([((0, 0), (0.5, 0), (0.5, 1), (0, 1))], 8, 4)
    assert np.array_equal(left, np.tile([True] * 4 + [False] * 4, (4, 1)))
    wedge = inside([((0, 0), (1, 0), (0, 1))], 4, 4)
    assert wedge.sum(axis=1).tolist() == [3, 2, 1, 0]


def test_two_outlines_are_both_meant() -> None:
    both = inside([((0, 0), (1, 0), (1, 0.5), (0, 0.5)), ((0, 0.25), (1, 0.25), (1, 1), (0, 1))], 4, 8)
    assert both.all()


def test_zones_and_masks_are_read_back_and_the_owners_words_stay(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    editing.add_camera(path, CAMERA)
    path.write_text(path.read_text().replace("sensitivity =", "# the cat sets it off\nsensitivity ="))
    editing.set_camera(path, "road", zones=(PAVEMENT,), masks=(WALLS,), name="Side road", sensitivity="low")
    read = settings.load(path).camera("road")
    assert read == replace(CAMERA, zones=(PAVEMENT,), masks=(WALLS,), name="Side road", sensitivity="low")
    assert "# the cat sets it off" in path.read_text()
    assert path.read_text().count("# low, normal or high") == 1


def test_a_hub_toml_from_before_takes_new_settings_with_what_they_mean(tmp_path: Path) -> None:
    path = tmp_path / "hub.toml"
    path.write_text('[[camera]]\nkey = "road"\nsource = "demo"\nurl = "x"\n')
    editing.set_camera(path, "road", zones=(PAVEMENT,), least_s=2.0)
    assert settings.load(path).camera("road") == replace(CAMERA, zones=(PAVEMENT,), least_s=2.0)
    assert "parts of the picture that are watched" in path.read_text()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("zones = 1", "zones is a list of at most 12 outlines"),
        (f"zones = {[[[0, 0], [1, 0], [1, 1]]] * 13}", "zones is a list of at most 12 outlines"),
        ("masks = [[[0, 0], [1, 0]]]", "masks, outline 1 has 3 to 32 corners"),
        ("masks = [[[0, 0], [1, 0], [1.5, 1]]]", "masks, outline 1: a corner is"),
        ("masks = [[[0, 0], [1, 0], [true, 1]]]", "masks, outline 1: a corner is"),
        ("masks = [[[0, 0], [1, 0], [nan, 1]]]", "masks, outline 1: a corner is"),
        ("least_s = 31", "least_s is between 0 and 30"),
        (f'name = "{"x" * 61}"', "name has at most 60 characters"),
        ('name = "a\\u202eb"', "name has at most 60 characters, all of which can be seen"),
    ],
)
def test_a_wrong_outline_is_named_with_its_limit(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "hub.toml"
    path.write_text(f'[[camera]]\nkey = "road"\nsource = "demo"\nurl = "x"\n{line}\n')
    with pytest.raises(HubError) as caught:
        settings.load(path)
    assert said in str(caught.value)
