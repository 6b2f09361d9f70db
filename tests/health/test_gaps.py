"""A missing hour never looks like a quiet one, for as long as clips of its day are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from goodfences import source
from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Camera, Device
from goodfences.health import actions, queries, tasks
from goodfences.health.models import Gap as Row
from goodfences.health.telling import CameraTold, Gap, Told
from goodfences.people.models import Account, Household
from tests.conftest import NOON

Tell = Callable[..., None]


def noon(**before: float) -> datetime:
    return NOON - timedelta(**before)


def span(row: Row) -> tuple[datetime, datetime | None, str]:
    return row.starts_at, row.ends_at, row.why


@pytest.fixture
def tell(olives_device: Device, street_camera: Camera, clock: source.SeededSource) -> Tell:
    """The hub tells these gaps of the street, by a clock that is `behind`."""

    def say(*gaps: tuple[datetime, datetime | None, str], behind: timedelta = timedelta(), seen: int = 0) -> None:
        now = source.now() - behind
        told = [Gap(start - behind, end and end - behind, why) for start, end, why in gaps]
        camera = CameraTold(street_camera.ref, True, now - timedelta(seconds=seen), told, [], [], 0)
        actions.keep(device=olives_device, told=Told("0.1.0", now, [camera]))

    return say


def test_a_gap_is_kept_when_it_is_no_longer_told(tell: Tell, clock: source.SeededSource) -> None:
    gap = (noon(hours=20), noon(hours=19), "camera")
    tell(gap)
    clock.advance(timedelta(hours=12))
    tell()
    assert [span(row) for row in Row.objects.all()] == [gap]


def test_one_that_goes_on_ends_when_it_is_told_to(tell: Tell, clock: source.SeededSource) -> None:
    tell((noon(hours=1), None, "camera"))
    clock.advance(timedelta(minutes=1))
    tell((noon(hours=1), None, "camera"))
    assert [span(row) for row in Row.objects.all()] == [(noon(hours=1), None, "camera")]
    clock.advance(timedelta(minutes=1))
    tell((noon(hours=1), noon(minutes=-2), "camera"))
    assert [span(row) for row in Row.objects.all()] == [(noon(hours=1), noon(minutes=-2), "camera")]


def test_one_whose_end_was_never_told_lasted_at_least_until_the_hub_fell_silent(
    tell: Tell, clock: source.SeededSource
) -> None:
    tell((noon(hours=1), None, "camera"))
    clock.advance(timedelta(days=3))
    tell()
    assert [span(row) for row in Row.objects.all()] == [(noon(hours=1), NOON, "camera")]


def test_a_wrong_clock_makes_no_second_gap_of_one(tell: Tell, clock: source.SeededSource) -> None:
    for drift in (0, 1, 2):
        tell((noon(hours=3), noon(hours=2), "hub"), behind=timedelta(hours=9, seconds=drift))
        clock.advance(timedelta(minutes=1))
    assert [span(row) for row in Row.objects.all()] == [(noon(hours=3), noon(hours=2), "hub")]


def test_gaps_close_together_stay_apart(tell: Tell, clock: source.SeededSource) -> None:
    flapping = [(noon(seconds=10 * n + 8), noon(seconds=10 * n), "camera") for n in range(20, 0, -1)]
    for _ in range(3):
        tell(*flapping)
        clock.advance(timedelta(minutes=1))
    assert [span(row) for row in Row.objects.order_by("starts_at")] == flapping


def test_the_same_beginning_twice_is_one(tell: Tell) -> None:
    tell((noon(hours=3), noon(hours=2), "hub"), (noon(hours=3), noon(hours=2), "camera"))
    assert Row.objects.count() == 1


def test_one_that_was_thought_over_and_is_told_again_breaks_nothing(tell: Tell, clock: source.SeededSource) -> None:
    tell((noon(hours=1), None, "camera"))
    clock.advance(timedelta(days=5))
    tell()
    tell((noon(hours=1), None, "camera"))
    assert Row.objects.count() == 1


def test_a_hub_that_makes_up_gaps_fills_no_table(
    tell: Tell, clock: source.SeededSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("goodfences.health.gaps.MOST_KEPT", 50)
    for n in range(3):
        tell(*[(noon(minutes=40 * i + 9 * n + 8), noon(minutes=40 * i + 9 * n), "camera") for i in range(30)])
    assert Row.objects.count() == 50


def test_they_go_when_the_clips_of_their_day_do(tell: Tell, clock: source.SeededSource, settings: object) -> None:
    tell((noon(hours=3), noon(hours=2), "hub"), (noon(hours=1), None, "camera"))
    clock.advance(timedelta(days=29))
    assert tasks.run_retention(10) == 0
    clock.advance(timedelta(days=2))
    assert tasks.run_retention(10) == 1
    assert [row.ends_at for row in Row.objects.all()] == [None]


class TestMissing:
    def test_it_is_cut_at_the_ends_of_what_is_asked(
        self, tell: Tell, olives_home: Household, street_camera: Camera
    ) -> None:
        tell((noon(hours=9), noon(hours=3), "camera"), (noon(hours=2), None, "hub"))
        found = queries.missing_between(olives_home, noon(hours=4), noon(hours=1))
        assert found == {
            street_camera.pk: [
                queries.Missing(noon(hours=4), noon(hours=3), "camera"),
                queries.Missing(noon(hours=2), noon(hours=1), "hub"),
            ]
        }
        assert queries.missing_between(olives_home, noon(hours=12), noon(hours=9)) == {}

    def test_what_goes_on_lasts_until_now(self, tell: Tell, olives_home: Household, street_camera: Camera) -> None:
        tell((noon(hours=2), None, "camera"))
        [missing] = queries.missing_between(olives_home, noon(hours=4), noon(hours=-8))[street_camera.pk]
        assert missing == queries.Missing(noon(hours=2), NOON, "camera", goes_on=True)

    def test_of_a_hub_that_fell_silent_nothing_is_known(
        self, tell: Tell, olives_home: Household, street_camera: Camera, clock: source.SeededSource
    ) -> None:
        tell()
        clock.advance(timedelta(minutes=3))
        assert queries.missing_between(olives_home, noon(hours=4), noon(hours=-8)) == {}
        clock.advance(timedelta(seconds=1))
        [missing] = queries.missing_between(olives_home, noon(hours=4), noon(hours=-8))[street_camera.pk]
        assert missing == queries.Missing(NOON, source.now(), "unheard", goes_on=True)

    def test_of_another_home_nothing(self, tell: Tell, strangers_home: Household) -> None:
        tell((noon(hours=2), None, "camera"))
        assert queries.missing_between(strangers_home, noon(hours=4), NOON) == {}


class TestStates:
    def state(self, olives_home: Household, camera: Camera) -> queries.CameraState:
        [state] = queries.states_of(olives_home, [camera])
        return state

    def test_a_camera_of_which_no_hub_told(self, olives_home: Household, street_camera: Camera) -> None:
        state = self.state(olives_home, street_camera)
        assert state.health is None and not state.is_lost and not state.hub_is_silent

    def test_one_that_gives_pictures(self, tell: Tell, olives_home: Household, street_camera: Camera) -> None:
        tell(seen=120)
        state = self.state(olives_home, street_camera)
        assert not state.is_lost and not state.hub_is_silent and state.missing == []

    def test_one_that_stopped(self, tell: Tell, olives_home: Household, street_camera: Camera) -> None:
        tell(seen=121)
        assert self.state(olives_home, street_camera).is_lost

    def test_one_whose_hub_fell_silent_is_not_called_lost(
        self, tell: Tell, olives_home: Household, street_camera: Camera, clock: source.SeededSource
    ) -> None:
        tell(seen=121)
        clock.advance(timedelta(minutes=4))
        state = self.state(olives_home, street_camera)
        assert state.hub_is_silent and not state.is_lost

    def test_one_whose_hub_was_disconnected_is_told_by_nobody(
        self, tell: Tell, olives_home: Household, street_camera: Camera, olive: Account, olives_device: Device
    ) -> None:
        tell(seen=121)
        cameras.revoke_device(account=olive, ref=olives_device.ref)
        assert self.state(olives_home, street_camera).health is None

    def test_what_overlaps_is_missing_once(
        self, tell: Tell, olives_home: Household, street_camera: Camera, clock: source.SeededSource
    ) -> None:
        tell((noon(hours=2), None, "camera"))
        clock.advance(timedelta(hours=1))
        assert self.state(olives_home, street_camera).missing_for == timedelta(hours=3)
