"""Answers range requests (RFC 9110, section 14) out of a sealed file, opening only the chunks that are asked for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Protocol

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from goodfences.web.ranges import Unsatisfiable, parse_range

_STEP = 2**18


class Reader(Protocol):
    """Plain bytes that can be read anywhere; `size` of them."""

    size: int

    def read_range(self, start: int, length: int) -> bytes: ...

    def close(self) -> None: ...


class Held:
    """A `Reader` of bytes in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)
        self.size = len(content)

    def read_range(self, start: int, length: int) -> bytes:
        self._content.seek(start)
        return self._content.read(length)

    def close(self) -> None:
        self._content.close()


def answer(request: HttpRequest, reader: Reader, content_type: str) -> HttpResponseBase:
    """The whole of `reader` or the range that was asked for; closes it. Kept by no cache."""
    try:
        part = parse_range(request.headers.get("Range", ""), reader.size)
    except Unsatisfiable:
        reader.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{reader.size}"})
    first, last = part or (0, reader.size - 1)
    headers = {"Content-Length": str(last - first + 1), "Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    if part:
        headers["Content-Range"] = f"bytes {first}-{last}/{reader.size}"
    status = 206 if part else 200
    return StreamingHttpResponse(
        _pieces(reader, first, last + 1), status=status, headers=headers, content_type=content_type
    )


def _pieces(reader: Reader, start: int, end: int) -> Iterator[bytes]:
    try:
        for at in range(start, end, _STEP):
            yield reader.read_range(at, min(_STEP, end - at))
    finally:
        reader.close()
