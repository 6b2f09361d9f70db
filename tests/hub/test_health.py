"""What a hub tells the network of itself, over HTTP, and what it keeps to itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import goodfences
from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Camera, Device, Held
from goodfences.health.models import CameraHealth, Gap, HubHealth
from goodfences.people.models import Account
from goodfences_hub import reach, updates
from goodfences_hub.clock import Clock
from goodfences_hub.errors import Disconnected, ServerAway, ServerRefused
from goodfences_hub.reach import Reach
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.state import HUB_WAS_OFF, State
from goodfences_hub.uploading.health import Reporter
from goodfences_hub.uploading.network import Network
from tests.persons import OLIVES_TOKEN

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
URL = "rtsp://anna:opensesame@192.168.1.20/stream1"


class MovedClock(Clock):
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.wall, self.steady = NOW, 0.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def advance(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds


@pytest.fixture
def moved() -> MovedClock:
    return MovedClock()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = State(tmp_path / "hub.sqlite3")
    yield made
    made.close()


def at(**before: float) -> float:
    return (NOW - timedelta(**before)).timestamp()


def add_segments(state: State, camera: str, begin: float, end: float, seconds: float = 4.0) -> None:
    with state.transaction():
        while begin < end:
            state.do(
                "INSERT INTO segment (camera, session, position_us, starts_at, ends_at, size, file)"
                " VALUES (?, 's', 0, ?, ?, 1000, ?)",
                (camera, begin, min(end, begin + seconds), f"{camera} {begin}"),
            )
            begin += seconds


def add_gap(state: State, camera: str, begin: float, end: float | None, why: str) -> None:
    state.do("INSERT INTO gap (camera, starts_at, ends_at, why) VALUES (?, ?, ?, ?)", (camera, begin, end, why))


class TestReach:
    @pytest.fixture
    def of(self, state: State, moved: MovedClock) -> Any:
        return Reach(state, moved).of

    def test_nothing_is_held_at_first(self, of: Any) -> None:
        assert of("street") == []

    def test_segments_become_spans(self, state: State, of: Any) -> None:
        add_segments(state, "street", at(hours=5), at(hours=4))
        add_segments(state, "street", at(hours=3), at(hours=2))
        add_segments(state, "door", at(hours=9), at(hours=8))
        assert of("street") == [(at(hours=5), at(hours=4)), (at(hours=3), at(hours=2))]

    def test_a_hole_of_a_minute_ends_no_span(self, state: State, of: Any) -> None:
        add_segments(state, "street", at(minutes=9), at(minutes=5))
        add_segments(state, "street", at(minutes=4), at(minutes=3))
        add_segments(state, "street", at(minutes=1.9), at(minutes=1))
        assert of("street") == [(at(minutes=9), at(minutes=3)), (at(minutes=1.9), at(minutes=1))]

    def test_what_is_added_and_removed_later_counts(self, state: State, of: Any, moved: MovedClock) -> None:
        add_segments(state, "street", at(hours=5), at(hours=4))
        add_segments(state, "street", at(hours=3), at(hours=2))
        of("street")
        state.do("DELETE FROM segment WHERE starts_at < ?", (at(hours=4, minutes=30),))
        add_segments(state, "street", at(hours=2), at(hours=1))
        moved.advance(60)
        assert of("street") == [(at(hours=4, minutes=30), at(hours=4)), (at(hours=3), at(hours=1))]
        state.do("DELETE FROM segment WHERE starts_at < ?", (at(hours=3),))
        assert of("street") == [(at(hours=3), at(hours=1))]
        state.do("DELETE FROM segment")
        assert of("street") == []

    def test_a_page_of_rows_is_not_the_end(self, state: State, of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reach, "PAGE", 7)
        add_segments(state, "street", at(hours=5), at(hours=4))
        assert of("street") == [(at(hours=5), at(hours=4))]

    def test_a_clock_that_was_set_back_hides_nothing(self, state: State, of: Any, moved: MovedClock) -> None:
        add_segments(state, "street", at(hours=1), at())
        of("street")
        moved.wall -= timedelta(hours=5)
        assert of("street") == []
        add_segments(state, "street", at(hours=7), at(hours=5.5))
        assert of("street") == [(at(hours=7), at(hours=5.5))]

    def test_what_was_removed_in_the_middle_is_noticed_in_time(
        self, state: State, of: Any, moved: MovedClock
    ) -> None:
        add_segments(state, "street", at(hours=5), at(hours=1))
        of("street")
        state.do("DELETE FROM segment WHERE starts_at BETWEEN ? AND ?", (at(hours=4), at(hours=2) - 1))
        moved.advance(7 * 3600)
        assert of("street") == [(at(hours=5), at(hours=4)), (at(hours=2), at(hours=1))]

    def test_the_longest_holes_stay(self, state: State, of: Any) -> None:
        for number in range(150):
            begin = at(hours=140) + number * 600
            add_segments(state, "street", begin, begin + (60 if number % 2 else 400), 100)
        spans = of("street")
        assert len(spans) == reach.MOST_SPANS
        assert (spans[0][0], spans[-1][1]) == (at(hours=140), at(hours=140) + 149 * 600 + 60)
        assert min(after[0] - before[1] for before, after in pairwise(spans)) == 200


@pytest.mark.django_db(transaction=True)
class TestTelling:
    @pytest.fixture
    def street(self, street_camera: Camera) -> CameraSettings:
        return CameraSettings("street", "rtsp", URL, upload_as=street_camera.ref, keep_days=7)

    @pytest.fixture
    def reporter(
        self, state: State, moved: MovedClock, street: CameraSettings, live_server: Any, olives_device: Device
    ) -> Reporter:
        return Reporter(state, Network(live_server.url, OLIVES_TOKEN), Settings(cameras=(street,)), moved)

    @pytest.fixture(autouse=True)
    def network_clock(self, clock: Any) -> None:
        """The network's clock is at the same noon."""

    def test_the_network_learns_how_a_camera_does(
        self, state: State, reporter: Reporter, street_camera: Camera
    ) -> None:
        state.note_seen("street", NOW - timedelta(seconds=9))
        add_segments(state, "street", at(hours=50), at(hours=30), 60)
        add_segments(state, "street", at(hours=2), at(seconds=9), 60)
        add_gap(state, "street", at(hours=30), at(hours=2), "street stopped answering.")
        add_gap(state, "street", at(minutes=20), at(minutes=19), HUB_WAS_OFF)
        state.count_bytes("street", NOW.date(), recorded=5000)
        state.count_bytes("street", NOW.date(), recorded=1000, uploaded=70)
        assert reporter.run_due()
        health = CameraHealth.objects.get(camera=street_camera)
        assert health.last_frame_at == NOW - timedelta(seconds=9)
        gaps = [
            (gap.starts_at.timestamp(), gap.ends_at and gap.ends_at.timestamp(), gap.why) for gap in Gap.objects.all()
        ]
        assert gaps == [(at(hours=30), at(hours=2), "camera"), (at(minutes=20), at(minutes=19), "hub")]
        assert health.days == [["2026-11-24", 6000, 70]]
        assert (health.is_steady, health.clips_waiting) == (True, 0)
        held = [(span.starts_at.timestamp(), span.ends_at.timestamp()) for span in street_camera.held.order_by("pk")]
        assert held == [(at(hours=50), at(hours=30)), (at(hours=2), at(seconds=9))]

    def test_no_word_of_it_leads_to_a_camera(self, state: State, reporter: Reporter, street: CameraSettings) -> None:
        add_gap(state, "street", at(hours=3), None, f"street at {URL} stopped answering.")
        words = json.dumps(reporter.words([street.upload_as]))
        assert not [part for part in (URL, "anna", "opensesame", "192.168", "rtsp", "answering") if part in words]

    def test_it_tells_every_minute(self, reporter: Reporter, moved: MovedClock) -> None:
        assert reporter.run_due()
        moved.advance(59)
        assert not reporter.run_due()
        moved.advance(1)
        assert reporter.run_due()

    def test_and_at_once_when_a_camera_is_lost_or_back(
        self, state: State, reporter: Reporter, moved: MovedClock, street_camera: Camera
    ) -> None:
        reporter.run_due()
        add_gap(state, "street", at(), None, "street stopped answering.")
        moved.advance(2)
        assert reporter.run_due()
        gap = Gap.objects.get()
        assert (gap.starts_at, gap.ends_at, gap.why) == (NOW, None, "camera")
        assert not reporter.run_due()
        state.do("UPDATE gap SET ends_at = ?", (at(seconds=-2),))
        assert reporter.run_due()

    def test_as_seldom_as_the_network_asks(self, reporter: Reporter, moved: MovedClock, settings: Any) -> None:
        settings.HEALTH_SECONDS = 300
        reporter.run_due()
        moved.advance(299)
        assert not reporter.run_due()

    @pytest.mark.parametrize(("asked", "waits"), [(0, 30), (10**9, 3600)])
    def test_within_reason(
        self, reporter: Reporter, moved: MovedClock, settings: Any, asked: int, waits: int
    ) -> None:
        settings.HEALTH_SECONDS = asked
        reporter.run_due()
        moved.advance(waits - 1)
        assert not reporter.run_due()
        moved.advance(1)
        assert reporter.run_due()

    def test_of_events_alone_it_tells_no_span(
        self, state: State, moved: MovedClock, street: CameraSettings, live_server: Any, olives_device: Device
    ) -> None:
        add_segments(state, "street", at(hours=2), at(hours=1))
        events_alone = Settings(cameras=(replace(street, keep_days=0),))
        Reporter(state, Network(live_server.url, OLIVES_TOKEN), events_alone, moved).run_due()
        assert CameraHealth.objects.count() == 1 and not Held.objects.exists()

    def test_a_camera_that_stays_at_home_is_not_told(
        self, state: State, moved: MovedClock, street: CameraSettings, live_server: Any, olives_device: Device
    ) -> None:
        at_home = Settings(cameras=(replace(street, upload_as=""),))
        Reporter(state, Network(live_server.url, OLIVES_TOKEN), at_home, moved).run_due()
        assert HubHealth.objects.count() == 1 and not CameraHealth.objects.exists()

    def test_a_folder_is_not_steady(
        self, state: State, moved: MovedClock, street: CameraSettings, live_server: Any, olives_device: Device
    ) -> None:
        folder = Settings(cameras=(replace(street, source="folder", url="/srv/camera"),))
        Reporter(state, Network(live_server.url, OLIVES_TOKEN), folder, moved).run_due()
        assert not CameraHealth.objects.get().is_steady

    def test_a_camera_that_was_removed_there_takes_no_other_along(
        self,
        state: State,
        moved: MovedClock,
        street: CameraSettings,
        door_camera: Camera,
        olive: Account,
        live_server: Any,
        olives_device: Device,
    ) -> None:
        both = Settings(cameras=(street, replace(street, key="door", upload_as=door_camera.ref)))
        cameras.remove_camera(account=olive, ref=street.upload_as)
        Reporter(state, Network(live_server.url, OLIVES_TOKEN), both, moved).run_due()
        assert [health.camera for health in CameraHealth.objects.all()] == [door_camera]

    def test_what_is_refused_for_another_reason_is_said(
        self, state: State, reporter: Reporter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("goodfences_hub.__version__", "not a version")
        with pytest.raises(ServerRefused, match="A version begins with a digit"):
            reporter.run_due()

    def test_a_network_that_is_away_is_tried_again(self, state: State, moved: MovedClock) -> None:
        lonely = Reporter(state, Network("http://127.0.0.1:9", OLIVES_TOKEN), Settings(), moved)
        for _ in range(2):
            with pytest.raises(ServerAway):
                lonely.run_due()

    def test_disconnected_it_says_so(self, reporter: Reporter, olive: Account, olives_device: Device) -> None:
        cameras.revoke_device(account=olive, ref=olives_device.ref)
        with pytest.raises(Disconnected):
            reporter.run_due()

    def test_it_hears_of_a_newer_version(
        self, state: State, reporter: Reporter, moved: MovedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reporter.run_due()
        assert updates.words(state) == ""
        monkeypatch.setattr(goodfences, "__version__", "0.10.0")
        moved.advance(60)
        reporter.run_due()
        assert "A newer version is out: 0.10.0." in updates.words(state)


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "0.1", "", "\x1b[2Jnewer", "9" * 50, "v2"])
def test_nothing_else_is_newer(state: State, version: str) -> None:
    updates.note(state, version)
    assert updates.words(state) == ""
