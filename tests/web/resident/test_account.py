"""Settings, who may ask, export, and deleting the account."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.test import Client

from goodfences.cameras.models import Camera
from goodfences.people import export, tasks
from goodfences.people.models import Account, Household
from tests.pages import Page, bytes_of

ClientOf = Callable[[Account], Client]


def test_settings_are_saved_and_the_page_changes_language(olive: Account, client_of: ClientOf) -> None:
    client = client_of(olive)
    wishes = {"name": "Olive L.", "language": "es", "time_zone": "America/Chicago"}
    response = client.post("/settings/", wishes)
    assert response["Location"] == "/settings/" and response.cookies["django_language"].value == "es"
    olive.refresh_from_db()
    assert (olive.name, olive.language, olive.time_zone) == ("Olive L.", "es", "America/Chicago")
    page = client.get("/settings/")
    assert page["Content-Language"] == "es" and '<html lang="es"' in page.content.decode()


def test_a_zone_that_isnt_one_is_explained(olive: Account, client_of: ClientOf) -> None:
    response = client_of(olive).post("/settings/", {"name": "", "language": "en", "time_zone": "Mars/Olympus"})
    assert response.status_code == 422


def test_the_archive_is_asked_for_followed_and_downloaded_in_pieces(
    olive: Account, hugo: Account, client_of: ClientOf, settings: Any, tmp_path: Path
) -> None:
    settings.BLOBS, settings.KEYS = str(tmp_path / "blobs"), tmp_path / "keys"
    client = client_of(olive)
    assert client.post("/settings/data/archive/")["Location"] == "/settings/data/"
    page = Page(client.get("/settings/data/"))
    assert page.all("progress") and "Look again" in page.text
    while tasks.run_archives(1):
        pass
    href = next(
        link["href"]
        for link in Page(client.get("/settings/data/")).all("a")
        if link.get("href", "").startswith("/settings/data/archive/")
    )
    whole = client.get(href)
    body, tag = bytes_of(whole), whole["ETag"]
    assert whole["Content-Disposition"].startswith('attachment; filename="goodfences-') and zipfile.is_zipfile(
        io.BytesIO(body)
    )
    rest = client.get(href, headers={"Range": "bytes=100-", "If-Range": tag})
    assert (rest.status_code, bytes_of(rest)) == (206, body[100:])
    other = client.get(href, headers={"Range": "bytes=100-", "If-Range": '"another"'})
    assert (other.status_code, bytes_of(other)) == (200, body)
    assert client_of(hugo).get(href).status_code == 404
    client.post("/settings/data/archive/discard/")
    assert client.get(href).status_code == 404


def test_the_schema_of_an_export_is_public(db: None) -> None:
    response = Client().get("/schemas/export-1.json")
    assert response["Content-Type"] == "application/schema+json" and response.json() == export.schema()


def test_the_export_is_a_file_of_ones_own_things(olive: Account, stranger: Account, client_of: ClientOf) -> None:
    response = client_of(olive).get("/settings/export/")
    assert response["Content-Disposition"].startswith('attachment; filename="goodfences-')
    told = json.loads(response.content)
    assert told["account"]["email"] == "olive@example.org"
    assert "Elm" not in response.content.decode()


def test_deleting_asks_for_the_address_first(olive: Account, client_of: ClientOf) -> None:
    client = client_of(olive)
    assert "every clip are deleted" in client.get("/settings/delete/").content.decode()
    response = client.post("/settings/delete/", {"email": "oliver@example.org"})
    assert response.status_code == 422 and "olive@example.org" in response.content.decode()
    assert Account.objects.filter(pk=olive.pk).exists()


def test_deleting_removes_everything_and_signs_out(olive: Account, client_of: ClientOf) -> None:
    client = client_of(olive)
    response = client.post("/settings/delete/", {"email": " Olive@example.org"})
    assert (response.status_code, response["Location"]) == (302, "/left/")
    assert "Everything was deleted" in client.get("/left/").content.decode()
    receipt = json.loads(client.get("/left/receipt.json").content)
    assert receipt["receipt"]["what"] == {"kind": "account"} and "olive" not in json.dumps(receipt)
    assert Client().get("/left/").status_code == Client().get("/left/receipt.json").status_code == 404
    assert not Account.objects.filter(email="olive@example.org").exists() and not Household.objects.exists()
    assert client.get("/settings/")["Location"].startswith("/accounts/login/")


def test_a_member_is_told_that_the_household_stays(hugo: Account, client_of: ClientOf) -> None:
    client = client_of(hugo)
    assert "cameras and its clips stay" in client.get("/settings/delete/").content.decode()
    client.post("/settings/delete/", {"email": hugo.email})
    assert Household.objects.count() == 1


def test_a_span_is_looked_at_first_and_then_erased(
    olive: Account, street_camera: Camera, client_of: ClientOf
) -> None:
    client = client_of(olive)
    span = {"starts_at": "2026-11-24T10:00", "ends_at": "2026-11-24T11:00", "camera": street_camera.ref}
    assert "starts_at" in client.get("/settings/data/erase/span/").content.decode()
    wrong = client.post("/settings/data/erase/span/", {**span, "ends_at": "2026-11-24T09:00"})
    assert wrong.status_code == 422 and "after the start" in wrong.content.decode()
    look = Page(client.post("/settings/data/erase/span/", span))
    assert "0 clips" in look.text and not olive.erasures.exists()
    kept = {field["name"]: field["value"] for field in look.all("input") if field.get("name") in (*span, "sure")}
    assert kept == {**span, "sure": "yes"}
    assert client.post("/settings/data/erase/span/", kept)["Location"] == "/settings/data/"
    content = olive.erasures.get().receipt["receipt"]
    assert content["what"] == {
        "kind": "span",
        "camera": "Street",
        "starts_at": "2026-11-24T08:00:00Z",
        "ends_at": "2026-11-24T09:00:00Z",
    }


def test_a_camera_is_erased_and_its_receipt_is_kept_for_its_owner(
    olive: Account, hugo: Account, street_camera: Camera, client_of: ClientOf
) -> None:
    address = f"/settings/data/erase/camera/{street_camera.ref}/"
    client = client_of(olive)
    assert client_of(hugo).get(address).status_code == client_of(hugo).post(address).status_code == 404
    assert "No agency has downloaded anything of it" in client.get(address).content.decode()
    assert Camera.objects.filter(pk=street_camera.pk).exists()
    assert client.post(address)["Location"] == "/settings/data/"
    assert not Camera.objects.filter(pk=street_camera.pk).exists()
    receipt = f"/settings/data/erasures/{olive.erasures.get().ref}.json"
    assert receipt in client.get("/settings/data/").content.decode()
    assert json.loads(client.get(receipt).content)["receipt"]["what"]["camera"] == "Street"
    assert client_of(hugo).get(receipt).status_code == 404
