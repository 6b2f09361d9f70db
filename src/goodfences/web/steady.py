"""How long an answer takes must not tell whether there is an account, where its words don't.

The work differs by some statements of the database, which is milliseconds. What is sent to these pages is answered
at whole steps after it came, so that nobody can tell one from the other by a watch.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

DOORS = frozenset({"account_signup", "account_login", "account_request_login_code", "account_reset_password"})
STEP = 0.25
"""Seconds. Several times what the slowest door takes on one core; one that takes longer waits for the next."""


class SteadyMiddleware:
    """Holds the answer of a door that was knocked at until the next step."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        came = time.monotonic()
        response = self.get_response(request)
        match = request.resolver_match
        if request.method == "POST" and match is not None and match.view_name in DOORS:
            time.sleep(STEP - (time.monotonic() - came) % STEP)
        return response
