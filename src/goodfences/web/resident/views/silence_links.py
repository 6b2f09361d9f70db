"""The page behind the links of the mails about silent cameras: stop them, or let them come again.

As with the links of asks, the signed token is the permission, and fetching the page decides nothing.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from goodfences.health import letters, silences
from goodfences.mail import links
from goodfences.people import access as people


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def silence(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows one button. POST switches; a mail program's one-click POST (RFC 8058) switches off."""
    household = silences.household_of_link(links.read(letters.STOP, token))
    owner = people.owner_of(household.pk)
    chosen = translation.get_language() if settings.LANGUAGE_COOKIE_NAME in request.COOKIES else None
    language = chosen or owner.language
    with translation.override(language), timezone.override(ZoneInfo(owner.time_zone)):
        response = _answer(request, token, household.ref, silences.choice_of(household).is_on)
    response.headers["Content-Language"] = language
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _answer(request: HttpRequest, token: str, household_ref: str, is_on: bool) -> HttpResponse:
    if request.method != "POST":
        return render(request, "resident/email_silence.html", {"is_on": is_on})
    if request.POST.get("List-Unsubscribe") == "One-Click":
        silences.switch(household_ref=household_ref, is_on=False)
        return HttpResponse("You won't get such emails any more.\n", content_type="text/plain")
    act = request.POST.get("act", "")
    if act not in ("stop", "again"):
        return HttpResponseBadRequest("Unknown act.", content_type="text/plain")
    silences.switch(household_ref=household_ref, is_on=act == "again")
    return redirect("resident:email_silence", token)


urls = [path("e/silence/<str:token>/", silence, name="email_silence")]
