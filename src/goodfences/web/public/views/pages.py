"""What this is, what it promises, how it works."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goodfences.agencies import queries as agencies
from goodfences.policy import in_force
from goodfences.video_requests import public
from goodfences.web.navigation import address, kind_of
from goodfences.web.public import words
from goodfences.web.public.promises_text import PROMISES

_START = {
    "resident": "resident:today",
    "officer": "portal:requests",
    "moderator": "staff:reports",
    "operator": "staff:overview",
}
_LATEST = 5
_ON_HOME = (1, 2, 3, 5, 9, 12)
_LIMITS = ("area.max", "window.min", "window.max", "window.age", "homes.min", "request.expiry", "case.requests")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "public/home.html",
        {
            "start_url": address(_START.get(kind_of(request), "")),
            "requests": public.requests(limit=_LATEST),
            "partners": agencies.partners().count(),
            "promises": [promise for promise in PROMISES if promise.number in _ON_HOME],
        },
    )


@require_safe
def promises(request: HttpRequest) -> HttpResponse:
    return render(request, "public/promises.html", {"promises": PROMISES})


@require_safe
def how_it_works(request: HttpRequest) -> HttpResponse:
    policy = in_force()
    limits = {name.replace(".", "_"): words.limit(policy.rule(name)) for name in _LIMITS}
    return render(request, "public/how_it_works.html", {"limits": limits})
