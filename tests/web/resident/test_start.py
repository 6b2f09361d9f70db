"""From signing up to the first clip, in one way that can be left and taken up again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from goodfences import source
from goodfences.cameras.models import Camera
from goodfences.clips.models import Clip
from goodfences.people import setting_up
from goodfences.people.models import Account, Invitation
from goodfences.source import SeededSource
from goodfences.web import navigation
from tests.footage import make_video
from tests.persons import OLIVES_PLACE, cell, make_account

ClientOf = Callable[[Account], Client]
PLACE = {"cell": str(cell(OLIVES_PLACE)), "household_name": "", "language": "en", "time_zone": "Europe/Helsinki"}
SKIP = {"act": "skip"}


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path, clock: SeededSource, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BLOBS, settings.KEYS = str(tmp_path / "blobs"), tmp_path / "keys"
    really = navigation.address
    monkeypatch.setattr(navigation, "address", lambda name: "/passkeys/" if name.startswith("mfa_") else really(name))


@pytest.fixture
def newcomer(db: None) -> Account:
    return make_account("Newcomer")


@pytest.fixture
def client(newcomer: Account, client_of: ClientOf) -> Client:
    """A browser in which a newcomer has just chosen a place."""
    client = client_of(newcomer)
    assert client.post("/welcome/", PLACE)["Location"] == "/start/"
    return client


def where(client: Client) -> str:
    """The page to which setting up leads now."""
    return str(client.get("/start/")["Location"])


def test_the_whole_way_to_the_first_clip(client: Client, newcomer: Account) -> None:
    assert where(client) == "/start/household/"
    client.post("/start/household/", {"email": "hanna@example.org"})
    assert Invitation.objects.get().email == "hanna@example.org"
    client.post("/start/household/", SKIP)
    assert where(client) == "/start/camera/"
    client.post("/start/camera/", {"name": "My phone", "looks_at": "street"})
    camera = Camera.objects.get()
    assert not camera.may_be_asked and where(client) == "/start/video/"
    video = SimpleUploadedFile("a.mp4", make_video(seconds=2, seed=5), "video/mp4")
    begins = (source.now() - timedelta(hours=1)).isoformat()
    client.post("/home/upload/", {"camera": camera.ref, "video": video, "starts_at": begins[:19]})
    assert Clip.objects.get().camera == camera and where(client) == "/start/asked/"
    assert "3 of 6 steps" not in client.get("/home/").content.decode()
    assert "4 of 6 steps are done" in client.get("/home/").content.decode()
    client.post("/start/asked/", {"may_be_asked": [camera.ref]})
    camera.refresh_from_db()
    assert camera.may_be_asked and where(client) == "/start/passkey/"
    assert 'href="/passkeys/"' in client.get("/start/passkey/").content.decode()
    client.post("/start/passkey/", SKIP)
    assert where(client) == "/home/" and setting_up.under_way(newcomer) is None
    assert "Setting up" not in client.get("/cameras/").content.decode()


def test_every_step_can_be_skipped_and_nothing_is_switched_on(client: Client, newcomer: Account) -> None:
    for name in ("household", "camera", "video", "asked", "passkey"):
        assert where(client) == f"/start/{name}/"
        page = client.get(f"/start/{name}/").content.decode()
        assert "Skip this" in page and ">Back</a>" in page
        client.post(f"/start/{name}/", SKIP)
    assert where(client) == "/home/"
    assert not Camera.objects.exists() and not Invitation.objects.exists()


def test_another_day_it_goes_on_where_it_was(client: Client, newcomer: Account, client_of: ClientOf) -> None:
    client.post("/start/household/", SKIP)
    another = client_of(newcomer)
    assert where(another) == "/start/camera/"
    assert "Your first camera" in another.get("/home/").content.decode()
    another.post("/start/leave/")
    assert where(client) == "/home/" and client.get("/start/camera/").status_code == 302


def test_to_say_nothing_may_be_asked_is_an_answer(client: Client) -> None:
    client.post("/start/household/", SKIP)
    client.post("/start/camera/", {"name": "Gate", "looks_at": "yard"})
    client.post("/start/video/", SKIP)
    client.post("/start/asked/", {})
    assert not Camera.objects.get().may_be_asked and where(client) == "/start/passkey/"


def test_a_camera_that_looks_indoors_isnt_offered(client: Client) -> None:
    client.post("/start/camera/", {"name": "Hall", "looks_at": "indoors"})
    page = client.get("/start/asked/").content.decode()
    assert "None of your cameras looks outside" in page
    assert client.post("/start/asked/", {"may_be_asked": [Camera.objects.get().ref]}).status_code == 422
    assert not Camera.objects.get().may_be_asked


@pytest.mark.parametrize("person", ["olive", "hugo"])
def test_who_lives_here_already_has_nothing_to_set_up(
    person: str, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    client = client_of(request.getfixturevalue(person))
    assert where(client) == "/home/" and "Setting up" not in client.get("/home/").content.decode()


def test_there_is_no_other_step(client: Client) -> None:
    assert client.get("/start/nowhere/").status_code == 404


def test_without_passkeys_there_is_no_such_step(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "address", lambda name: "" if name.startswith("mfa_") else f"/{name}/")
    assert client.get("/start/passkey/").status_code == 404
    assert "step 2 of 5" in client.get("/start/household/").content.decode()
