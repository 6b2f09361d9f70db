"""One clip's page, on real footage that came in through the real ingest and check."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.people.models import Account
from goodfences.vault.models import SealedKey
from tests import ingest
from tests.footage import make_video
from tests.pages import bytes_of

ClientOf = Callable[[Account], Client]
NOT_THE_HOUSEHOLD = ["stranger", "nadia", "omar", "ada", "sam", "aggie", "audrey", "max", "otto"]


@pytest.fixture(autouse=True)
def empty_vault(settings: Any, tmp_path: Path) -> None:
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"


def upload(device: Device, camera: Camera, starts_at: datetime, *, seed: int = 1) -> Clip:
    """A clip of two seconds, uploaded and checked as any other."""
    data = make_video(seconds=2, seed=seed)
    return ingest.checked(device, camera, data, starts_at=starts_at, duration_ms=2000)


@pytest.fixture
def clip(olives_device: Device, street_camera: Camera) -> Clip:
    return upload(olives_device, street_camera, source.now() - timedelta(minutes=10))


def test_olive_watches_a_clip(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    client = client_of(olive)
    page = client.get(f"/home/clips/{clip.ref}/").content.decode()
    assert "320 × 180" in page and "a person" in page and clip.sha256 in page
    src = page.split("<video", 1)[1].split('src="', 1)[1].split('"', 1)[0]
    video = client.get(src)
    assert video.status_code == 200
    assert hashlib.sha256(b"".join(video.streaming_content)).hexdigest() == clip.sha256


@pytest.mark.parametrize(
    ("drift_ms", "words"),
    [
        (1460, "When it ended, the camera’s own time was 1.5 s behind its recorder’s."),
        (-800, "When it ended, the camera’s own time was 0.8 s ahead of its recorder’s."),
        (-499, "The camera’s own time kept within half a second of its recorder’s."),
        (None, ""),
    ],
)
def test_a_clip_tells_how_right_its_times_are(
    olive: Account, clip: Clip, client_of: ClientOf, drift_ms: int | None, words: str
) -> None:
    Clip.objects.update(camera_drift_ms=drift_ms)
    page = client_of(olive).get(f"/home/clips/{clip.ref}/").content.decode()
    assert ("its recorder’s" in page) == bool(words)
    assert words in page


def test_the_day_shows_its_poster_and_leads_to_it(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    client = client_of(olive)
    page = client.get("/home/", {"day": _day(clip)}).content.decode()
    assert f"/home/clips/{clip.ref}/" in page and "0:02" in page
    poster = client.get(page.split('<img src="', 1)[1].split('"', 1)[0])
    assert poster["Content-Type"] == "image/jpeg" and poster.content.startswith(b"\xff\xd8")


def _day(clip: Clip) -> str:
    import zoneinfo

    return clip.starts_at.astimezone(zoneinfo.ZoneInfo("Europe/Helsinki")).date().isoformat()


ACTS = ("star", "save", "note", "delete")


def test_hugo_watches_and_cant_change_it(hugo: Account, clip: Clip, client_of: ClientOf) -> None:
    client = client_of(hugo)
    page = client.get(f"/home/clips/{clip.ref}/").content.decode()
    assert "<video" in page
    for act in (*ACTS, "download"):
        assert f"/{act}/" not in page
    assert {client.post(f"/home/clips/{clip.ref}/{act}/").status_code for act in ACTS} == {404}
    assert client.get(f"/home/clips/{clip.ref}/download/").status_code == 404


def test_hugo_does_what_olive_allows_him(
    olive: Account, hugo: Account, clip: Clip, street_camera: Camera, client_of: ClientOf
) -> None:
    member = hugo.memberships.get().ref
    ticked = {f"{street_camera.ref}-{right}": "on" for right in ("watch", "mark", "download")}
    owner, page = client_of(olive), f"/household/members/{member}/rights/"
    assert page in owner.get("/household/").content.decode()
    assert owner.post(page, ticked)["Location"] == "/household/"
    assert owner.get(page).content.decode().count("checked") == 3
    client = client_of(hugo)
    assert client.post(f"/home/clips/{clip.ref}/star/", {"on": ""}).status_code == 302
    assert bytes_of(client.get(f"/home/clips/{clip.ref}/download/"))
    assert client.post(f"/home/clips/{clip.ref}/delete/").status_code == 404
    why = "The owner of your household chooses what you may do"
    assert why in client.get(f"/home/clips/{clip.ref}/").content.decode()
    assert why not in owner.get(f"/home/clips/{clip.ref}/").content.decode()


def test_a_camera_hidden_from_hugo_is_on_none_of_his_pages(
    olive: Account, hugo: Account, clip: Clip, street_camera: Camera, client_of: ClientOf
) -> None:
    client, day = client_of(hugo), {"day": _day(clip)}
    src = client.get(f"/home/clips/{clip.ref}/").content.decode().split(' src="/media')[1].split('"')[0]
    assert bytes_of(client.get(f"/media{src}"))
    assert clip.ref in client.get("/home/", day).content.decode()
    member = hugo.memberships.get().ref
    client_of(olive).post(f"/household/members/{member}/rights/", {})
    for page in (f"/home/clips/{clip.ref}/", f"/media{src}", f"/media{src}".replace("clips", "posters")):
        assert client.get(page).status_code == 404
    assert clip.ref not in client.get("/home/", day).content.decode()
    assert street_camera.name not in client.get("/cameras/").content.decode()


def test_olive_stars_notes_and_saves(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    client, page = client_of(olive), f"/home/clips/{clip.ref}/"
    for act in ("star", "save"):
        assert client.post(f"{page}{act}/", {"on": ""})["Location"] == page
    client.post(f"{page}note/", {"note": "The gray van", "label": "van"})
    html = client.get(page).content.decode()
    assert html.count('aria-pressed="true"') == 2 and "The gray van" in html and ": it is saved" in html
    refused = client.post(f"{page}note/", {"note": "x" * 300, "label": "van"})
    assert refused.status_code == 422 and "At most 280 characters" in refused.content.decode()


def test_the_download_is_the_kept_file_bit_for_bit(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    response = client_of(olive).get(f"/home/clips/{clip.ref}/download/")
    assert hashlib.sha256(b"".join(response.streaming_content)).hexdigest() == clip.sha256
    assert response["Content-Disposition"].startswith('attachment; filename="street-20')
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("person", NOT_THE_HOUSEHOLD)
def test_nobody_else_sees_or_deletes_it(
    person: str, request: pytest.FixtureRequest, clip: Clip, client_of: ClientOf
) -> None:
    client = client_of(request.getfixturevalue(person))
    for page in (f"/home/clips/{clip.ref}/", f"/home/clips/{clip.ref}/download/"):
        assert client.get(page).status_code == 404
    assert {client.post(f"/home/clips/{clip.ref}/{act}/").status_code for act in ACTS} == {404}
    clip.refresh_from_db()
    assert clip.state == "stored"


def test_olive_deletes_it_and_takes_it_back(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    client, page = client_of(olive), f"/home/clips/{clip.ref}/"
    day = f"/home/?day={_day(clip)}"
    assert client.post(f"{page}delete/")["Location"] == day
    assert client.get(page).status_code == 404
    html = client.get(day).content.decode()
    assert "It can be taken back until" in html and f"{page}undo/" in html and f'href="{page}"' not in html
    assert client.post(f"{page}undo/")["Location"] == page
    assert client.get(page).status_code == 200 and f"{page}undo/" not in client.get(day).content.decode()
    client.post(f"{page}delete/")
    assert client.post(f"{page}end/")["Location"] == day
    assert client.post(f"{page}undo/").status_code == 404
    key = SealedKey.objects.get(pk=clip.key_id)
    assert key.sealed_identity is None


def test_a_clip_that_isnt_checked_yet_has_no_page(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    Clip.objects.update(checked_at=None)
    assert client_of(olive).get(f"/home/clips/{clip.ref}/").status_code == 404


def test_clips_of_one_camera_follow_each_other(
    olive: Account, olives_device: Device, street_camera: Camera, door_camera: Camera, client_of: ClientOf
) -> None:
    at = source.now() - timedelta(hours=1)
    first = upload(olives_device, street_camera, at, seed=1)
    upload(olives_device, door_camera, at + timedelta(minutes=1), seed=2)
    second = upload(olives_device, street_camera, at + timedelta(minutes=2), seed=3)
    client = client_of(olive)
    page = client.get(f"/home/clips/{first.ref}/").content.decode()
    assert "Earlier:" not in page and f'/home/clips/{second.ref}/" rel="next"' in page
    page = client.get(f"/home/clips/{second.ref}/").content.decode()
    assert "Later:" not in page and f'/home/clips/{first.ref}/" rel="prev"' in page


def test_erasing_the_account_destroys_the_keys_of_its_clips(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    keys = list(SealedKey.objects.values_list("pk", flat=True))
    client_of(olive).post("/settings/delete/", {"email": olive.email})
    assert not Account.objects.filter(pk=olive.pk).exists() and not Clip.objects.exists()
    left = SealedKey.objects.filter(pk__in=keys)
    assert all(key.sealed_identity is None for key in left)
