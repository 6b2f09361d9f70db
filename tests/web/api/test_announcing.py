"""What a device may say of a clip before it sends a byte."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.people.models import Account
from tests.hubs import Hub, Recording, recorded
from tests.web.api.conftest import problem

NothingKept = Callable[[], None]
FILE = b"bytes of a file that is never sent"


@pytest.fixture
def recording(street_camera: Camera) -> Recording:
    return recorded(street_camera, FILE)


def test_a_new_clip_waits_for_its_bytes(hub: Hub, recording: Recording) -> None:
    answer = hub.announce(recording)
    assert answer.status_code == 201
    told = answer.json()
    assert (told["state"], told["received"], told["checked"], told["refusal"]) == ("announced", 0, False, "")
    assert told["upload"] == "/api/v1/uploads/"
    assert hub.show(told["ref"]) == told


def test_the_same_file_of_a_camera_is_the_same_clip(hub: Hub, recording: Recording) -> None:
    first, second = hub.announce(recording), hub.announce(recording, kind="person")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Clip.objects.count() == 1


def test_capital_hexadecimal_is_the_same_hash(hub: Hub, recording: Recording) -> None:
    first = hub.announced(recording)
    assert hub.announced(recording, sha256=recording.body()["sha256"].upper()) == first


def test_a_device_may_say_what_it_saw(hub: Hub, recording: Recording) -> None:
    hub.announced(recording, label=" Delivery  van ")
    clip = Clip.objects.get()
    assert (clip.label, clip.words) == ("Delivery van", " delivery van")


def test_a_device_may_say_how_far_its_camera_drifted(hub: Hub, recording: Recording) -> None:
    hub.announced(recording, camera_drift_ms=-86_400_000)
    assert Clip.objects.get().camera_drift_ms == -86_400_000


@pytest.mark.parametrize(
    ("said", "field", "limit"),
    [
        ({"duration_ms": 0}, "duration_ms", "3600 s"),
        ({"duration_ms": -5}, "duration_ms", "3600 s"),
        ({"duration_ms": 3_600_001}, "duration_ms", "3600 s"),
        ({"duration_ms": 10**400}, "duration_ms", None),
        ({"duration_ms": 1.5}, "duration_ms", None),
        ({"kind": "burglar"}, "kind", "motion, person, doorbell, manual"),
        ({"kind": "x" * 100_000}, "kind", "motion, person, doorbell, manual"),
        ({"size": 0}, "size", "536,870,912 bytes"),
        ({"size": -1}, "size", "536,870,912 bytes"),
        ({"size": 512 * 1024**2 + 1}, "size", "536,870,912 bytes"),
        ({"sha256": "abc"}, "sha256", None),
        ({"sha256": "g" * 64}, "sha256", None),
        ({"sha256": "\0" * 64}, "sha256", None),
        ({"starts_at": "2026-01-01T12:00:00"}, "starts_at", None),
        ({"starts_at": "yesterday"}, "starts_at", None),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at", None),
        ({"starts_at": "9999-12-31T23:59:59-12:00"}, "starts_at", None),
        ({"starts_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, "starts_at", None),
        ({"starts_at": (datetime.now(UTC) - timedelta(days=40)).isoformat()}, "starts_at", "30 days"),
        ({"camera_drift_ms": 86_400_001}, "camera_drift_ms", "86,400,000 ms"),
        ({"camera_drift_ms": -(10**400)}, "camera_drift_ms", None),
        ({"camera_drift_ms": 1.5}, "camera_drift_ms", None),
        ({"label": "x" * 41}, "label", "40"),
        ({"label": "c\u202ear"}, "label", None),
        ({"label": "\0"}, "label", None),
        ({"size": None}, "size", None),
        ({"camera": None}, "camera", None),
        ({"camera": ["a"]}, "camera", None),
    ],
)
def test_a_wrong_field_is_named_with_its_limit(
    hub: Hub, recording: Recording, nothing_kept: NothingKept, said: dict[str, Any], field: str, limit: str | None
) -> None:
    problem(hub.announce(recording, **said), 422, field, limit=limit)
    nothing_kept()


def test_all_problems_come_at_once(hub: Hub, recording: Recording, nothing_kept: NothingKept) -> None:
    answer = hub.announce(recording, size=0, kind="burglar", duration_ms=0)
    assert {each["field"] for each in answer.json()["errors"]} == {"size", "kind", "duration_ms"}
    nothing_kept()


def test_a_clip_beyond_the_quota_is_refused(
    hub: Hub, street_camera: Camera, recording: Recording, nothing_kept: NothingKept, settings: Any
) -> None:
    settings.QUOTA_BYTES = len(FILE) - 1
    problem(hub.announce(recording), 413, "size", limit="33 bytes")
    nothing_kept()


def test_what_is_still_to_come_counts_for_the_quota(hub: Hub, street_camera: Camera, settings: Any) -> None:
    settings.QUOTA_BYTES = 60
    hub.announced(recorded(street_camera, b"x" * 40))
    problem(hub.announce(recorded(street_camera, b"y" * 40)), 413, "size", limit="60 bytes")
    assert Clip.objects.count() == 1


@pytest.mark.parametrize("camera", ["strangers_camera", "none"])
def test_another_homes_camera_looks_like_none_at_all(
    hub: Hub, recording: Recording, nothing_kept: NothingKept, request: pytest.FixtureRequest, camera: str
) -> None:
    ref = "nosuchcamera" if camera == "none" else request.getfixturevalue(camera).ref
    answer = hub.announce(recording, camera=ref)
    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no such thing for this device."
    nothing_kept()


def test_a_removed_camera_takes_nothing(
    hub: Hub, olive: Account, street_camera: Camera, recording: Recording, nothing_kept: NothingKept
) -> None:
    cameras.remove_camera(account=olive, ref=street_camera.ref)
    assert hub.announce(recording).status_code == 404
    nothing_kept()


def test_a_revoked_token_ends_at_once(
    hub: Hub, olive: Account, olives_device: Device, recording: Recording, nothing_kept: NothingKept
) -> None:
    cameras.revoke_device(account=olive, ref=olives_device.ref)
    answer = hub.announce(recording)
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")
    nothing_kept()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"camera": "\\ud800"}', b"[" * 100_000])
def test_what_is_no_announcement_is_a_problem(hub: Hub, nothing_kept: NothingKept, body: bytes) -> None:
    answer = hub.http.post("/clips", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["title"]
    nothing_kept()


def test_an_announcement_of_megabytes_is_refused_with_its_limit(hub: Hub, nothing_kept: NothingKept) -> None:
    answer = hub.http.post("/clips", content=b" " * 3_000_000, headers={"Content-Type": "application/json"})
    problem(answer, 413, "body", limit="2,621,440 bytes")
    nothing_kept()


def test_another_homes_clip_looks_like_none_at_all(strangers_hub: Hub, hub: Hub, recording: Recording) -> None:
    ref = hub.announced(recording)
    for answer in (strangers_hub.http.get(f"/clips/{ref}"), strangers_hub.finish(ref), strangers_hub.begin(ref, 34)):
        assert answer.status_code == 404
        assert answer.json()["detail"] == "There is no such thing for this device."


def test_an_indoors_camera_keeps_clips_for_its_home_alone(hub: Hub, indoors_camera: Camera) -> None:
    assert hub.announce(recorded(indoors_camera, FILE)).status_code == 201
    assert indoors_camera.may_be_asked is False
