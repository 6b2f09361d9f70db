"""The page about notifications, what one says once it is opened, and what signing out ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.people.models import Account
from goodfences.push import telling
from goodfences.push.models import Note, Subscription, Wish
from goodfences.source import SeededSource
from tests import story
from tests.push.service import Browser

ClientOf = Callable[[Account], Client]
PAGE = "/settings/notifications/"
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/olive"


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path, clock: SeededSource) -> None:
    settings.KEYS = tmp_path / "keys"


@pytest.fixture
def client(olive: Account, client_of: ClientOf) -> Client:
    return client_of(olive)


def subscribed(client: Client, endpoint: str = ENDPOINT) -> Any:
    return client.post(f"{PAGE}browsers/", {"endpoint": endpoint, "name": "Firefox, Android", **Browser().keys})


def test_nothing_is_told_before_she_chooses(client: Client, olive: Account, street_camera: Camera) -> None:
    subscribed(client)
    assert "checked" not in client.get(PAGE).content.decode()
    telling.tell_of_clip(story.index_clip(street_camera, starts_at=source.now()))
    assert not Note.objects.exists()


def test_what_she_chooses_is_kept_and_shown_again(client: Client, street_camera: Camera) -> None:
    wishes = ["request", f"person:{street_camera.ref}"]
    assert client.post(PAGE, {"wish": wishes})["Location"] == PAGE
    assert set(Wish.objects.values_list("about", "camera__ref")) == {("request", None), ("person", street_camera.ref)}
    page = client.get(PAGE).content.decode()
    assert page.count(" checked") == 2 and f'value="person:{street_camera.ref}" checked' in page
    client.post(PAGE, {})
    assert not Wish.objects.exists()


def test_nobody_is_told_of_anothers_camera(client: Client, strangers_camera: Camera) -> None:
    for wish in (f"person:{strangers_camera.ref}", "person:", "person", "manual:x", "request:x", "x" * 99):
        assert client.post(PAGE, {"wish": [wish]}).status_code == 422
    assert not Wish.objects.exists()


def test_a_browser_is_added_named_and_taken_away(client: Client, client_of: ClientOf, stranger: Account) -> None:
    assert subscribed(client).status_code == 201
    browser = Subscription.objects.get()
    assert "Firefox, Android" in client.get(PAGE).content.decode()
    assert ENDPOINT not in client.get(PAGE).content.decode()
    assert client_of(stranger).post(f"{PAGE}browsers/{browser.ref}/remove/").status_code == 404
    client.post(f"{PAGE}browsers/{browser.ref}/remove/")
    assert not Subscription.objects.exists()


def test_the_same_browser_is_one_and_the_next_persons_when_she_subscribes(
    client: Client, client_of: ClientOf, nadia: Account
) -> None:
    subscribed(client)
    subscribed(client)
    assert Subscription.objects.count() == 1
    subscribed(client_of(nadia))
    assert Subscription.objects.get().account == nadia


@pytest.mark.parametrize("endpoint", ["https://10.0.0.1/x", "http://push.example/x", "https://localhost/x", ""])
def test_an_address_inside_our_network_is_refused(client: Client, endpoint: str) -> None:
    answer = subscribed(client, endpoint)
    assert answer.status_code == 422 and "push service can’t be used" in answer.json()["problems"][0]
    assert not Subscription.objects.exists()


def test_keys_that_arent_any_are_refused(client: Client) -> None:
    answer = client.post(f"{PAGE}browsers/", {"endpoint": ENDPOINT, "p256dh": "x", "auth": "y", "name": ""})
    assert answer.status_code == 422 and not Subscription.objects.exists()


def test_a_forged_page_subscribes_nobody(olive: Account) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(olive, backend="django.contrib.auth.backends.ModelBackend")
    assert subscribed(strict).status_code == 403


def test_signing_out_ends_notifications_here_and_empties_what_the_app_kept(
    client: Client, client_of: ClientOf, olive: Account
) -> None:
    subscribed(client_of(olive), f"{ENDPOINT}/elsewhere")
    subscribed(client)
    response = client.post("/accounts/logout/")
    assert response["Clear-Site-Data"] == '"storage"'
    assert [browser.endpoint for browser in Subscription.objects.all()] == [f"{ENDPOINT}/elsewhere"]
    assert "Clear-Site-Data" not in client.get("/")


class TestWhatTheWorkerAsks:
    @pytest.fixture
    def clip(self, client: Client, street_camera: Camera, olives_device: Device) -> Clip:
        subscribed(client)
        client.post(PAGE, {"wish": [f"motion:{street_camera.ref}"]})
        clip = story.index_clip(street_camera, starts_at=source.now() - timedelta(minutes=1))
        telling.tell_of_clip(clip)
        return clip

    def test_is_told_to_her_alone(
        self, clip: Clip, client: Client, client_of: ClientOf, hugo: Account, stranger: Account
    ) -> None:
        address = f"{PAGE}notes/{Note.objects.get().ref}.json"
        assert client.get(address).json() == {
            "title": "Street: something moved",
            "body": "Tuesday, November 24, 1:59 pm",
        }
        for other in (hugo, stranger):
            assert client_of(other).get(address).status_code == 404
        assert Client().get(address).status_code == 302

    def test_is_gone_with_the_clip(self, clip: Clip, client: Client) -> None:
        address = f"{PAGE}notes/{Note.objects.get().ref}.json"
        Clip.objects.all().delete()
        assert client.get(address).status_code == 404


def test_the_days_text_holds_times_and_kinds_and_no_picture(
    client: Client, street_camera: Camera, client_of: ClientOf, stranger: Account
) -> None:
    story.index_clip(street_camera, starts_at=source.now() - timedelta(hours=1))
    page = client.get("/home/text/").content.decode()
    assert "1:00 pm" in page and "Street:" in page and "What was known at 2:00 pm" in page
    assert "/media/" not in page and "<img" not in page and "<video" not in page
    assert "Street:" not in client_of(stranger).get("/home/text/").content.decode()
