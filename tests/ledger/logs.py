"""A log with entries in it, and a way to read it as a stranger does: by the paths of its files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from django.db import transaction

from goodfences.errors import NotFound
from goodfences.ledger import actions, queries, tiles
from goodfences_record.offline import Broken
from goodfences_record.tilepaths import parse_number

_PATH = re.compile(r"(tile/entries|tile/\d+|contents)/(.+?)(?:\.p/(\d+))?$")


def grow(count: int, word: str = "x") -> None:
    """Append `count` entries and sign them."""
    with transaction.atomic():
        for place in range(count):
            actions.append(kind="request.opened", subject=f"request:{place}", body={"word": word, "miles": 0.11})
    actions.sign_checkpoint()


def fetch(path: str) -> bytes:
    """What the log publishes under `path`."""
    if path == "checkpoint":
        checkpoint = queries.latest_checkpoint()
        assert checkpoint is not None
        return checkpoint.note.encode()
    found = _PATH.match(path)
    assert found is not None, path
    number = parse_number(found[2])
    assert number is not None, path
    width = int(found[3] or 256)
    try:
        if found[1] == "contents":
            return json.dumps(tiles.contents(number, width)).encode()
        if found[1] == "tile/entries":
            return tiles.entries(number, width)
        return tiles.tile(int(found[1].removeprefix("tile/")), number, width)
    except NotFound as error:
        raise Broken(str(error)) from error


def changed(where: str, change: Callable[[bytes], bytes]) -> Callable[[str], bytes]:
    """A log that serves something else under the path `where`."""

    def serve(path: str) -> bytes:
        return change(fetch(path)) if path == where else fetch(path)

    return serve
