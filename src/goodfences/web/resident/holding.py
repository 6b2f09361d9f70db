"""Pages behind a link of an email: the signed token in the address is the permission.

They work without a sign-in, without cookies and without a CSRF token: whoever could forge the form would need the
token, and with the token needs no forgery. Fetching a link (GET, HEAD) decides nothing: mail scanners fetch each.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from goodfences.mail import links
from goodfences.people.models import Account

View = Callable[..., HttpResponse]
SIGN_IN_SECONDS = 15 * 60  # as long as an emailed code works


def _owner(ask: Any) -> Account:
    owner: Account = ask.owner
    return owner


def for_the_holder_of(
    purpose: str, of_link: Callable[[str], Any], reader: Callable[[Any], Account] = _owner
) -> Callable[[View], View]:
    """Give `view(request, found, token)` what a link of `purpose` leads to, in its reader's language and zone.

    A language chosen in this browser (its cookie) comes first, as on every page.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, token: str) -> HttpResponse:
            found = of_link(links.read(purpose, token))
            person = reader(found)
            chosen = translation.get_language() if settings.LANGUAGE_COOKIE_NAME in request.COOKIES else None
            language = chosen or person.language
            with translation.override(language), timezone.override(ZoneInfo(person.time_zone)):
                response = view(request, found, token)
            response.headers["Content-Language"] = language
            response.headers["X-Robots-Tag"] = "noindex"
            return response

        return csrf_exempt(never_cache(guarded))

    return decorate


def switch_emails(request: HttpRequest, switch: Callable[..., None], *, stopped: str) -> HttpResponse:
    """What is posted to a page that stops some emails, or lets them come again: `switch(is_on=...)`.

    A mail program's one-click POST (RFC 8058) switches off, and is answered with `stopped`.
    """
    if request.POST.get("List-Unsubscribe") == "One-Click":
        switch(is_on=False)
        return HttpResponse(f"{stopped}\n", content_type="text/plain; charset=utf-8")
    act = request.POST.get("act", "")
    if act not in ("stop", "again"):
        return HttpResponseBadRequest("Unknown act.", content_type="text/plain")
    switch(is_on=act == "again")
    return redirect(request.path)


def sign_in(request: HttpRequest, owner: Account) -> HttpResponse:
    """To the sign-in, which speaks the email's language where this browser has chosen none."""
    response = redirect_to_login(request.get_full_path())
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            owner.language,
            max_age=SIGN_IN_SECONDS,
            samesite="Lax",
            secure=settings.SECURE,
        )
    return response
