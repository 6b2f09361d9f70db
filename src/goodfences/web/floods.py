"""Pages that nobody signed in can make work hard: how often one address may ask for them.

The ways to an agency's provider of sign-ins and back begin sessions, call the provider and check signatures. They are
counted here and not where they are answered: what officers reach knows nothing of people (P2).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from goodfences.people import limits
from goodfences.web.peers import peer_of

COUNTED = frozenset({"portal:provider_go", "portal:provider_back", "portal:provider_saml", "portal:provider_done"})
A_MINUTE = 120
"""Of all these pages together: about forty sign-ins of officers who share one address."""


class FloodMiddleware:
    """Answers 429 to an address that asks for these pages too often."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        if request.resolver_match is None or request.resolver_match.view_name not in COUNTED:
            return None
        try:
            limits.count("officers.provider", peer_of(request), limit=A_MINUTE, period=timedelta(minutes=1))
        except limits.TooOften as refused:
            response = render(request, "429.html", status=429)
            response.headers["Retry-After"] = str(refused.retry_after)
            return response
        return None
