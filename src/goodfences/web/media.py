"""A household's own clips and posters, for the pages of its people. Nothing lies unsealed on a disk."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from goodfences.clips import playback
from goodfences.clips.models import Clip
from goodfences.people.models import Account
from goodfences.web import ranges


def clip_url(clip: Clip, account: Account) -> str:
    """Where the player of `account` finds the clip for the next hour."""
    return reverse("media_clip", args=[playback.pass_for(clip, account)])


def poster_url(clip: Clip, account: Account) -> str:
    """Where a page of `account` finds the clip's still for the next hour; empty where it has none."""
    return reverse("media_poster", args=[playback.pass_for(clip, account)]) if clip.poster_blob else ""


def stills_url(clip: Clip, account: Account) -> str:
    """Where a page of `account` finds the clip's sheet of small stills for the next hour; empty where it has none."""
    return reverse("media_stills", args=[playback.pass_for(clip, account)]) if clip.stills_blob else ""


def account_of(request: HttpRequest) -> Account:
    """The account that `login_required` let in."""
    assert isinstance(request.user, Account)
    return request.user


@require_safe
@login_required
def clip(request: HttpRequest, token: str) -> HttpResponseBase:
    """The video, whole or by byte ranges."""
    return ranges.play(request, playback.open_clip(playback.clip_of_pass(token, account_of(request))))


@require_safe
@login_required
def poster(request: HttpRequest, token: str) -> HttpResponse:
    found = playback.clip_of_pass(token, account_of(request))
    return HttpResponse(playback.poster(found), content_type="image/jpeg", headers=ranges.FOOTAGE)


@require_safe
@login_required
def stills(request: HttpRequest, token: str) -> HttpResponse:
    found = playback.clip_of_pass(token, account_of(request))
    return HttpResponse(playback.stills(found), content_type="image/jpeg", headers=ranges.FOOTAGE)


urlpatterns = [
    path("media/clips/<str:token>", clip, name="media_clip"),
    path("media/posters/<str:token>", poster, name="media_poster"),
    path("media/stills/<str:token>", stills, name="media_stills"),
]
