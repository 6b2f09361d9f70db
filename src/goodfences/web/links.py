"""The page behind a link, for whoever has it: a video and nothing else. No script, no cookie, no place, no name."""

from __future__ import annotations

import zoneinfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from goodfences.errors import NotFound
from goodfences.links import access
from goodfences.links.models import Link
from goodfences.people.limits import TooOften
from goodfences.web import ranges
from goodfences.web.accounts import spoken
from goodfences.web.peers import peer_of

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'none'",
        "connect-src 'none'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
# The address is the secret: it goes to no other site, into no index and into no cache.
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


# A right passphrase changes nothing on the server, so that there is nothing to forge, and no cookie to set.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def show(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = access.link_of(token)
    except NotFound:
        return _nothing(request)
    problem = ""
    if link.passphrase:
        if request.method != "POST":
            return _answer(request, "links/passphrase.html", link, {})
        try:
            given = request.POST.get("passphrase", "")[:200]
            right = access.said_right(link, given, peer=peer_of(request))
            problem = "" if right else _("That isn’t the passphrase. Ask whoever gave you the link.")
        except TooOften as refused:
            problem = refused.problems[0].message
        if problem:
            return _answer(request, "links/passphrase.html", link, {"problem": problem}, 422)
    assert link.copy is not None
    context = {
        "src": reverse("link_video", args=[token, access.visit(link).pass_]),
        "facts": link.copy.facts,
        "covered": link.copy.facts.get("boxes", 0) + link.copy.facts.get("areas", 0),
        "size": link.copy.size,
    }
    return _answer(request, "links/video.html", link, context)


@require_safe
def video(request: HttpRequest, token: str, visit: str) -> HttpResponseBase:
    response = ranges.play(request, access.open_video(token, visit))
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def _answer(
    request: HttpRequest, template: str, link: Link, context: dict[str, object], status: int = 200
) -> HttpResponse:
    """The same for everyone who has the link: times in the zone of who gave it, and no sign of who reads."""
    with timezone.override(zoneinfo.ZoneInfo(link.account.time_zone)):
        return _spoken(request, template, {"link": link, **context}, status)


def _nothing(request: HttpRequest) -> HttpResponse:
    """The same for a link that ended and for one that never was."""
    return _spoken(request, "links/nothing.html", {}, 404)


def _spoken(request: HttpRequest, template: str, context: dict[str, object], status: int) -> HttpResponse:
    language = spoken(translation.get_language_from_request(request))
    with translation.override(language):
        response = render(None, template, context, status=status)
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers["Content-Language"] = language
    return response


urlpatterns = [
    path("v/<str:token>/", show, name="link"),
    path("v/<str:token>/<str:visit>.mp4", video, name="link_video"),
]
