"""Answering for a part of something (RFC 9110, section 14), for the map and for players alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

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


def answer(
    request: HttpRequest,
    *,
    size: int,
    read: Callable[[int, int], Iterable[bytes]],
    content_type: str,
    wanted: str | None = None,
) -> HttpResponseBase:
    """The whole of something of `size` bytes, or the part that the request's Range header (or `wanted`) asks for.

    `read(start, length)` gives the bytes, and isn't called for HEAD.
    """
    try:
        part = parse_range(request.headers.get("Range", "") if wanted is None else wanted, size)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
    first, last = part or (0, size - 1)
    headers = {"Content-Length": str(last - first + 1), "Accept-Ranges": "bytes"}
    if part:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    body: Iterable[bytes] = () if request.method == "HEAD" else read(first, last - first + 1)
    return StreamingHttpResponse(body, status=206 if part else 200, headers=headers, content_type=content_type)
