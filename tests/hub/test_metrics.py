"""The hub's metrics: for a program of this computer that brings their key, and no further."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import Client

import goodfences_hub
from goodfences_hub.clock import Clock
from goodfences_hub.home import Home
from goodfences_hub.live import Channels
from goodfences_hub.pages import doors
from goodfences_hub.pages.app import Pages
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.sharing.desk import Desk
from goodfences_hub.state import State

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
URL = "rtsp://anna:opensesame@192.168.1.20/stream1"
HERE = "http://127.0.0.1:8480"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "hub")


@pytest.fixture
def state(home: Home) -> Iterator[State]:
    made = State(home.state)
    yield made
    made.close()


@pytest.fixture
def client(home: Home, state: State) -> Client:
    cameras = (CameraSettings("street", "rtsp", URL, keep_days=7), CameraSettings("shed", "rtsp", URL))
    settings, store, clock = Settings(cameras=cameras), SegmentStore(home, state), Clock()
    desk = Desk(home, state, store, settings, clock)
    return Here(Pages(home, state, store, settings, Channels(), desk, clock, lambda: None))


class Here(Client):
    """A program of this computer."""

    def open(self, *args: Any, **how: Any) -> Any:
        return super().open(*args, environ_overrides={"REMOTE_ADDR": "127.0.0.1"}, **how)


def read(client: Client, state: State) -> dict[tuple[str, str], float]:
    """By name and label, as Prometheus' own parser reads them."""
    key = doors.metrics_key_of(state)
    answer = client.get("/metrics", base_url=HERE, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_they_say_how_each_camera_does(client: Client, state: State) -> None:
    state.note_seen("street", NOON)
    state.count_bytes("street", NOON.date(), recorded=7000, uploaded=300)
    state.do(
        "INSERT INTO segment (camera, session, position_us, starts_at, ends_at, size, file)"
        " VALUES (?, 's', 0, ?, ?, ?, 'f')",
        ("street", NOON.timestamp() - 60, NOON.timestamp(), 5000),
    )
    state.do("INSERT INTO gap (camera, starts_at, why) VALUES ('shed', 1, 'shed at 192.168.1.20 is away')")
    found = read(client, state)
    assert found["goodfences_hub_info", goodfences_hub.__version__] == 1
    assert found["goodfences_hub_camera_last_picture_timestamp_seconds", "street"] == NOON.timestamp()
    assert found["goodfences_hub_camera_recorded_bytes_total", "street"] == 7000
    assert found["goodfences_hub_camera_uploaded_bytes_total", "street"] == 300
    assert found["goodfences_hub_camera_kept_bytes", "street"] == 5000
    assert found["goodfences_hub_camera_kept_since_timestamp_seconds", "street"] == NOON.timestamp() - 60
    assert found["goodfences_hub_camera_away", "street"] == 0
    assert found["goodfences_hub_camera_away", "shed"] == 1
    assert ("goodfences_hub_camera_last_picture_timestamp_seconds", "shed") not in found
    assert found["goodfences_hub_clips", "waiting"] == 0
    assert found["goodfences_hub_disk_free_bytes", ""] > 0


def test_no_address_and_no_password_is_in_them(client: Client, state: State) -> None:
    state.do("INSERT INTO gap (camera, starts_at, why) VALUES ('shed', 1, 'shed at 192.168.1.20 is away')")
    key = doors.metrics_key_of(state)
    text = client.get("/metrics", base_url=HERE, headers={"Authorization": f"Bearer {key}"}).text
    assert not [part for part in ("rtsp", "anna", "opensesame", "192.168") if part in text]


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer wrong", "Basic x"])
def test_without_their_key_there_are_none(client: Client, header: str) -> None:
    assert client.get("/metrics", base_url=HERE, headers={"Authorization": header}).status_code == 403


def test_their_key_opens_no_picture(client: Client, state: State) -> None:
    bearer = {"Authorization": f"Bearer {doors.metrics_key_of(state)}"}
    for path in ("/", "/cameras/street", "/cameras/street/still.jpg", "/events/1.mp4"):
        assert client.get(path, base_url=HERE, headers=bearer).status_code == 403
    client.set_cookie(doors.COOKIE, doors.metrics_key_of(state), domain="127.0.0.1")
    assert client.get("/", base_url=HERE).status_code == 403


def test_a_website_cant_read_them_through_the_owners_browser(client: Client, state: State) -> None:
    bearer = {"Authorization": f"Bearer {doors.metrics_key_of(state)}"}
    assert client.get("/metrics", base_url="http://evil.example", headers=bearer).status_code == 403
    assert (
        client.get("/metrics", base_url=HERE, headers={**bearer, "Origin": "https://evil.example"}).status_code == 403
    )


def test_the_household_may_look_at_them_too(client: Client, state: State) -> None:
    client.set_cookie(doors.COOKIE, doors.key_of(state), domain="127.0.0.1")
    assert client.get("/metrics", base_url=HERE).status_code == 200
