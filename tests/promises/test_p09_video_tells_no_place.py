"""P9: video that was stored carries no metadata: a place that was hidden in it never comes out again."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import av
import pytest
from django.test import Client
from django.urls import reverse

from goodfences.cameras.models import Camera, Device
from goodfences.clips.faststart import Box, boxes
from goodfences.clips.models import Clip
from goodfences.evidence import opening, tasks
from goodfences.evidence.models import SharedVideo
from goodfences.evidence.owner import actions as owner
from goodfences.evidence.owner.choosing import Choice
from goodfences.people.models import Account
from goodfences.video_requests.models import Ask, VideoRequest
from goodfences.web import media
from tests import ingest
from tests.clips import streams
from tests.promises import planted
from tests.promises.belongings import everything_kept
from tests.video_requests.conftest import draft, olives_ask, opened, policy_published, submitted, unsigned
from tests.web.sharing import bytes_of, vault

__all__ = ["draft", "olives_ask", "opened", "policy_published", "submitted", "unsigned", "vault"]

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Account], Client]
FILES = {"h264": planted.mp4("h264"), "hevc": planted.mp4("hevc"), "matroska": planted.matroska()}
MARKS = {"h264": 27, "hevc": 27, "matroska": 13}
_HEADERS = {b"mvhd", b"tkhd", b"mdhd"}
_KNOWN = {
    *(b"ftyp", b"moov", b"mdat", b"mvhd", b"trak", b"tkhd", b"mdia", b"mdhd", b"hdlr", b"minf", b"vmhd", b"smhd"),
    *(b"dinf", b"stbl", b"stsd", b"stts", b"stss", b"ctts", b"cslg", b"stsc", b"stsz", b"stco", b"sgpd", b"sbgp"),
}


@pytest.fixture(params=list(FILES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def clip(kind: str, olives_device: Device, street_camera: Camera, opened: VideoRequest) -> Clip:
    length = planted.SECONDS * 1000
    return ingest.checked(olives_device, street_camera, FILES[kind], starts_at=opened.starts_at, duration_ms=length)


def walked(data: bytes, start: int = 0, end: int | None = None) -> list[Box]:
    found = []
    for each in boxes(data, start, end):
        found.append(each)
        if each.kind in {b"moov", b"trak", b"mdia", b"minf", b"stbl"}:
            found += walked(data, each.body, each.end)
    return found


def test_the_marks_are_where_they_could_be_found() -> None:
    """Or nothing is tried: each file is a video that decodes, with many marks in it."""
    assert {name: len(planted.marks_in(data)) for name, data in FILES.items()} == MARKS
    for data in FILES.values():
        with av.open(io.BytesIO(data)) as file:
            assert sum(1 for _ in file.decode(video=0)) == planted.FRAMES


def check(video: bytes) -> None:
    """A video without marks, without times and without a box that isn't needed to play it."""
    assert planted.marks_in(video) == set()
    for each in walked(video):
        assert each.kind in _KNOWN, each.kind
        if each.kind in _HEADERS:
            assert video[each.body + 4 : each.body + 12] == bytes(8), "It says when it was made."
    with av.open(io.BytesIO(video)) as file:
        told = {**file.metadata, **{name: text for stream in file.streams for name, text in stream.metadata.items()}}
        assert {"major_brand", "minor_version", "compatible_brands", "language", "handler_name", "vendor_id"} >= set(
            told
        ), told
        assert {told["language"], told["handler_name"]} <= {"und", "VideoHandler", "SoundHandler"}
        assert {stream.type for stream in file.streams} <= {"video", "audio"}


def test_playback_and_still_tell_nothing(clip: Clip, olive: Account, client_of: ClientOf) -> None:
    client = client_of(olive)
    video = bytes_of(client.get(media.clip_url(clip, olive)))
    check(video)
    assert len(streams.packets(video)) == planted.FRAMES
    for url in (media.poster_url(clip, olive), media.stills_url(clip, olive)):
        still = client.get(url).content
        assert still.startswith(b"\xff\xd8") and planted.marks_in(still) == set()
        assert not re.search(rb"\xff[\xe1-\xef\xfe]..(Exif|http|Photoshop|ICC_PROFILE|Lav)", still, re.DOTALL)


@pytest.mark.parametrize("exact", [False, True])
def test_a_share_and_its_package_tell_nothing(
    clip: Clip, olives_ask: Ask, olive: Account, omar: Account, client_of: ClientOf, exact: bool
) -> None:
    owner.share(
        account=olive, ask_ref=olives_ask.ref, cuts=[Choice(clip.ref, 1000, 2000, exact, audio=True)], told={}
    )
    tasks.run_due(10)
    (shared,) = SharedVideo.objects.all()
    check(b"".join(opening.chunks(shared)))
    response = client_of(omar).post(reverse("portal:package", args=[shared.video_request.ref]))
    package = zipfile.ZipFile(io.BytesIO(bytes_of(response)))
    assert sum(name.endswith(".mp4") for name in package.namelist()) == 1
    for name in package.namelist():
        assert planted.marks_in(package.read(name)) == set(), name


def test_nothing_of_it_is_kept_in_the_database(clip: Clip) -> None:
    assert [table for table, row in everything_kept() if planted.PLACE in row] == []


def test_nothing_of_it_is_said_where_a_video_is_refused(
    olives_device: Device, street_camera: Camera, caplog: Any, vault: None
) -> None:
    broken = FILES["h264"].replace(b"avcC", b"avcX")
    stored = ingest.stored(olives_device, street_camera, broken)
    ingest.tasks.run_due(4)
    stored.refresh_from_db()
    assert stored.refusal
    assert planted.PLACE not in stored.refusal + caplog.text
