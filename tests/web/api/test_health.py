"""What a hub may tell of itself and its cameras, and nothing that is live among it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import goodfences
from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Camera, Device, Held
from goodfences.health.models import CameraHealth, Gap, HubHealth
from goodfences.people.models import Account
from tests.conftest import NOON
from tests.hubs import Hub

pytestmark = pytest.mark.usefixtures("clock")


def ago(**how: float) -> str:
    return (NOON - timedelta(**how)).isoformat()


def of_camera(this: Camera, **other: Any) -> dict[str, Any]:
    return {
        "camera": this.ref,
        "steady": True,
        "last_frame_at": ago(seconds=5),
        "gaps": [{"starts_at": ago(hours=3), "ends_at": ago(hours=2), "why": "camera"}],
        "held": [{"starts_at": ago(days=2), "ends_at": ago(hours=3)}, {"starts_at": ago(hours=2), "ends_at": ago()}],
        "days": [{"day": NOON.date().isoformat(), "recorded": 5_000_000, "uploaded": 4_000}],
        "clips_waiting": 2,
        **other,
    }


def told(*cameras: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {"version": "0.1.0", "sent_at": NOON.isoformat(), "cameras": list(cameras), **other}


def everything_kept() -> list[Any]:
    return [
        list(table.objects.order_by("pk").values())
        for table in (HubHealth, CameraHealth, Gap, Held)  # type: ignore[attr-defined]
    ]


def fields(answer: Any, status: int) -> set[tuple[str, str]]:
    """Rule and field of every problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    return {(problem["rule"], problem["field"]) for problem in answer.json()["errors"]}


def test_what_a_hub_tells_is_kept(hub: Hub, street_camera: Camera) -> None:
    answer = hub.http.put("/health", json=told(of_camera(street_camera)))
    assert answer.status_code == 200
    assert answer.json() == {"again_after_s": 60, "version": goodfences.__version__, "wanted": False}
    health = CameraHealth.objects.get(camera=street_camera)
    assert health.hub.version == "0.1.0" and health.hub.clock_off_s == 0
    assert health.last_frame_at == NOON - timedelta(seconds=5)
    [gap] = street_camera.gaps.all()
    assert (gap.starts_at, gap.ends_at, gap.why) == (NOON - timedelta(hours=3), NOON - timedelta(hours=2), "camera")
    assert health.days == [[NOON.date().isoformat(), 5_000_000, 4_000]]
    assert (health.is_steady, health.clips_waiting) == (True, 2)
    assert street_camera.held.count() == 2


def test_told_again_it_changes_nothing_but_the_hour(hub: Hub, street_camera: Camera) -> None:
    said = told(of_camera(street_camera))
    for _ in range(2):
        assert hub.http.put("/health", json=said).status_code == 200
    first = everything_kept()
    HubHealth.objects.update(heard_at=first[0][0]["heard_at"])
    hub.http.put("/health", json=said)
    HubHealth.objects.update(heard_at=first[0][0]["heard_at"])
    assert everything_kept() == first


def test_a_camera_that_the_hub_no_longer_has_is_forgotten(
    hub: Hub, street_camera: Camera, door_camera: Camera
) -> None:
    hub.http.put("/health", json=told(of_camera(street_camera), of_camera(door_camera)))
    hub.http.put("/health", json=told(of_camera(door_camera)))
    assert [health.camera for health in CameraHealth.objects.all()] == [door_camera]
    assert set(Held.objects.values_list("camera", flat=True)) == {door_camera.pk}


def test_another_homes_camera_reads_like_one_that_is_nowhere(
    hub: Hub, street_camera: Camera, strangers_camera: Camera
) -> None:
    answers = []
    for ref in (strangers_camera.ref, "A" * 22):
        answer = hub.http.put("/health", json=told(of_camera(street_camera), of_camera(street_camera, camera=ref)))
        assert fields(answer, 404) == {("health.camera", "cameras.1.camera")}
        answers.append(answer.text.replace(ref, "REF"))
    assert answers[0] == answers[1]
    assert everything_kept() == [[], [], [], []]


def test_a_removed_camera_is_refused(hub: Hub, olive: Account, street_camera: Camera) -> None:
    cameras.remove_camera(account=olive, ref=street_camera.ref)
    assert fields(hub.http.put("/health", json=told(of_camera(street_camera))), 404)


def test_a_disconnected_hub_is_not_heard(hub: Hub, olive: Account, olives_device: Device) -> None:
    cameras.revoke_device(account=olive, ref=olives_device.ref)
    assert hub.http.put("/health", json=told()).status_code == 401


@pytest.mark.parametrize(
    "more",
    [
        {"url": "rtsp://anna:opensesame@192.168.1.20/stream1"},
        {"address": "192.168.1.20"},
        {"snapshot": "/9j/4AAQSkZJRg=="},
        {"name": "Street"},
    ],
)
def test_nothing_live_and_no_address_has_a_place_in_it(hub: Hub, street_camera: Camera, more: dict[str, str]) -> None:
    [name] = more
    assert fields(hub.http.put("/health", json=told(of_camera(street_camera, **more))), 422) == {
        ("body.invalid", name)
    }
    assert fields(hub.http.put("/health", json=told(**more)), 422) == {("body.invalid", name)}
    gap = {"starts_at": ago(hours=3), "ends_at": ago(hours=2), "why": "camera", **more}
    assert fields(hub.http.put("/health", json=told(of_camera(street_camera, gaps=[gap]))), 422)
    assert everything_kept() == [[], [], [], []]


def test_a_reason_is_one_of_two_words(hub: Hub, street_camera: Camera) -> None:
    gap = {"starts_at": ago(hours=3), "ends_at": ago(hours=2), "why": "192.168.1.20 doesn't answer"}
    assert fields(hub.http.put("/health", json=told(of_camera(street_camera, gaps=[gap]))), 422) == {
        ("body.invalid", "why")
    }


SPAN = {"starts_at": ago(hours=2), "ends_at": ago(hours=1)}


@pytest.mark.parametrize(
    ("said", "rule", "field"),
    [
        ({"held": [SPAN] * 101}, "body.invalid", "held"),
        ({"gaps": [{**SPAN, "why": "hub"}] * 101}, "body.invalid", "gaps"),
        ({"days": [{"day": "2026-11-25", "recorded": 0, "uploaded": 0}] * 9}, "body.invalid", "days"),
        ({"days": [{"day": "2026-11-25", "recorded": -1, "uploaded": 0}]}, "body.invalid", "recorded"),
        ({"days": [{"day": "2026-11-25", "recorded": 0, "uploaded": 2**53 + 1}]}, "body.invalid", "uploaded"),
        ({"clips_waiting": -1}, "body.invalid", "clips_waiting"),
        ({"camera": "A" * 41}, "body.invalid", "camera"),
        ({"last_frame_at": "2026-11-25T12:00:00"}, "body.invalid", "last_frame_at"),
        ({"last_frame_at": "0001-01-01T00:00:00Z"}, "body.invalid", "last_frame_at"),
        ({"last_frame_at": ago(minutes=-3)}, "health.future", "cameras.0.last_frame_at"),
        ({"held": [{**SPAN, "ends_at": SPAN["starts_at"]}]}, "health.span", "cameras.0.held.0.ends_at"),
        ({"held": [SPAN, {**SPAN, "ends_at": ago(minutes=-3)}]}, "health.future", "cameras.0.held.1.ends_at"),
        ({"held": [{**SPAN, "starts_at": ago(days=401)}]}, "health.old", "cameras.0.held.0.starts_at"),
        ({"gaps": [{**SPAN, "ends_at": ago(hours=3), "why": "hub"}]}, "health.span", "cameras.0.gaps.0.ends_at"),
        (
            {"gaps": [{"starts_at": ago(hours=30), "ends_at": ago(hours=26), "why": "hub"}]},
            "health.old",
            "cameras.0.gaps.0.ends_at",
        ),
        ({"gaps": [{"starts_at": ago(minutes=-3), "why": "hub"}]}, "health.span", "cameras.0.gaps.0.ends_at"),
    ],
)
def test_everything_has_a_limit(hub: Hub, street_camera: Camera, said: dict[str, Any], rule: str, field: str) -> None:
    assert fields(hub.http.put("/health", json=told(of_camera(street_camera, **said))), 422) == {(rule, field)}
    assert everything_kept() == [[], [], [], []]


@pytest.mark.parametrize(
    ("said", "rule", "field"),
    [
        ({"version": "v1"}, "health.version", "version"),
        ({"version": "0.1.0 at 192.168.1.20"}, "health.version", "version"),
        ({"version": "1" * 41}, "body.invalid", "version"),
        ({"sent_at": "9999-12-31T23:59:59-14:00"}, "body.invalid", "sent_at"),
        ({"sent_at": "2026-11-25T12:00:00"}, "body.invalid", "sent_at"),
        ({"cameras": [{}] * 33}, "body.invalid", "cameras"),
    ],
)
def test_of_the_hub_too(hub: Hub, said: dict[str, Any], rule: str, field: str) -> None:
    assert (rule, field) in fields(hub.http.put("/health", json=told(**said)), 422)


def test_a_camera_is_told_once(hub: Hub, street_camera: Camera) -> None:
    answer = hub.http.put("/health", json=told(of_camera(street_camera), of_camera(street_camera)))
    assert fields(answer, 422) == {("health.twice", "cameras.0.camera"), ("health.twice", "cameras.1.camera")}


def test_all_that_is_wrong_is_told_at_once(hub: Hub, street_camera: Camera) -> None:
    wrong = of_camera(street_camera, last_frame_at=ago(minutes=-3), held=[{**SPAN, "starts_at": ago(days=401)}])
    assert len(fields(hub.http.put("/health", json=told(wrong, version="?")), 422)) == 3


def test_a_wrong_clock_is_noted_and_its_times_put_right(hub: Hub, street_camera: Camera) -> None:
    behind = timedelta(hours=2)
    sent_at = NOON - behind
    seen = of_camera(
        street_camera, last_frame_at=(sent_at - timedelta(seconds=5)).isoformat(), gaps=[], held=[], days=[]
    )
    assert hub.http.put("/health", json=told(seen, sent_at=sent_at.isoformat())).status_code == 200
    health = CameraHealth.objects.get()
    assert health.hub.clock_off_s == behind.total_seconds()
    assert health.last_frame_at == NOON - timedelta(seconds=5)


def test_it_tells_only_of_homes_whose_hub_it_is(
    hub: Hub, strangers_hub: Hub, street_camera: Camera, strangers_camera: Camera
) -> None:
    hub.http.put("/health", json=told(of_camera(street_camera)))
    strangers_hub.http.put("/health", json=told(of_camera(strangers_camera)))
    hub.http.put("/health", json=told())
    assert [health.camera for health in CameraHealth.objects.all()] == [strangers_camera]
