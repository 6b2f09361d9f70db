"""A span for each request, by its route. Whatever trace a visitor names is not gone on with."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from goodfences import traces

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class TraceMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began_at = traces.began()
        response = self.get_response(request)
        match = request.resolver_match
        route = f"/{match.route}" if match else "no address of ours"
        # Anybody may write anything there.
        method = request.method if request.method in _METHODS else "_OTHER"
        traces.tell(
            f"{method} {route}",
            began_at,
            http__request__method=method,
            http__route=route,
            http__response__status_code=response.status_code,
        )
        return response
