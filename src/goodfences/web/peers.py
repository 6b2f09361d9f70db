"""The address that a request came from, found out once, for all who count by it. It is kept and logged nowhere."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from goodfences import proxies


class PeerMiddleware:
    """Puts the client's address in the place of that of our proxy, before anything else reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        peer, forwarded = (request.META.get(name, "") for name in ("REMOTE_ADDR", "HTTP_X_FORWARDED_FOR"))
        request.META["REMOTE_ADDR"] = settings.PROXIES.client(peer, forwarded)
        return self.get_response(request)


def peer_of(request: HttpRequest) -> str:
    """Whom limits count: the client's address, or of an IPv6 address the network of its home."""
    return proxies.home_of(request.META.get("REMOTE_ADDR", ""))
