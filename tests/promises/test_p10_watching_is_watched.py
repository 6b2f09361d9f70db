"""P10: watching is watched. Whatever address gives an officer a byte of shared video, its owner sees it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from goodfences import source
from goodfences.clips.models import Clip
from goodfences.evidence import custody, opening
from goodfences.evidence.models import CustodyEvent, Share, SharedVideo
from goodfences.people.models import Account
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from tests.clips import streams
from tests.pages import Page, bytes_of
from tests.video_requests.conftest import draft, opened, policy_published, submitted, unsigned
from tests.web.sharing import clip, olives_ask, shared, signed_in, vault

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
OFFICERS = {"omar": "Officer 4411", "ada": "Sergeant 3102", "aggie": "Captain 1001"}
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)+")
_LEADS_ON = re.compile(r"<(video|img|source)\b|\?pass=")
_PICTURE = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n|RIFF....WEBP", re.DOTALL)


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    """Every address of the instance, its arguments as `<name>`; none is listed by hand."""
    for each in (resolver or get_resolver()).url_patterns:
        route = prefix + str(each.pattern).removeprefix("^").removesuffix("$").removesuffix(r"\Z")
        if isinstance(each, URLResolver):
            yield from patterns(each, route)
        elif isinstance(each, URLPattern):
            yield _ARGUMENT.sub(lambda found: f"<{found[1] or found[2]}>", route)


def filled(pattern: str, words: list[str]) -> Iterator[str]:
    """The address with every combination of words for its arguments."""
    names = re.findall(r"<\w+>", pattern)
    for chosen in product(words if len(names) < 2 else words[:3], repeat=len(names)):
        address = pattern
        for name, word in zip(names, chosen, strict=True):
            address = address.replace(name, word, 1)
        yield "/" + address.replace("\\", "")


@pytest.fixture
def words(shared: SharedVideo, opened: VideoRequest, olives_ask: Ask, clip: Clip) -> list[str]:
    """Everything that could stand in an address and lead to this video."""
    share = Share.objects.get()
    return [shared.ref, opened.ref, clip.ref, olives_ask.ref, share.ref, share.blob_names()[0], str(shared.pk)]


@pytest.fixture
def film(shared: SharedVideo) -> Callable[[bytes], bool]:
    """`film(body)`: whether any coded frame of the shared video, or any still picture, is in it."""
    video = b"".join(opening.chunks(shared))
    frames = [packet[8:40] for packet in streams.packets(video) if len(packet) >= 40]
    assert len(frames) > 10

    def shown(body: bytes) -> bool:
        return any(frame in body for frame in frames) or bool(_PICTURE.search(body))

    return shown


def events() -> int:
    return CustodyEvent.objects.filter(kind__in=["viewed", "downloaded"]).count()


def ask(client: Client, method: str, address: str, **fields: Any) -> tuple[bytes, str]:
    """The body, and the page where there is one."""
    client.raise_request_exception = False
    response = getattr(client, method)(address, fields) if fields else getattr(client, method)(address)
    body = bytes_of(response)
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    return body, body.decode() if is_page else ""


class TestEveryWay:
    def test_the_portals_addresses_are_found(self) -> None:
        found = list(patterns())
        assert "portal/shared/<ref>/video.mp4" in found
        assert "portal/requests/<ref>/package/" in found
        assert len([pattern for pattern in found if pattern.startswith("portal/")]) > 10

    @pytest.mark.slow
    @pytest.mark.parametrize("person", ["omar", "audrey", "sam"])
    def test_no_address_gives_an_officer_a_picture_without_an_event(
        self,
        person: str,
        request: pytest.FixtureRequest,
        client_of: SignedIn,
        words: list[str],
        film: Callable[[bytes], bool],
        shared: SharedVideo,
    ) -> None:
        """Each page is fetched, and then whatever it leads to, with the passes that stand in it."""
        client = client_of(request.getfixturevalue(person))
        gave: set[str] = set()
        for pattern in patterns():
            if pattern.startswith(("accounts/", "styleguide", "map/")):
                continue
            for address, method in product(filled(pattern, words), ("get", "post")):
                before = events()
                body, page = ask(client, method, address, **({"video": shared.ref} if method == "post" else {}))
                if film(body):
                    assert events() == before + 1, f"{method} {address}"
                    gave.add(pattern)
                opened_now = events() > before
                for link in _links(page):
                    at = events()
                    body, _ = ask(client, "get", link)
                    if film(body):
                        assert opened_now or events() > at, f"{link} of {address}"
                        gave.add(link.partition("?")[0].replace(shared.ref, "<ref>").strip("/"))
        expected = {"portal/requests/<ref>/package/", "portal/shared/<ref>/video.mp4"}
        assert gave == (expected if person == "omar" else set())

    @pytest.mark.parametrize("person", OFFICERS)
    def test_the_owner_sees_each_of_them_at_once(
        self,
        person: str,
        request: pytest.FixtureRequest,
        client_of: SignedIn,
        shared: SharedVideo,
        opened: VideoRequest,
        olive: Account,
        olives_ask: Ask,
        clock: source.SeededSource,
    ) -> None:
        theirs, hers = client_of(request.getfixturevalue(person)), client_of(olive)
        clock.advance(timedelta(minutes=7))
        theirs.get(f"/portal/shared/{shared.ref}/")
        text = Page(hers.get(f"/requests/{olives_ask.ref}/")).text
        # NOON is 2 pm in Helsinki.
        assert f"2:07:00 pm {OFFICERS[person]} of Northgate Police opened it, for case 26-0412" in text
        clock.advance(timedelta(minutes=2))
        theirs.post(f"/portal/requests/{opened.ref}/package/")
        text = Page(hers.get(f"/requests/{olives_ask.ref}/")).text
        assert f"2:09:00 pm {OFFICERS[person]} of Northgate Police downloaded it, for case 26-0412" in text


def _links(page: str) -> list[str]:
    """What a page leads to that its reader's browser could fetch: addresses with a pass, pictures, videos."""
    if not _LEADS_ON.search(page):
        return []
    found = Page(page)
    shown = [element["src"] for tag in ("video", "img", "source") for element in found.all(tag) if "src" in element]
    shown += [element["poster"] for element in found.all("video") if "poster" in element]
    return [*shown, *(address for address in found.addresses if "?pass=" in address)]


class TestBeforeTheFirstByte:
    @pytest.fixture(params=["the log can't be written", "the event can't be kept"])
    def broken(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, shared: SharedVideo) -> None:
        """From now on no custody event can be written."""

        def fail(*_: Any, **__: Any) -> None:
            raise OSError("no space left")

        if request.param == "the log can't be written":
            monkeypatch.setattr(custody, "record", fail)
        else:
            monkeypatch.setattr(CustodyEvent, "save", fail)

    def test_an_opening_that_cannot_be_written_down_shows_nothing(
        self, client_of: SignedIn, omar: Account, shared: SharedVideo, broken: None, film: Callable[[bytes], bool]
    ) -> None:
        client = client_of(omar)
        client.raise_request_exception = False
        response = client.get(f"/portal/shared/{shared.ref}/")
        assert response.status_code == 500
        assert b"pass=" not in response.content and not film(response.content)

    def test_a_download_that_cannot_be_written_down_gives_nothing(
        self,
        client_of: SignedIn,
        omar: Account,
        shared: SharedVideo,
        opened: VideoRequest,
        broken: None,
        film: Callable[[bytes], bool],
    ) -> None:
        client = client_of(omar)
        client.raise_request_exception = False
        response = client.post(f"/portal/requests/{opened.ref}/package/")
        assert response.status_code == 500
        assert not film(bytes_of(response))
        shared.refresh_from_db()
        assert shared.downloaded_at is None, "the owner's undo must not be over"

    @pytest.mark.django_db(transaction=True)
    def test_an_event_is_committed_before_the_bytes_are_asked_for(
        self,
        client_of: SignedIn,
        omar: Account,
        shared: SharedVideo,
        opened: VideoRequest,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        from django.db import connection

        asked: list[tuple[bool, int]] = []
        open_video = opening.open_video

        def watched(video: SharedVideo) -> Any:
            asked.append((connection.in_atomic_block, events()))
            return open_video(video)

        monkeypatch.setattr(opening, "open_video", watched)
        response = client_of(omar).post(f"/portal/requests/{opened.ref}/package/")
        assert asked == []
        bytes_of(response)
        assert asked == [(False, 1)]

    def test_whoever_changes_an_event_afterwards_breaks_the_chain(
        self, client_of: SignedIn, omar: Account, shared: SharedVideo
    ) -> None:
        from goodfences.evidence import chain

        client = client_of(omar)
        client.get(f"/portal/shared/{shared.ref}/")
        client.get(f"/portal/shared/{shared.ref}/")
        chain.check(custody.log_of(shared))
        CustodyEvent.objects.filter(sequence=2).update(at=source.now() - timedelta(hours=1))
        with pytest.raises(chain.BrokenChain):
            chain.check(custody.log_of(shared))
