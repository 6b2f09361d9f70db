"""Shows times in the reader's own zone, and words in the reader's own language."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation


class ReaderMiddleware:
    """Activates the signed-in reader's time zone and language for the length of one request.

    A language chosen in this browser (its cookie) comes before the account's.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone, language = "", translation.get_language()
        if request.user.is_authenticated:
            zone = request.user.time_zone
            if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
                language = request.user.language
        with timezone.override(zoneinfo.ZoneInfo(zone) if zone else None), translation.override(language):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response
