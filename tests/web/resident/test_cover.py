"""The editor of a clip, what would leave, and the copy to download: on a real clip, without a browser."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences.cameras import rights, zones
from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.people.models import Account
from goodfences.redaction import kept, making
from goodfences.redaction.models import Draft
from tests import ingest
from tests.clips import streams
from tests.footage import street
from tests.pages import bytes_of

ClientOf = Callable[[Account], Client]
BOX: dict[str, Any] = {
    "kind": "drawn",
    "starts_ms": 0,
    "ends_ms": 5000,
    "still": True,
    "anchors": [[1000, 5000, 5000, 2000, 2000]],
}


@pytest.fixture(autouse=True)
def empty_vault(settings: Any, tmp_path: Path) -> None:
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"


@pytest.fixture
def clip(olives_device: Device, street_camera: Camera) -> Clip:
    return ingest.checked(olives_device, street_camera, streams.clip(audio=True), duration_ms=5000)


def url(clip: Clip, step: str = "") -> str:
    return f"/home/clips/{clip.ref}/cover/{step}"


def send(client: Client, clip: Clip, *marks: dict[str, Any], **fields: Any) -> Any:
    form = {"starts": "0:01.1", "ends": "0:03", "marks": json.dumps(list(marks))} | fields
    return client.post(url(clip), form)


def patient(client: Client, address: str) -> Any:
    """The page behind one that waits."""
    for _ in range(100):
        page = client.get(address.partition("#")[0])
        if 'id="waiting"' not in page.content.decode():
            return page
    raise AssertionError("It never came.")


def test_while_it_is_being_made_the_page_says_so_and_goes_on_by_itself(
    olive: Account, clip: Clip, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, go = client_of(olive), threading.Event()
    really = making.made_of
    monkeypatch.setattr(making, "made_of", lambda *given: really(*given) if go.wait(20) else None)
    monkeypatch.setattr(kept, "WAIT_S", 0.1)
    send(client, clip, BOX)
    page = client.get(url(clip, "check/")).content.decode()
    assert "Your copy is being made" in page and 'hx-trigger="every 2s"' in page and 'http-equiv="refresh"' in page
    go.set()
    assert "This is the copy" in patient(client, url(clip, "check/")).content.decode()


def test_what_is_downloaded_is_what_was_shown(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    client = client_of(olive)
    assert send(client, clip, BOX).headers["Location"] == url(clip, "check/")
    page = client.get(url(clip, "check/")).content.decode()
    assert "one box" in page and "Without sound." in page
    shown = bytes_of(client.get(url(clip, "preview/")))
    sha256 = page.split('name="sha256" value="', 1)[1].split('"', 1)[0]
    copy = client.post(url(clip, "download/"), {"sha256": sha256})
    assert copy.content == shown
    assert hashlib.sha256(shown).hexdigest() == sha256
    assert "-copy.mp4" in copy.headers["Content-Disposition"] and "no-store" in copy.headers["Cache-Control"]
    assert len(streams.packets(shown)) == 28 and streams.packets(shown, "audio") == []


def test_what_is_found_is_shown_and_covered_only_if_somebody_ticks_it(
    olive: Account, olives_device: Device, street_camera: Camera, client_of: ClientOf
) -> None:
    clip = ingest.checked(olives_device, street_camera, street("crossing-hd"), duration_ms=10_000)
    client = client_of(olive)
    page = patient(client, send(client, clip, starts="0", ends="0:02.9", find="").headers["Location"])
    words = page.content.decode()
    assert page.status_code == 200 and "A person" in words and "data:image/jpeg" in words
    ticks = re.findall(r'<input[^>]*name="accept"[^>]*>', words)
    assert ticks and not any("checked" in tick for tick in ticks)
    assert Draft.objects.get().marks == []
    person = page.context["found"][0]["mark"]
    send(client, clip, accept=[person])
    assert Draft.objects.get().marks == [json.loads(person)]


def test_where_nobody_is_found_nobody_is_promised_to_be_absent(
    olive: Account, clip: Clip, client_of: ClientOf
) -> None:
    client = client_of(olive)
    page = patient(client, send(client, clip, find="").headers["Location"]).content.decode()
    assert "That doesn’t mean that nobody is there" in page


def test_what_was_changed_after_it_was_shown_is_not_downloaded(
    olive: Account, clip: Clip, client_of: ClientOf
) -> None:
    client = client_of(olive)
    send(client, clip, BOX)
    before = client.get(url(clip, "check/")).context["made"].sha256
    send(client, clip)
    answer = client.post(url(clip, "download/"), {"sha256": before}, follow=True)
    assert answer.redirect_chain == [(url(clip, "check/"), 302)]
    assert "Somebody changed it meanwhile." in answer.content.decode()


def test_sound_goes_along_where_it_is_switched_on(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    client = client_of(olive)
    send(client, clip, audio="on")
    assert "With sound." in client.get(url(clip, "check/")).content.decode()
    assert streams.packets(bytes_of(client.get(url(clip, "preview/"))), "audio")


def test_a_saved_box_is_there_again_and_can_be_taken_away_without_a_script(
    olive: Account, clip: Clip, client_of: ClientOf
) -> None:
    client = client_of(olive)
    send(client, clip, BOX, BOX | {"kind": "face"})
    page = client.get(url(clip)).content.decode()
    assert "Take box 2 away" in page and 'value="0:01.1"' in page
    send(client, clip, BOX, BOX | {"kind": "face"}, remove=["0"])
    assert [mark["kind"] for mark in Draft.objects.get().marks] == ["face"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"starts": "soon"}, "is no time in the clip"),
        ({"ends": "0:09"}, "Choose an end after its start"),
        ({"marks": "{"}, "These boxes can’t be read"),
        ({"accept": "{"}, "These boxes can’t be read"),
        ({"marks": "[3]"}, "These boxes can’t be read"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_saved(
    olive: Account, clip: Clip, client_of: ClientOf, fields: dict[str, str], words: str
) -> None:
    answer = send(client_of(olive), clip, **fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Draft.objects.exists()


def test_the_zones_of_the_camera_are_named(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    zones.replace(account=olive, camera_ref=clip.camera.ref, areas=[[[0, 5000], [2000, 5000], [2000, 10_000]]])
    client = client_of(olive)
    assert "is always covered in what leaves" in client.get(url(clip)).content.decode()
    send(client, clip)
    assert "one privacy zone of the camera" in client.get(url(clip, "check/")).content.decode()


def test_without_a_saved_plan_nothing_is_shown_or_given(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    client = client_of(olive)
    assert client.get(url(clip, "check/")).headers["Location"] == url(clip)
    assert client.get(url(clip, "preview/")).status_code == 404
    assert client.post(url(clip, "download/")).status_code == 404


def test_a_member_covers_and_downloads_as_the_owner_allows(
    olive: Account, hugo: Account, clip: Clip, client_of: ClientOf
) -> None:
    member, ref = client_of(hugo), hugo.memberships.get().ref
    assert member.get(url(clip)).status_code == 404
    allowed = rights.Rights(watch=True, mark=True)
    rights.allow(account=olive, member_ref=ref, rights={clip.camera.ref: allowed})
    send(member, clip, BOX)
    page = member.get(url(clip, "check/"))
    assert "Download this copy" not in page.content.decode()
    assert member.post(url(clip, "download/"), {"sha256": page.context["made"].sha256}).status_code == 404


@pytest.mark.parametrize("name", ["stranger", "nadia", "omar", "ada", "sam", "max", "otto"])
def test_nobody_else_finds_any_of_it(
    clip: Clip, olive: Account, client_of: ClientOf, name: str, request: pytest.FixtureRequest
) -> None:
    send(client_of(olive), clip, BOX)
    client = client_of(request.getfixturevalue(name))
    for step in ("", "check/", "preview/"):
        assert client.get(url(clip, step)).status_code == 404
    assert client.post(url(clip)).status_code == 404
    assert client.post(url(clip, "download/")).status_code == 404
