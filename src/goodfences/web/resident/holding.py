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
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from goodfences.mail import links
from goodfences.people.models import Account

View = Callable[..., HttpResponse]
SIGN_IN_SECONDS = 15 * 60  # as long as an emailed code works


def for_the_holder_of(purpose: str, ask_of_link: Callable[[str], Any]) -> Callable[[View], View]:
    """Give `view(request, ask, token)` the ask behind a link of `purpose`, in its owner's language and zone.

    A language chosen in this browser (its cookie) comes first, as on every page.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, token: str) -> HttpResponse:
            ask = ask_of_link(links.read(purpose, token))
            chosen = translation.get_language() if settings.LANGUAGE_COOKIE_NAME in request.COOKIES else None
            language = chosen or ask.owner.language
            with translation.override(language), timezone.override(ZoneInfo(ask.owner.time_zone)):
                response = view(request, ask, token)
            response.headers["Content-Language"] = language
            response.headers["X-Robots-Tag"] = "noindex"
            return response

        return csrf_exempt(never_cache(guarded))

    return decorate


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
