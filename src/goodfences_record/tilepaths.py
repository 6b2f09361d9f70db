"""The addresses of tiles by C2SP tlog-tiles. Knows no database."""

from __future__ import annotations

import re
from collections.abc import Iterator

TILE_WIDTH = 256
_NUMBER = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}")


def tile_path(level: int, number: int, width: int = TILE_WIDTH) -> str:
    """`tile/<L>/<N>[.p/<W>]`."""
    return f"tile/{level}/{_number(number)}{_partial(width)}"


def entries_path(number: int, width: int = TILE_WIDTH) -> str:
    """`tile/entries/<N>[.p/<W>]`."""
    return f"tile/entries/{_number(number)}{_partial(width)}"


def contents_path(number: int, width: int = TILE_WIDTH) -> str:
    """`contents/<N>[.p/<W>]`: what the entries of a bundle say. Ours, not C2SP's; erasing changes it."""
    return f"contents/{_number(number)}{_partial(width)}"


def parse_number(text: str) -> int | None:
    """The tile number in `x001/x234/067`; None where it isn't written in its one right way."""
    if not _NUMBER.fullmatch(text) or len(text) > 24:
        return None
    number = int(text.replace("x", "").replace("/", ""))
    return number if _number(number) == text else None


def widths(size: int, level: int = 0) -> Iterator[tuple[int, int]]:
    """(number, width) of each tile of a level in a tree of `size` leaves."""
    hashes = size >> (8 * level)
    for number in range(hashes // TILE_WIDTH):
        yield number, TILE_WIDTH
    if hashes % TILE_WIDTH:
        yield hashes // TILE_WIDTH, hashes % TILE_WIDTH


def _number(number: int) -> str:
    parts = [f"{number % 1000:03d}"]
    while number := number // 1000:
        parts.append(f"x{number % 1000:03d}")
    return "/".join(reversed(parts))


def _partial(width: int) -> str:
    return "" if width == TILE_WIDTH else f".p/{width}"
