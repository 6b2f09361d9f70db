"""Answers that other sites' pages and any cache may use: public things, the same for everyone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse

MINUTE, YEAR = 60, 31_536_000


def for_everyone(response: HttpResponseBase, *, seconds: int, immutable: bool = False) -> HttpResponseBase:
    """Let every origin read the answer, and keep it for so long."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = f"public, max-age={seconds}" + (", immutable" if immutable else "")
    return response


def geojson(features: list[dict[str, Any]]) -> HttpResponseBase:
    """A GeoJSON FeatureCollection (RFC 7946)."""
    collection = {"type": "FeatureCollection", "features": features}
    return for_everyone(JsonResponse(collection, content_type="application/geo+json"), seconds=MINUTE)


def octets(content: bytes) -> HttpResponseBase:
    """Bytes that will never change at their address (tlog-tiles)."""
    return for_everyone(HttpResponse(content, content_type="application/octet-stream"), seconds=YEAR, immutable=True)


def download(parts: Iterable[str], name: str, content_type: str) -> HttpResponseBase:
    """A file to keep, sent as it is read from the database."""
    response = StreamingHttpResponse(parts, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return for_everyone(response, seconds=MINUTE)
