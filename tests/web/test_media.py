"""A household's player: parts of a sealed clip, for the one that the pass is made out to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips import playback, retention
from goodfences.clips.models import Clip
from goodfences.people.models import Account
from goodfences.vault import seek
from goodfences.web import media
from tests import ingest
from tests.footage import make_video
from tests.pages import bytes_of

ClientOf = Callable[[Account], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def clip(settings: Any, tmp_path: Path, olives_device: Device, street_camera: Camera) -> Clip:
    settings.BLOBS, settings.KEYS = str(tmp_path / "blobs"), tmp_path / "keys"
    return ingest.checked(olives_device, street_camera, make_video(seconds=2))


def body(response: HttpResponseBase) -> bytes:
    assert response.status_code in (200, 206)
    return bytes_of(response)


def whole(clip: Clip) -> bytes:
    with playback.open_clip(clip) as reader:
        return reader.readall()


def test_the_whole_video_comes_kept_by_no_cache(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    response = client_of(olive).get(media.clip_url(clip, olive))
    assert (response["Content-Type"], response["Accept-Ranges"]) == ("video/mp4", "bytes")
    assert (response["Cache-Control"], response["X-Accel-Buffering"]) == ("private, no-store", "no")
    assert response["Content-Length"] == str(clip.size)
    assert body(response) == whole(clip)


@pytest.mark.parametrize(("asked", "part"), [("0-99", (0, 100)), ("500-", (500, None)), ("-10", (-10, None))])
def test_a_player_that_jumps_gets_that_part(
    olive: Account, clip: Clip, client_of: ClientOf, asked: str, part: tuple[int, int | None]
) -> None:
    response = client_of(olive).get(media.clip_url(clip, olive), headers={"Range": f"bytes={asked}"})
    assert response.status_code == 206
    assert body(response) == whole(clip)[slice(*part)]


def test_beyond_its_end_there_is_nothing(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    response = client_of(olive).get(media.clip_url(clip, olive), headers={"Range": f"bytes={clip.size}-"})
    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{clip.size}")


def test_a_head_tells_its_size_alone(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    response = client_of(olive).head(media.clip_url(clip, olive))
    assert (response["Content-Length"], response.getvalue()) == (str(clip.size), b"")


@pytest.mark.parametrize("how", [{}, {"Range": "bytes=0-5"}, {"Range": "bytes=99999999-"}])
@pytest.mark.parametrize("method", ["get", "head"])
def test_the_file_is_closed_however_it_ends(
    olive: Account, clip: Clip, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, method: str, how: dict[str, str]
) -> None:
    readers: list[seek.SeekableReader] = []
    really = playback.open_clip

    def remembered(found: Clip) -> seek.SeekableReader:
        readers.append(really(found))
        return readers[-1]

    monkeypatch.setattr(playback, "open_clip", remembered)
    getattr(client_of(olive), method)(media.clip_url(clip, olive), headers=how).close()
    assert [reader.closed for reader in readers] == [True]


def test_the_poster_is_a_picture_kept_by_no_cache(olive: Account, clip: Clip, client_of: ClientOf) -> None:
    response = client_of(olive).get(media.poster_url(clip, olive))
    assert (response["Content-Type"], response["Cache-Control"]) == ("image/jpeg", "private, no-store")
    assert response["X-Accel-Buffering"] == "no"
    assert response.content.startswith(b"\xff\xd8")


def test_olives_pass_is_worth_nothing_to_hugo(olive: Account, hugo: Account, clip: Clip, client_of: ClientOf) -> None:
    client = client_of(hugo)
    assert client.get(media.clip_url(clip, olive)).status_code == 404
    assert client.get(media.poster_url(clip, olive)).status_code == 404
    assert bytes_of(client.get(media.clip_url(clip, hugo))) == whole(clip)


def test_a_pass_alone_opens_nothing_without_a_sign_in(olive: Account, clip: Clip, client: Client) -> None:
    response = client.get(media.clip_url(clip, olive))
    assert (response.status_code, response["Location"].startswith("/accounts/login/")) == (302, True)


@pytest.mark.parametrize("person", ["stranger", "nadia", "omar", "sam", "max", "otto"])
def test_nobody_elses_pass_opens_it(
    person: str, clip: Clip, client_of: ClientOf, request: pytest.FixtureRequest
) -> None:
    account = request.getfixturevalue(person)
    assert client_of(account).get(media.clip_url(clip, account)).status_code == 404


def test_a_pass_ends_after_an_hour_and_with_its_clip(
    clock: source.SeededSource, olive: Account, clip: Clip, client_of: ClientOf
) -> None:
    client, first = client_of(olive), media.clip_url(clip, olive)
    clock.advance(timedelta(minutes=61))
    assert client.get(first).status_code == 404
    second = media.clip_url(clip, olive)
    retention.delete(account=olive, ref=clip.ref)
    assert client.get(second).status_code == 404
