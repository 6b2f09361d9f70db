"""The map's tiles: one PMTiles file, of which browsers fetch the parts that they show.

MapLibre's PMTiles reader asks for byte ranges (RFC 9110, section 14) and checks the entity tag, so that parts
of two editions of a map are never mixed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

_CHUNK = 64 * 1024
_SINGLE_RANGE = re.compile(r"bytes=(\d*)-(\d*)\Z")


class Unsatisfiable(Exception):
    """The range asked for lies outside the file."""


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range in `header`, or None where the whole file is the answer.

    Several ranges, other units and nonsense get the whole file, as RFC 9110 allows. Raises `Unsatisfiable`.
    """
    found = _SINGLE_RANGE.match(header.strip())
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        if int(last) == 0 or size == 0:
            raise Unsatisfiable
        return max(0, size - int(last)), size - 1
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    return int(first), min(int(last), size - 1) if last else size - 1


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
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _answer(request: HttpRequest, path: Path, size: int, etag: str) -> HttpResponseBase:
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in known or etag in (tag.removeprefix("W/") for tag in known):
        return HttpResponse(status=304)
    wanted = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        wanted = ""
    try:
        part = parse_range(wanted, size)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = part or (0, size - 1)
    headers = {"Content-Length": str(last - first + 1)}
    if part:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    body = iter(()) if request.method == "HEAD" else _read(path, first, last - first + 1)
    kind = "application/vnd.pmtiles"
    return StreamingHttpResponse(body, status=206 if part else 200, headers=headers, content_type=kind)


def _read(path: Path, start: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while length > 0 and (data := file.read(min(_CHUNK, length))):
            length -= len(data)
            yield data
