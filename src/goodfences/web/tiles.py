"""The map's tiles: one PMTiles file, of which browsers fetch the parts that they show.

MapLibre's PMTiles reader asks for byte ranges (RFC 9110, section 14) and checks the entity tag, so that parts
of two editions of a map are never mixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from goodfences.web import ranges

_CHUNK = 64 * 1024


@require_safe
def town(request: HttpRequest) -> HttpResponseBase:
    """The instance's map, whole or a part of it."""
    path = Path(settings.MAP_TILES)
    try:
        stat = path.stat()
    except OSError as error:
        raise Http404("This instance has no map.") from error
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    response = _answer(request, path, stat.st_size, etag)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _answer(request: HttpRequest, path: Path, size: int, etag: str) -> HttpResponseBase:
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in known or etag in (tag.removeprefix("W/") for tag in known):
        return HttpResponse(status=304)
    wanted = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        wanted = ""
    return ranges.answer(
        request,
        size=size,
        read=lambda start, length: _read(path, start, length),
        content_type="application/vnd.pmtiles",
        wanted=wanted,
    )


def _read(path: Path, start: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while length > 0 and (data := file.read(min(_CHUNK, length))):
            length -= len(data)
            yield data
