"""The pages of cameras and devices."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client

from goodfences.cameras import actions
from goodfences.cameras.models import Camera, Device
from goodfences.people.models import Account

ClientOf = Callable[[Account], Client]
NOT_THE_OWNER = ["hugo", "stranger", "nadia", "omar", "ada", "sam", "aggie", "audrey", "max", "otto"]
NOT_RESIDENTS = ["omar", "ada", "sam", "aggie", "audrey", "max", "otto"]


def shown_code(page: str) -> str:
    found = re.search(r'class="code">([A-Z]{4}-[A-Z]{4})<', page)
    assert found, page
    return found[1]


def test_olive_sees_her_cameras_and_devices(olive: Account, olives_device: Device, client_of: ClientOf) -> None:
    page = client_of(olive).get("/cameras/").content.decode()
    assert all(name in page for name in ("Street", "Front door", "Hall", "Hub", "Add a camera", "Disconnect"))


def test_hugo_sees_cameras_and_changes_nothing(hugo: Account, olives_device: Device, client_of: ClientOf) -> None:
    page = client_of(hugo).get("/cameras/").content.decode()
    assert "Front door" in page and "Add a camera" not in page and "Hub" not in page


def test_nadia_is_told_what_to_do_first(nadia: Account, client_of: ClientOf) -> None:
    assert "No camera yet" in client_of(nadia).get("/cameras/").content.decode()


@pytest.mark.parametrize("person", NOT_RESIDENTS)
def test_there_are_no_such_pages_for_others(person: str, request: pytest.FixtureRequest, client_of: ClientOf) -> None:
    client = client_of(request.getfixturevalue(person))
    for page in (
        "/home/",
        "/cameras/",
        "/cameras/add/",
        "/cameras/pair/",
        "/household/",
        "/settings/",
        "/settings/export/",
    ):
        assert client.get(page).status_code == 404, page


@pytest.mark.parametrize("person", NOT_THE_OWNER)
def test_nobody_but_olive_opens_her_camera(
    person: str, request: pytest.FixtureRequest, client_of: ClientOf, street_camera: Camera, olives_device: Device
) -> None:
    client = client_of(request.getfixturevalue(person))
    for page in (
        f"/cameras/{street_camera.ref}/",
        f"/cameras/{street_camera.ref}/remove/",
        f"/cameras/devices/{olives_device.ref}/disconnect/",
    ):
        assert client.get(page).status_code == 404
        assert client.post(page).status_code == 404
    street_camera.refresh_from_db()
    olives_device.refresh_from_db()
    assert street_camera.removed_at is None and olives_device.revoked_at is None


def test_olive_adds_a_camera(olive: Account, client_of: ClientOf) -> None:
    client = client_of(olive)
    assert client.get("/cameras/add/").status_code == 200
    response = client.post("/cameras/add/", {"name": "Alley", "looks_at": "street", "may_be_asked": "on"})
    assert response["Location"] == "/cameras/"
    assert Camera.objects.get(name="Alley").may_be_asked


def test_the_switch_is_off_unless_it_is_switched_on(olive: Account, client_of: ClientOf) -> None:
    client_of(olive).post("/cameras/add/", {"name": "Alley", "looks_at": "street"})
    assert not Camera.objects.get(name="Alley").may_be_asked


def test_an_indoors_camera_cant_be_switched_on(olive: Account, client_of: ClientOf) -> None:
    response = client_of(olive).post("/cameras/add/", {"name": "Den", "looks_at": "indoors", "may_be_asked": "on"})
    assert response.status_code == 422 and "never in any request" in response.content.decode()
    assert not Camera.objects.filter(name="Den").exists()


def test_olive_changes_a_camera(olive: Account, street_camera: Camera, client_of: ClientOf) -> None:
    client = client_of(olive)
    assert 'value="Street"' in client.get(f"/cameras/{street_camera.ref}/").content.decode()
    client.post(f"/cameras/{street_camera.ref}/", {"name": "Lane", "looks_at": "yard"})
    street_camera.refresh_from_db()
    assert (street_camera.name, street_camera.looks_at, street_camera.may_be_asked) == ("Lane", "yard", False)


def test_a_change_that_cant_be_is_explained(olive: Account, street_camera: Camera, client_of: ClientOf) -> None:
    response = client_of(olive).post(f"/cameras/{street_camera.ref}/", {"name": "x" * 61, "looks_at": "yard"})
    assert response.status_code == 422 and "1 to 60 characters. This one has 61." in response.content.decode()


def test_olive_removes_a_camera_after_one_question(
    olive: Account, street_camera: Camera, client_of: ClientOf
) -> None:
    client = client_of(olive)
    assert "Remove Street?" in client.get(f"/cameras/{street_camera.ref}/remove/").content.decode()
    street_camera.refresh_from_db()
    assert street_camera.removed_at is None
    client.post(f"/cameras/{street_camera.ref}/remove/")
    street_camera.refresh_from_db()
    assert street_camera.removed_at is not None


def test_the_page_shows_a_code_and_learns_that_it_was_used(olive: Account, client_of: ClientOf) -> None:
    client = client_of(olive)
    assert 'class="code"' not in client.get("/cameras/pair/").content.decode()
    code = shown_code(client.post("/cameras/pair/").content.decode())
    assert client.get("/cameras/pair/state/").status_code == 204
    actions.pair(code, "Garage hub")
    done = client.get("/cameras/pair/state/")
    assert done.status_code == 200 and "Garage hub" in done.content.decode()


def test_the_page_learns_that_a_code_ran_out(olive: Account, client_of: ClientOf) -> None:
    assert "ran out" in client_of(olive).get("/cameras/pair/state/").content.decode()


def test_too_many_devices_are_explained(olive: Account, client_of: ClientOf) -> None:
    home = olive.households.get()
    for number in range(16):
        Device.objects.create(household=home, name="Hub", token_digest=f"{number:064}")
    response = client_of(olive).post("/cameras/pair/")
    assert response.status_code == 422 and "at most 16 devices" in response.content.decode()


@pytest.mark.parametrize("person", ["hugo", *NOT_RESIDENTS])
def test_nobody_else_pairs(person: str, request: pytest.FixtureRequest, client_of: ClientOf) -> None:
    client = client_of(request.getfixturevalue(person))
    assert client.post("/cameras/pair/").status_code == 404
    assert client.get("/cameras/pair/state/").status_code == 404


def test_olive_disconnects_a_device(olive: Account, olives_device: Device, client_of: ClientOf) -> None:
    client = client_of(olive)
    page = f"/cameras/devices/{olives_device.ref}/disconnect/"
    assert "Disconnect Hub?" in client.get(page).content.decode()
    client.post(page)
    olives_device.refresh_from_db()
    assert olives_device.revoked_at is not None


def test_private_pages_are_kept_by_no_cache(olive: Account, client_of: ClientOf) -> None:
    assert "no-store" in client_of(olive).get("/cameras/")["Cache-Control"]
