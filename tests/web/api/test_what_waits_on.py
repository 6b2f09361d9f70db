"""What a network doesn't take now and may take later, a hub keeps: by clocks that disagree, or in a full home."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest

from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.source import SeededSource
from goodfences_hub.clock import Clock
from goodfences_hub.errors import ServerAway
from goodfences_hub.home import Home
from goodfences_hub.settings import Settings
from goodfences_hub.state import State
from goodfences_hub.uploading.files import Files
from goodfences_hub.uploading.network import Network
from goodfences_hub.uploading.sender import Sender
from tests import persons
from tests.footage import make_video

pytestmark = pytest.mark.django_db(transaction=True)


def wait_in(
    state: State, home: Home, camera: Camera, event: int, starts_at: datetime, video: bytes | None = None
) -> None:
    """A clip that waits for its upload."""
    video = video or make_video(seed=event)
    (home.spool / f"{event}.mp4.age").write_bytes(pyrage.encrypt(video, [home.key.to_public()]))
    told = (event, "street", "s", "motion", starts_at.timestamp(), starts_at.timestamp() + 2)
    state.do("INSERT INTO event (id, camera, session, kind, starts_at, ends_at) VALUES (?, ?, ?, ?, ?, ?)", told)
    state.do(
        "INSERT INTO clip (event, upload_as, starts_at, duration_ms, size, sha256, file, state)"
        " VALUES (?, ?, ?, 2000, ?, ?, ?, 'waiting')",
        (event, camera.ref, starts_at.timestamp(), len(video), hashlib.sha256(video).hexdigest(), f"{event}.mp4.age"),
    )


def test_what_is_still_to_come_for_the_network_waits_and_holds_up_nothing(
    live_server: Any, olives_device: Device, street_camera: Camera, clock: SeededSource, tmp_path: Path
) -> None:
    state = State((home := Home(tmp_path / "hub")).state)
    wait_in(state, home, street_camera, 1, clock.now() + timedelta(hours=1))
    wait_in(state, home, street_camera, 2, clock.now() - timedelta(hours=1))
    sender = _sender(state, home, live_server.url)
    with pytest.raises(ServerAway, match="starts in the future"):
        sender.run_due()
    assert [row["state"] for row in state.rows("SELECT state FROM clip ORDER BY event")] == ["waiting", "uploaded"]
    clock.advance(timedelta(hours=2))
    assert sender.run_due() == 1
    assert Clip.objects.count() == 2
    state.close()


def test_what_is_of_today_waits_where_the_network_calls_it_too_old(
    live_server: Any, olives_device: Device, street_camera: Camera, clock: SeededSource, tmp_path: Path
) -> None:
    state = State((home := Home(tmp_path / "hub")).state)
    now = datetime.now(UTC)
    wait_in(state, home, street_camera, 1, now - timedelta(hours=1))
    wait_in(state, home, street_camera, 2, now - timedelta(days=2))
    clock.advance(now + timedelta(days=40) - clock.now())
    sender = _sender(state, home, live_server.url)
    with pytest.raises(ServerAway, match="are kept for"):
        sender.run_due()
    assert [row["state"] for row in state.rows("SELECT state FROM clip ORDER BY event")] == ["waiting", "refused"]
    clock.advance(timedelta(days=-40))
    assert sender.run_due() == 1
    assert Clip.objects.get().state == "stored"
    state.close()


def test_what_a_full_home_has_no_room_for_waits_until_it_has_some(
    live_server: Any,
    olives_device: Device,
    street_camera: Camera,
    clock: SeededSource,
    tmp_path: Path,
    settings: Any,
) -> None:
    state = State((home := Home(tmp_path / "hub")).state)
    large, small = make_video(seed=1), make_video(seed=2, seconds=1)
    for event, video in enumerate([large, make_video(seed=3), small], 1):
        wait_in(state, home, street_camera, event, clock.now() - timedelta(minutes=event), video)
    settings.QUOTA_BYTES = len(small)
    sender = _sender(state, home, live_server.url)
    with pytest.raises(ServerAway, match="wait until old ones expire"):
        sender.run_due()
    assert [row["state"] for row in state.rows("SELECT state FROM clip ORDER BY event")] == [
        "waiting",
        "waiting",
        "uploaded",
    ]
    settings.QUOTA_BYTES = 10**9
    assert sender.run_due() == 2
    assert Clip.objects.filter(state="stored").count() == 3
    state.close()


def _sender(state: State, home: Home, network: str) -> Sender:
    return Sender(Files(home, state, Network(network, persons.OLIVES_TOKEN), Settings(), Clock()), state, Settings())
