"""The ledger as files, by C2SP tlog-tiles: what `goodfences verify ledger`, mirrors and witnesses read."""

from __future__ import annotations

import json

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from goodfences.errors import NotFound
from goodfences.ledger import keys, queries, tiles
from goodfences.ledger.witnesses import configured
from goodfences.web.public.open_data import MINUTE, for_everyone, octets
from goodfences_record.tilepaths import TILE_WIDTH, parse_number

_TEXT = "text/plain; charset=utf-8"
# "Prevent caching beyond a few seconds" (tlog-tiles, "Checkpoints").
_CHECKPOINT_SECONDS = 2


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponseBase:
    latest = queries.latest_checkpoint()
    if latest is None:
        raise Http404("Nothing has been signed yet.")
    return for_everyone(HttpResponse(queries.cosigned_note(latest), content_type=_TEXT), seconds=_CHECKPOINT_SECONDS)


@require_safe
def key(request: HttpRequest) -> HttpResponseBase:
    return for_everyone(HttpResponse(f"{keys.public_key()}\n", content_type=_TEXT), seconds=MINUTE)


@require_safe
def witnesses(request: HttpRequest) -> HttpResponseBase:
    """The keys of the witnesses who are asked to cosign, one a line."""
    keys_of = "".join(f"{witness.key}\n" for witness in configured())
    return for_everyone(HttpResponse(keys_of, content_type=_TEXT), seconds=MINUTE)


@require_safe
def tile(request: HttpRequest, level: str, number: str, width: str | None = None) -> HttpResponseBase:
    at, count = _place(number, width)
    try:
        return octets(tiles.tile(int(level), at, count))
    except NotFound as error:
        raise Http404(str(error)) from error


@require_safe
@gzip_page
def entries(request: HttpRequest, number: str, width: str | None = None) -> HttpResponseBase:
    at, count = _place(number, width)
    try:
        return octets(tiles.entries(at, count))
    except NotFound as error:
        raise Http404(str(error)) from error


@require_safe
@gzip_page
def contents(request: HttpRequest, number: str, width: str | None = None) -> HttpResponseBase:
    """What the entries say. Kept for a minute only: what the law has erased must be gone soon."""
    at, count = _place(number, width)
    try:
        shown = tiles.contents(at, count)
    except NotFound as error:
        raise Http404(str(error)) from error
    body = json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return for_everyone(HttpResponse(body, content_type="application/json"), seconds=MINUTE)


def _place(number: str, width: str | None) -> tuple[int, int]:
    at = parse_number(number)
    count = TILE_WIDTH if width is None else int(width)
    # A full tile has one address: without its width.
    if at is None or at > 2**50 or (width is not None and count >= TILE_WIDTH):
        raise Http404("There is no such tile.")
    return at, count
