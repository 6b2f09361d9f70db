"""A household's own clips and posters, for the pages of its people. Nothing lies unsealed on a disk."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from goodfences.clips import playback
from goodfences.clips.models import Clip
from goodfences.people.models import Account
from goodfences.vault.seek import SeekableReader
from goodfences.web import ranges

_STEP = 256 * 1024
# Private to the viewer, and kept nowhere: a pass must not outlive itself in a cache.
_HEADERS = {"Cache-Control": "private, no-store"}


def clip_url(clip: Clip, account: Account) -> str:
    """Where the player of `account` finds the clip for the next hour."""
    return reverse("media_clip", args=[playback.pass_for(clip, account)])


def poster_url(clip: Clip, account: Account) -> str:
    """Where a page of `account` finds the clip's still for the next hour; empty where it has none."""
    return reverse("media_poster", args=[playback.pass_for(clip, account)]) if clip.poster_blob else ""


def account_of(request: HttpRequest) -> Account:
    """The account that `login_required` let in."""
    assert isinstance(request.user, Account)
    return request.user


@require_safe
@login_required
def clip(request: HttpRequest, token: str) -> HttpResponseBase:
    """The video, whole or by byte ranges."""
    reader = playback.open_clip(playback.clip_of_pass(token, account_of(request)))
    return play(request, reader)


@require_safe
@login_required
def poster(request: HttpRequest, token: str) -> HttpResponse:
    found = playback.clip_of_pass(token, account_of(request))
    return HttpResponse(playback.poster(found), content_type="image/jpeg", headers=_HEADERS)


def play(request: HttpRequest, reader: SeekableReader) -> HttpResponseBase:
    """Answer a player from a sealed video, and close it afterwards."""

    def read(start: int, length: int) -> Iterator[bytes]:
        for offset in range(start, start + length, _STEP):
            yield reader.read_range(offset, min(_STEP, start + length - offset))

    response = ranges.answer(request, size=reader.size, read=read, content_type="video/mp4")
    response._resource_closers.append(reader.close)  # type: ignore[attr-defined]  # closed with the response
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response


urlpatterns = [
    path("media/clips/<str:token>", clip, name="media_clip"),
    path("media/posters/<str:token>", poster, name="media_poster"),
]
