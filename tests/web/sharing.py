"""Olive's ask with a real clip in its window, answered through her pages; for tests of both ends of a share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.evidence import tasks
from goodfences.evidence.models import SharedVideo
from goodfences.people.models import Account
from goodfences.redaction import previewing
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from tests import ingest, persons
from tests.clips import streams
from tests.pages import Page, bytes_of
from tests.video_requests.conftest import olives_ask

__all__ = ["clip", "olives_ask", "shared", "signed_in", "vault"]

LOOK = "See what would be shared"
SHARE = "Share with Northgate Police"


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty one; and no preview is kept from another test."""
    monkeypatch.setattr(previewing, "_kept", previewing._Kept())
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"


@pytest.fixture
def clip(olives_device: Device, street_camera: Camera, opened: VideoRequest) -> Clip:
    """Five seconds with sound of Olive's street camera, a key frame each second, five minutes into the window."""
    return keep(olives_device, street_camera, opened, after=timedelta(minutes=5))


def keep(device: Device, camera: Camera, request: VideoRequest, *, after: timedelta) -> Clip:
    """Five seconds that begin `after` the start of the window, uploaded and checked as any other."""
    # Of one camera the same file is the same clip, so that each says when it is of.
    data = streams.clip(bframes=3, audio=True, notes={"comment": f"after {after}"})
    return ingest.checked(device, camera, data, starts_at=request.starts_at + after, duration_ms=5000)


@pytest.fixture
def signed_in() -> Callable[[Account], Client]:
    """As `client_of`, and a form without its CSRF token is refused as a browser's would be."""

    def sign_in(account: Account) -> Client:
        return persons.sign_in(Client(enforce_csrf_checks=True), account)

    return sign_in


def look(client: Client, ask: Ask, *clips: Clip, **changes: str | bool) -> Any:
    """Choose `clips` on the page of the ask and press the button; `starts` and so on are of each of them."""
    form = Page(client.get(f"/requests/{ask.ref}/")).form("/check/")
    sent: dict[str, str | bool] = {f"{clip.ref}-chosen": True for clip in clips}
    for name, value in changes.items():
        own = name in ("starts", "ends", "exact", "audio")
        sent |= {f"{clip.ref}-{name}" if own else name: value for clip in clips}
    return form.send(client, LOOK, sent)


def give(client: Client, ask: Ask, *clips: Clip, **changes: str | bool) -> Page:
    """Choose, look, share, each on its page. The worker hasn't come yet."""
    checked = look(client, ask, *clips, **changes)
    assert checked.status_code == 200, Page(checked).text
    return Page(Page(checked).form("/share/").send(client, SHARE))


@pytest.fixture
def shared(signed_in: Callable[[Account], Client], olive: Account, olives_ask: Ask, clip: Clip) -> SharedVideo:
    """Seconds 1 to 3 of Olive's clip, given through her pages and prepared by the worker."""
    give(signed_in(olive), olives_ask, clip, starts="0:01", ends="0:03")
    tasks.run_due(10)
    return SharedVideo.objects.get()


def previewed(client: Client, page: Page) -> list[bytes]:
    """The videos of a page, fetched as its players do."""
    found = [bytes_of(client.get(video["src"])) for video in page.all("video")]
    assert all(re.match(rb"....ftyp", video, re.DOTALL) for video in found)
    return found
