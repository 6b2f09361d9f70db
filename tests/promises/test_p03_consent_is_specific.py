"""P3: consent is specific. One request, the chosen seconds, nothing about who gave them; and a way back."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import av
import numpy as np
import pytest
from django.test import Client

from goodfences import places
from goodfences.cameras.models import Camera, Device
from goodfences.clips.faststart import Box, boxes
from goodfences.clips.models import Clip
from goodfences.evidence import tasks
from goodfences.evidence.models import Share, SharedVideo
from goodfences.people.models import Account, Household
from goodfences.vault import blobs
from goodfences.vault.errors import BlobMissing
from goodfences.video_requests import actions as requests
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from tests.clips import streams
from tests.pages import Page, bytes_of
from tests.persons import officer
from tests.video_requests.conftest import draft, fields, opened, policy_published, submitted, unsigned
from tests.web.sharing import clip, give, look, olives_ask, previewed, shared, signed_in, vault

__all__ = [
    "clip",
    "draft",
    "olives_ask",
    "opened",
    "policy_published",
    "shared",
    "signed_in",
    "submitted",
    "unsigned",
]
__all__ += ["vault"]

pytestmark = pytest.mark.django_db
SignedIn = Callable[[Account], Client]
INSIDE = range(15, 45)
"""The frames of seconds 1 to 3, which is what Olive chooses."""


@pytest.fixture
def named(olive: Account, olives_home: Household, street_camera: Camera, olives_device: Device) -> list[str]:
    """Olive with names that stand nowhere else, and everything that could tell who or where she is."""
    Account.objects.filter(pk=olive.pk).update(name="Oliveira Quist")
    Household.objects.filter(pk=olives_home.pk).update(name="Quistholm")
    Camera.objects.filter(pk=street_camera.pk).update(name="Attic window")
    Device.objects.filter(pk=olives_device.pk).update(name="Hubble7")
    latitude, longitude = places.center(olives_home.cell)
    refs = [olives_home.ref, street_camera.ref, olives_device.ref]
    where = [places.cell_to_hex(olives_home.cell), str(olives_home.cell), f"{latitude:.6f}", f"{longitude:.6f}"]
    return ["Oliveira", "Quist", "Attic window", "Hubble7", "olive@", *refs, *where]


@pytest.fixture
def client(signed_in: SignedIn, olive: Account) -> Client:
    return signed_in(olive)


def package_of(client: Client, asked: VideoRequest) -> bytes:
    """What an officer's browser downloads."""
    page = Page(client.get(f"/portal/requests/{asked.ref}/"))
    return bytes_of(page.form("/package/").send(client))


def video_in(package: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        (name,) = [name for name in archive.namelist() if "/data/" in name]
        return archive.read(name)


def frames(video: bytes) -> list[np.ndarray]:
    with av.open(io.BytesIO(video), options={"ignore_editlist": "1"}) as file:
        return [frame.to_ndarray(format="gray") for frame in file.decode(video=0)]


def inner_boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    for box in boxes(data, start, end):
        yield box
        if box.kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf"):
            yield from inner_boxes(data, box.body, box.end)


class TestTheInterval:
    def test_every_frame_is_one_of_the_chosen_seconds_pixel_for_pixel(
        self, shared: SharedVideo, signed_in: SignedIn, omar: Account, opened: VideoRequest
    ) -> None:
        left = frames(video_in(package_of(signed_in(omar), opened)))
        source = frames(streams.clip(bframes=3, audio=True))
        assert len(left) == len(INSIDE)
        for number, frame in zip(INSIDE, left, strict=True):
            assert np.array_equal(frame, source[number]), f"frame {number}"

    def test_an_exact_cut_holds_the_pictures_of_those_moments_and_no_other(
        self, client: Client, olives_ask: Ask, clip: Clip, signed_in: SignedIn, omar: Account, opened: VideoRequest
    ) -> None:
        give(client, olives_ask, clip, starts="0:01.4", ends="2.934", exact=True)
        tasks.run_due(10)
        left = video_in(package_of(signed_in(omar), opened))
        assert streams.numbers(left) == list(range(21, 45))
        source = frames(streams.clip(bframes=3, audio=True))
        for number, frame in zip(range(21, 45), frames(left), strict=True):
            apart = np.mean((frame.astype(int) - source[number].astype(int)) ** 2)
            assert apart < 12, f"frame {number}"
            assert apart < np.mean((frame.astype(int) - source[number - 8].astype(int)) ** 2)

    def test_no_coded_byte_of_another_moment_is_anywhere_in_the_package(
        self, shared: SharedVideo, signed_in: SignedIn, omar: Account, opened: VideoRequest
    ) -> None:
        package = package_of(signed_in(omar), opened)
        coded = streams.packets(streams.clip(bframes=3, audio=True))
        inside, outside = coded[15:45], coded[:15] + coded[45:]
        sought = {piece for packet in outside for piece in _pieces(packet)}
        sought -= {piece for packet in inside for piece in _pieces(packet, step=1)}
        assert len(sought) > 100
        assert not [piece for piece in sought if piece in package]
        assert all(packet in package for packet in inside)

    def test_nothing_hides_behind_an_edit_list_or_between_the_frames(
        self, shared: SharedVideo, signed_in: SignedIn, omar: Account, opened: VideoRequest
    ) -> None:
        video = video_in(package_of(signed_in(omar), opened))
        kinds = [box.kind for box in inner_boxes(video)]
        assert not {b"edts", b"elst", b"udta", b"meta", b"uuid", b"free", b"skip"} & set(kinds)
        assert kinds.count(b"trak") == kinds.count(b"mdat") == 1
        (media,) = [box for box in boxes(video) if box.kind == b"mdat"]
        assert media.end - media.body == sum(len(packet) for packet in streams.packets(video))
        with av.open(io.BytesIO(video)) as file:
            assert sum(1 for _ in file.decode(video=0)) == len(INSIDE)

    def test_there_is_no_sound_in_it(
        self, shared: SharedVideo, signed_in: SignedIn, omar: Account, opened: VideoRequest
    ) -> None:
        package = package_of(signed_in(omar), opened)
        with av.open(io.BytesIO(video_in(package))) as file:
            assert [stream.type for stream in file.streams] == ["video"]
        heard = streams.packets(streams.clip(bframes=3, audio=True), "audio")
        assert not [packet for packet in heard if len(packet) > 16 and packet in package]

    def test_it_is_the_very_file_that_she_was_shown(
        self, client: Client, olives_ask: Ask, clip: Clip, signed_in: SignedIn, omar: Account, opened: VideoRequest
    ) -> None:
        checked = Page(look(client, olives_ask, clip, starts="0:01", ends="0:03"))
        (seen,) = previewed(client, checked)
        checked.form("/share/").send(client)
        tasks.run_due(10)
        assert video_in(package_of(signed_in(omar), opened)) == seen


def _pieces(packet: bytes, *, step: int = 16, length: int = 24) -> Iterator[bytes]:
    """Parts of a coded frame, long enough to belong to it alone; its first bytes are like any other's."""
    for start in range(16, len(packet) - length, step):
        yield packet[start : start + length]


class TestWhoGaveIt:
    def test_nothing_in_the_package_says_who_or_where(
        self, named: list[str], shared: SharedVideo, signed_in: SignedIn, omar: Account, opened: VideoRequest
    ) -> None:
        package = package_of(signed_in(omar), opened).lower()
        share = Share.objects.get()
        assert share.ask is not None
        hidden = [*named, shared.share_ref, share.ask.ref, str(share.cuts[0]["clip"])]
        assert not [secret for secret in hidden if secret.lower().encode() in package]

    def test_nor_does_a_page_or_a_header_of_the_officers(
        self, named: list[str], shared: SharedVideo, signed_in: SignedIn, omar: Account, opened: VideoRequest
    ) -> None:
        theirs = signed_in(omar)
        seen = b""
        for address in (f"requests/{opened.ref}/", f"shared/{shared.ref}/", f"shared/{shared.ref}/receipt.json"):
            response = theirs.get(f"/portal/{address}")
            assert response.status_code == 200
            seen += bytes_of(response) + str(response.headers).encode()
        share = Share.objects.get()
        assert share.ask is not None
        hidden = [*named, share.ref, share.ask.ref, str(share.cuts[0]["clip"])]
        assert not [secret for secret in hidden if secret.lower().encode() in seen.lower()]

    def test_one_told_field_tells_that_field_alone(
        self,
        named: list[str],
        client: Client,
        olives_ask: Ask,
        clip: Clip,
        signed_in: SignedIn,
        omar: Account,
        opened: VideoRequest,
    ) -> None:
        give(client, olives_ask, clip, phone="+358 40 555 0177")
        tasks.run_due(10)
        package = package_of(signed_in(omar), opened)
        assert b"+358 40 555 0177" in package
        assert not [secret for secret in named if secret.lower().encode() in package.lower()]

    def test_the_receipt_says_what_was_kept_back(self, shared: SharedVideo) -> None:
        kept_back = shared.receipt["receipt"]["not_given"]
        for words in ("name", "email address", "telephone number", "address"):
            assert f"the owner's {words}" in kept_back
        assert "anything recorded before or after this interval" in kept_back

    def test_two_videos_of_one_owner_have_nothing_in_common_that_names_them(
        self, client: Client, olives_ask: Ask, clip: Clip, signed_in: SignedIn, omar: Account, opened: VideoRequest
    ) -> None:
        give(client, olives_ask, clip)
        tasks.run_due(10)
        first = SharedVideo.objects.get()
        Page(client.get(f"/requests/{olives_ask.ref}/")).form("/take-back/").send(client)
        give(client, olives_ask, clip)
        tasks.run_due(10)
        second = SharedVideo.objects.get(withdrawn_at__isnull=True)
        assert first.ref not in package_of(signed_in(omar), opened).decode("latin-1")
        assert first.ref != second.ref and first.share_ref != second.share_ref


class TestOneRequest:
    def test_a_share_is_for_its_request_and_no_other_of_the_same_officer(
        self, shared: SharedVideo, signed_in: SignedIn, omar: Account, ada: Account
    ) -> None:
        other = requests.save_draft(officer=officer(omar), fields=fields(case_number="26-0999"))
        other = requests.approve(officer=officer(ada), ref=requests.submit(officer=officer(omar), ref=other.ref).ref)
        page = Page(signed_in(omar).get(f"/portal/requests/{other.ref}/"))
        assert "Nothing was shared so far." in page.text
        assert shared.ref not in page.source


class TestTheWayBack:
    """Every page of the agency, byte for byte but for the tokens of its forms."""

    @staticmethod
    def seen(client: Client, asked: VideoRequest) -> list[tuple[int, str]]:
        found = []
        for address in ("", f"requests/{asked.ref}/", "agreement/", "officers/"):
            response = client.get(f"/portal/{address}")
            page = Page(response) if response.status_code == 200 else None
            tokens = page.all("input", name="csrfmiddlewaretoken") if page else []
            text = page.source if page else ""
            for token in tokens:
                text = text.replace(token["value"], "")
            found.append((response.status_code, text))
        return found

    def test_before_a_download_leaves_nothing_of_it(
        self, client: Client, olives_ask: Ask, clip: Clip, signed_in: SignedIn, omar: Account, opened: VideoRequest
    ) -> None:
        theirs = signed_in(omar)
        before = self.seen(theirs, opened)
        give(client, olives_ask, clip)
        tasks.run_due(10)
        assert self.seen(theirs, opened) != before
        name = SharedVideo.objects.get().blob
        blobs.store().open(name).close()
        Page(client.get(f"/requests/{olives_ask.ref}/")).form("/take-back/").send(client)
        assert self.seen(theirs, opened) == before
        tasks.run_due(10)
        with pytest.raises(BlobMissing):
            blobs.store().open(name)
        assert not list(blobs.store().blobs("shared"))
        assert self.seen(theirs, opened) == before

    def test_no_address_of_before_leads_to_it_any_more(
        self, client: Client, olives_ask: Ask, shared: SharedVideo, signed_in: SignedIn, omar: Account
    ) -> None:
        theirs = signed_in(omar)
        page = Page(theirs.get(f"/portal/shared/{shared.ref}/"))
        (video,) = page.all("video")
        known = [f"/portal/shared/{shared.ref}/", video["src"], f"/portal/shared/{shared.ref}/receipt.json"]
        answers = [theirs.get(address) for address in known]
        assert all(answer.status_code == 200 and bytes_of(answer) for answer in answers)
        download = page.form("/package/")
        Page(client.get(f"/requests/{olives_ask.ref}/")).form("/take-back/").send(client)
        assert all(theirs.get(address).status_code == 404 for address in known)
        assert download.send(theirs).status_code == 404

    def test_after_a_download_it_says_honestly_that_there_is_none(
        self,
        client: Client,
        olives_ask: Ask,
        shared: SharedVideo,
        signed_in: SignedIn,
        omar: Account,
        opened: VideoRequest,
    ) -> None:
        held_back = Page(client.get(f"/requests/{olives_ask.ref}/")).form("/take-back/")
        package_of(signed_in(omar), opened)
        page = Page(client.get(f"/requests/{olives_ask.ref}/"))
        assert "Northgate Police has downloaded it, so it can’t be taken back any more." in page.text
        assert "Take it back" not in page.text
        answer = Page(held_back.send(client))
        assert "Northgate Police has downloaded it, so it can’t be taken back any more." in answer.text
        shared.refresh_from_db()
        assert (shared.withdrawn_at, Share.objects.get().state) == (None, Share.State.READY)

    def test_what_was_told_goes_with_it(
        self, client: Client, olives_ask: Ask, clip: Clip, signed_in: SignedIn, omar: Account, opened: VideoRequest
    ) -> None:
        give(client, olives_ask, clip, name="Oliveira Quist", note="Ring at the green door.")
        tasks.run_due(10)
        Page(client.get(f"/requests/{olives_ask.ref}/")).form("/take-back/").send(client)
        tasks.run_due(10)
        kept: list[Any] = [*SharedVideo.objects.values(), *Share.objects.values()]
        assert "green door" not in json.dumps(kept, default=str)
        assert "green door" not in str(self.seen(signed_in(omar), opened))
