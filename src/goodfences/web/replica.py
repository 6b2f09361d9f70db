"""Public pages, feeds, tiles and open data are read from the replica, where there is one that is near enough.

Only for who isn't signed in, and only GET and HEAD. Whoever wrote something while they were, or as an applicant, has
a cookie for some minutes, which says how far the primary's log went then: until the replica has come there, the
primary answers them. What can't be answered from the replica, and what it doesn't have, is asked of the primary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from goodfences.replica import nearness
from goodfences.replica.router import reading

COOKIE = "wrote"
_LASTS = 600
_PLACE = re.compile(r"[0-9a-f]{1,16}")
_SAFE = ("GET", "HEAD")
# Whoever was told of a checkpoint must never be told of an earlier one; of tiles there is but one of each name.
_OF_THE_PRIMARY = {"checkpoint", "ledger_witnesses", "ledger_key"}


class ReplicaMiddleware:
    """The last one: what it answers by itself comes past no other's look at the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if nearness.follower() is not None and _wrote_for_the_public(request):
            place = format(nearness.written(), "x")
            options: dict[str, Any] = {"max_age": _LASTS, "httponly": True, "samesite": "Lax"}
            response.set_cookie(COOKIE, place, secure=settings.SESSION_COOKIE_SECURE, **options)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        follower = nearness.follower()
        if follower is None or not _is_public(request) or not follower.may_answer(wrote=_wrote(request)):
            return None
        try:
            with reading():
                response = view(request, *args, **kwargs)
        except (OperationalError, InterfaceError):
            follower.is_away()
            return None
        except Exception:  # noqa: BLE001 - the primary may have what the replica lacks, and says it as always
            return None
        if response.status_code >= 400:
            return None
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = _read_there(cast("Iterable[bytes]", response.streaming_content))
        return response


def _wrote_for_the_public(request: HttpRequest) -> bool:
    """Links in emails set no cookie, and devices have none."""
    if request.method in _SAFE:
        return False
    match = request.resolver_match
    return settings.SESSION_COOKIE_NAME in request.COOKIES or (match is not None and match.app_names == ["joining"])


def _is_public(request: HttpRequest) -> bool:
    match = request.resolver_match
    return (
        request.method in _SAFE
        and match is not None
        and match.app_names == ["public"]
        and match.url_name not in _OF_THE_PRIMARY
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
    )


def _wrote(request: HttpRequest) -> int:
    """How far the log went when this browser last wrote. What nobody could have been given leads to the primary."""
    given = request.COOKIES.get(COOKIE)
    if given is None:
        return 0
    return int(given, 16) if _PLACE.fullmatch(given) else 2**64


def _read_there(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Parts that are made while they are sent."""
    making = iter(parts)
    while True:
        with reading():
            part = next(making, None)
        if part is None:
            return
        yield part
