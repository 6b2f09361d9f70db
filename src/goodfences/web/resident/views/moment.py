"""What the time line plays: the clip at a moment of a camera's day, and the ones before and after it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path, reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET

from goodfences.cameras import rights
from goodfences.clips import access, timeline
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.people.models import Account, Household
from goodfences.web import media, showing
from goodfences.web.resident.finding import KIND_WORDS, FindForm, shows
from goodfences.web.resident.guard import settled


@require_GET
@settled
def moment(request: HttpRequest, account: Account, household: Household) -> JsonResponse:
    """`?camera=REF&at=TIME`: the clip nearest to that time, with the filters of the day's page.

    `?clip=REF`: that clip; with `go=earlier` or `go=later` the same camera's next one. `clip` is null for none.
    """
    ref = request.GET.get("clip", "")
    found = _beside(account, ref, request.GET.get("go", "")) if ref else _nearest(request, account, household)
    return JsonResponse({"clip": None if found is None else _told(found, account)})


def _beside(account: Account, ref: str, go: str) -> Clip | None:
    here = access.clip(account, ref)
    if go == "earlier":
        return timeline.before(here)
    return timeline.after(here) if go == "later" else here


def _nearest(request: HttpRequest, account: Account, household: Household) -> Clip | None:
    watched = rights.watched(account, household)
    ref, at = request.GET.get("camera", ""), read_moment(request.GET.get("at", ""))
    camera = next((camera for camera in watched if camera.ref == ref), None)
    if camera is None or at is None:
        raise NotFound
    label = request.GET.get("label", "")
    wanted = FindForm(request.GET, cameras=watched, labels=[label] if label else []).wanted()
    return timeline.nearest(wanted, camera.pk, at)


def read_moment(text: str) -> datetime | None:
    """A moment with its time zone, or None for anything else."""
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None


def _told(clip: Clip, account: Account) -> dict[str, Any]:
    stills, url = clip.facts.get("stills"), media.stills_url(clip, account)
    about = [str(KIND_WORDS[clip.kind]), shows(clip)]
    return {
        "ref": clip.ref,
        "camera": clip.camera.ref,
        "page": reverse("resident:clip", args=[clip.ref]),
        "title": f"{clip.camera.name}, {showing.clock(clip.starts_at)}",
        "about": " · ".join(part for part in about if part),
        "starts": clip.starts_at.timestamp() * 1000,
        "ends": clip.ends_at.timestamp() * 1000,
        "src": media.clip_url(clip, account),
        "poster": media.poster_url(clip, account),
        "stills": {"url": url, **stills} if stills and url else None,
    }


urls = [path("home/moment/", moment, name="moment")]
