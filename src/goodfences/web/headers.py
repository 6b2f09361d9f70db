"""Headers that hold every page to promise P11: nothing is loaded from, or sent to, anywhere else."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

# blob: for MapLibre's worker and the player's media; data: for tiny inline icons in CSS.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(self), interest-cohort=()"


def policy(request: HttpRequest) -> str:
    """The policy; where `goodfences live` has a port of its own on this host, pages may connect to that, too."""
    if not settings.NEWS.isdecimal():
        return CONTENT_SECURITY_POLICY
    return CONTENT_SECURITY_POLICY.replace("connect-src 'self'", f"connect-src 'self' {live_origin(request)}")


def live_origin(request: HttpRequest) -> str:
    """Where `goodfences live` answers, if it has a port of its own on this host."""
    try:
        host = urlsplit(f"//{request.get_host()}").hostname
    except DisallowedHost:
        return ""
    return f"{request.scheme}://{f'[{host}]' if host and ':' in host else host}:{settings.NEWS}"


class SecurityHeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy(request))
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        if settings.SECURE:
            # Django sends it on what came by https; here all comes by the proxy, of whose scheme nothing is read.
            response.headers.setdefault("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if getattr(request, "signed_out", False):
            # What the app kept to open without a network goes with the sign-in.
            response.headers["Clear-Site-Data"] = '"storage"'
        return response
