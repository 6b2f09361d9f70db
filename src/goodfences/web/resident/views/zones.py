"""A camera's privacy zones: drawn on its newest still, covered in everything that leaves this instance."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from goodfences.cameras import access, zones
from goodfences.cameras.models import Camera
from goodfences.clips import queries as clips
from goodfences.errors import Problem, Refused
from goodfences.people.models import Account, Household
from goodfences.web import media
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import INVALID, show

_SIDES = ("left", "top", "right", "bottom")


@require_http_methods(["GET", "POST"])
@settled
def camera_zones(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    camera = access.own_camera(account, ref)
    areas: Any = [list(points) for points in zones.areas_of(camera.pk)]
    if request.method == "POST":
        areas = posted_areas(request.POST)
        try:
            zones.replace(account=account, camera_ref=ref, areas=areas)
        except Refused as refused:
            return _page(request, account, camera, areas if isinstance(areas, list) else [], refused.problems)
        messages.success(request, _("Saved. What leaves from now on is covered there."))
        return redirect("resident:camera_zones", ref)
    return _page(request, account, camera, areas)


def _page(
    request: HttpRequest, account: Account, camera: Camera, areas: list[Any], problems: tuple[Problem, ...] = ()
) -> HttpResponse:
    newest = clips.newest_with_still(camera.pk)
    context = {
        "camera": camera,
        "still": media.poster_url(newest, account) if newest else "",
        "taken_at": newest.starts_at if newest else None,
        "areas": areas,
        "areas_json": json.dumps(areas),
        "sides": _SIDES,
        "problems": problems,
    }
    return show(request, account, "zones.html", context, INVALID if problems else 200)


def posted_areas(data: QueryDict) -> Any:
    """The zones as drawn, without those that were taken away, and with the one that was typed in percent."""
    try:
        areas = json.loads(data.get("areas") or "[]")
        typed = [float(str(data[side]).replace(",", ".")) for side in _SIDES] if data.get(_SIDES[0]) else None
    except (ValueError, KeyError, RecursionError):
        return None
    if not isinstance(areas, list):
        return None
    gone = set(data.getlist("remove"))
    areas = [area for number, area in enumerate(areas) if str(number) not in gone]
    if typed is not None:
        left, top, right, bottom = (round(percent * zones.WHOLE / 100) for percent in typed)
        areas.append([[left, top], [right, top], [right, bottom], [left, bottom]])
    return areas


urls = [path("cameras/<str:ref>/zones/", camera_zones, name="camera_zones")]
