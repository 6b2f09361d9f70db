"""Answering for a part of something (RFC 9110, section 14), for the map and for players alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

# No file has a byte beyond the eighteenth digit.
_SINGLE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z", re.ASCII)
_STEP = 256 * 1024


# Kept by no cache, and passed on by a proxy as it comes: nginx else writes long answers to its disk, unsealed (P7).
FOOTAGE = {"Cache-Control": "private, no-store", "X-Accel-Buffering": "no"}


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


class Reader(Protocol):
    """Plain bytes, `size` of them, that can be read anywhere: a sealed video, opened as it is read."""

    size: int

    def read_range(self, start: int, length: int) -> bytes: ...

    def close(self) -> None: ...


class Held:
    """A `Reader` of bytes in memory."""

    def __init__(self, content: bytes | memoryview) -> None:
        self._content = content
        self.size = len(content)

    def read_range(self, start: int, length: int) -> bytes:
        return bytes(self._content[start : start + length])

    def close(self) -> None:
        """What is in memory stays there for the next range."""


def play(request: HttpRequest, reader: Reader) -> HttpResponseBase:
    """Answer a player with a video or a part of it. Kept by no cache; `reader` is closed with the response."""
    response = answer(
        request,
        size=reader.size,
        read=lambda start, length: _Pieces(reader, start, start + length),
        content_type="video/mp4",
    )
    if request.method == "HEAD" or not response.streaming:
        reader.close()
    for name, value in FOOTAGE.items():
        response.headers[name] = value
    return response


def download(request: HttpRequest, reader: Reader, name: str, content_type: str, *, tag: str) -> HttpResponseBase:
    """Answer a browser that saves `reader` as `name`, or goes on with saving it (RFC 9110, sections 13.1.5 and 14).

    `tag` names these very bytes: a part is only given to one who has the rest of the same. Kept by no cache;
    `reader` is closed with the response.
    """
    etag = f'"{tag}"'
    same = request.headers.get("If-Range", etag).strip() == etag
    response = answer(
        request,
        size=reader.size,
        read=lambda start, length: _Pieces(reader, start, start + length),
        content_type=content_type,
        wanted=None if same else "",
    )
    if request.method == "HEAD" or not response.streaming:
        reader.close()
    for header, value in FOOTAGE.items():
        response.headers[header] = value
    response.headers["ETag"] = etag
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Pieces:
    """What Django sends, and closes also where the player hung up before the first byte."""

    def __init__(self, reader: Reader, start: int, end: int) -> None:
        self._reader, self._start, self._end = reader, start, end
        self.close = reader.close

    def __iter__(self) -> Iterator[bytes]:
        for at in range(self._start, self._end, _STEP):
            yield self._reader.read_range(at, min(_STEP, self._end - at))
