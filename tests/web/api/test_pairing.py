"""A code from the resident's page becomes a token, once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from goodfences import source
from goodfences.cameras import actions
from goodfences.cameras.models import Camera, Device
from goodfences.people.models import Account
from tests.hubs import Hub
from tests.web.api.conftest import problem


@pytest.fixture
def newcomer(live_server: Any) -> Iterator[Hub]:
    """A hub that was just bought."""
    hub = Hub(live_server.url)
    yield hub
    hub.close()


def test_a_code_becomes_a_device_of_that_home(newcomer: Hub, olive: Account) -> None:
    code = actions.start_pairing(account=olive)
    answer = newcomer.http.post("/pair", json={"code": code, "name": "Hub in the hall"})
    assert answer.status_code == 201
    device = Device.objects.get()
    assert (device.ref, device.name) == (answer.json()["device"], "Hub in the hall")
    newcomer.http.headers["Authorization"] = f"Bearer {answer.json()['token']}"
    names = {camera["name"] for camera in newcomer.http.get("/cameras").json()}
    assert names == {"Street", "Front door", "Hall"}


def test_the_token_is_kept_as_a_digest_alone(newcomer: Hub, olive: Account) -> None:
    code = actions.start_pairing(account=olive)
    token = newcomer.http.post("/pair", json={"code": code, "name": "Hub"}).json()["token"]
    assert Device.objects.get().token_digest == hashlib.sha256(token.encode()).hexdigest()


def test_a_code_works_once(newcomer: Hub, olive: Account) -> None:
    body = {"code": actions.start_pairing(account=olive), "name": "Hub"}
    assert newcomer.http.post("/pair", json=body).status_code == 201
    problem(newcomer.http.post("/pair", json=body), 422, "code")
    assert Device.objects.count() == 1


def test_a_code_ends_after_ten_minutes(newcomer: Hub, olive: Account, clock: source.SeededSource) -> None:
    code = actions.start_pairing(account=olive)
    clock.advance(timedelta(minutes=10, seconds=1))
    problem(newcomer.http.post("/pair", json={"code": code, "name": "Hub"}), 422, "code")


def test_the_eleventh_try_has_to_wait(newcomer: Hub, olive: Account, clock: source.SeededSource) -> None:
    tries = [newcomer.http.post("/pair", json={"code": "BCDFGHJK", "name": "Hub"}) for _ in range(11)]
    assert [answer.status_code for answer in tries] == [422] * 10 + [429]
    assert 0 < int(tries[-1].headers["Retry-After"]) <= 600
    problem(tries[-1], 429, "code")


@pytest.mark.parametrize(("name", "field"), [("", "name"), ("x" * 61, "name")])
def test_a_name_that_cant_be_kept_is_refused(newcomer: Hub, olive: Account, name: str, field: str) -> None:
    problem(
        newcomer.http.post("/pair", json={"code": actions.start_pairing(account=olive), "name": name}), 422, field
    )
    assert not Device.objects.exists()


def test_without_a_token_nothing_is_told(newcomer: Hub, street_camera: Camera) -> None:
    for answer in (
        newcomer.http.get("/cameras"),
        newcomer.http.get("/clips/x"),
        newcomer.http.post("/clips", json={}),
        newcomer.http.post("/clips/x/finish"),
        newcomer.http.post("/uploads/"),
        newcomer.http.patch("/uploads/x"),
    ):
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.json()["errors"] == []
        assert "Street" not in answer.text


def test_a_removed_camera_is_no_longer_listed(hub: Hub, olive: Account, street_camera: Camera) -> None:
    actions.remove_camera(account=olive, ref=street_camera.ref)
    assert {camera["name"] for camera in hub.http.get("/cameras").json()} == {"Front door", "Hall"}
