"""The films of `bench hub`: labels that hold, and pictures that show what the labels say."""

from __future__ import annotations

import itertools
from dataclasses import replace

import av
import numpy as np
import pytest

from goodfences.bench.street import filming, plan
from goodfences.bench.street.filming import Shooting, _Passing
from goodfences.bench.street.plan import LEAD_S, REST_S, TEST, TUNING, Film, Part, Place
from goodfences.bench.street.walkers import walkers
from goodfences.demo.recording import FOOTAGE

SECONDS = 240.0
SMALL = Part("small", (0, 110), (0, 40), (Film("street", Place("footpath.mp4"), noise=2.0),), seed=3)


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """The repository's own street clips under the names of the material: real people, a real place."""
    folder = tmp_path_factory.mktemp("material")
    for name, clip in (
        ("vtest.avi", "whole-street"),
        ("tree.avi", "crossing"),
        ("footpath.mp4", "footpath"),
    ):
        (folder / name).symlink_to(FOOTAGE / f"{clip}.mp4")
    return folder


@pytest.fixture(scope="module")
def people(material):
    return walkers(material / "vtest.avi", *SMALL.walkers)


def planned(part, film, seconds=SECONDS):
    rng = np.random.default_rng([part.seed, part.films.index(film)])
    return list(plan.walks(film, seconds, [40, 60], [2.0, 3.0], rng))


def test_people_of_a_real_street_are_cut_out(people):
    assert people
    for person in people:
        assert len(person.steps) >= 20
        share = [float((step.cover > 0.5).mean()) for step in person.steps]
        assert min(share) > 0.1
        assert max(share) < 0.9
        moves = [np.hypot(*np.subtract(one.center, two.center)) for one, two in itertools.pairwise(person.steps)]
        assert max(moves) <= 14


def test_a_mirrored_walker_goes_the_other_way(people):
    there = people[0].steps[-1].center[0] - people[0].steps[0].center[0]
    back = people[0].mirrored().steps
    assert back[-1].center[0] - back[0].center[0] == pytest.approx(-there)


@pytest.mark.parametrize("part", [TEST, TUNING], ids=lambda part: part.name)
def test_labels_are_at_least_sixty_of_all_kinds_apart_from_each_other(part):
    every = [planned(part, film) for film in part.films]
    assert sum(len(walks) for walks in every) >= 60
    assert {walk.kind for walks in every for walk in walks} == {kind.name for kind in plan.KINDS}
    for walks in every:
        assert walks[0].starts_s >= LEAD_S
        assert all(two.starts_s - one.ends_s >= REST_S[0] - 0.1 for one, two in itertools.pairwise(walks))


def test_no_lamp_is_switched_while_somebody_walks():
    film = next(film for film in TEST.films if film.lamps)
    lamps = plan.lamps_of(film, SECONDS)
    assert len(lamps) == 2 * len(film.lamps)
    for walk in planned(TEST, film):
        assert not any(walk.starts_s - 2.9 < lamp.at < walk.ends_s + 2.9 for lamp in lamps)


def test_tuning_and_test_share_no_place_no_walker_and_no_leaf():
    places = [{film.place.photograph for film in part.films} for part in (TEST, TUNING)]
    assert not places[0] & places[1]
    assert TEST.walkers[1] <= TUNING.walkers[0]
    assert TEST.leaves[1] <= TUNING.leaves[0]


def test_the_same_seed_gives_the_same_labels():
    assert planned(TEST, TEST.films[0]) == planned(TEST, TEST.films[0])
    assert planned(TEST, TEST.films[0]) != planned(replace(TEST, seed=1), TEST.films[0])


def luma(frame):
    return frame.to_ndarray()[: plan.HEIGHT].astype(int)


def shooting(material, people, film, lamps=()):
    rng = np.random.default_rng(5)
    walks = list(plan.walks(film, 60, [len(each.steps) for each in people], [each.travel for each in people], rng))
    passing = [_Passing(walk, people[walk.walker]) for walk in walks]
    return Shooting(film, list(lamps), passing, material, SMALL, rng), walks


def test_somebody_is_in_the_picture_exactly_while_the_label_says_so(material, people):
    made, (walk, *_) = shooting(material, people, SMALL.films[0])
    first, last = round(walk.starts_s * plan.RATE), round(walk.ends_s * plan.RATE) - 1
    empty = luma(made.picture(0))
    changed = {
        count: int((np.abs(luma(made.picture(count)) - empty) > 25).sum())
        for count in (first - 1, (first + last) // 2, last + 1)
    }
    assert changed[first - 1] == changed[last + 1] == 0
    assert changed[(first + last) // 2] > 0.1 * walk.height**2 * 0.3


def test_a_lamp_lights_its_own_side(material, people):
    lamps = [plan.Lamp(1.0, 2.0, 0.2), plan.Lamp(2.0, 2.0, 0.2)]
    made, _ = shooting(material, people, replace(SMALL.films[0], light=0.4), lamps)
    brighter = luma(made.picture(15)).mean(axis=0) - luma(made.picture(5)).mean(axis=0)
    assert brighter[300:450].mean() > 10 * abs(brighter[1500:].mean())
    assert abs(luma(made.picture(25)).mean() - luma(made.picture(5)).mean()) < 0.5


def test_leaves_move(material, people):
    made, _ = shooting(material, people, replace(SMALL.films[0], leaves=True))
    moved = np.abs(luma(made.picture(12)) - luma(made.picture(0))) > 25
    assert moved[:360, 1440:].mean() > 0.01 > moved[400:].mean()


def test_a_film_is_coded_as_cameras_do_and_made_once(material, tmp_path):
    (made,) = filming.films(SMALL, material, tmp_path, 0.05)
    for path, size in ((made.main, (1920, 1080)), (made.sub, (640, 360))):
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            assert (video.codec_context.width, video.codec_context.height, video.codec_context.name) == (
                *size,
                "h264",
            )
            packets = [packet for packet in container.demux(video) if packet.size]
        assert len(packets) == 30
        assert [count for count, packet in enumerate(packets) if packet.is_keyframe] == [0, 20]
    before = made.main.stat().st_mtime_ns
    assert list(filming.films(SMALL, material, tmp_path, 0.05)) == [made]
    assert made.main.stat().st_mtime_ns == before
    (other,) = filming.films(replace(SMALL, seed=4), material, tmp_path, 0.05)
    assert other.main != made.main
