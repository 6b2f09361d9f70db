"""Moments of a clip as people type and read them: minutes, seconds and, where they matter, parts of a second."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TYPED = re.compile(r"(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,4})(?:[.,](\d{1,3}))?")


def read(text: str) -> int | None:
    """Milliseconds of `1:07.3`, `67.3` or `0:01:07`; None where it is no moment."""
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[:3])
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int((found[4] or "").ljust(3, "0"))


def written(milliseconds: int) -> str:
    """`1:07.3`: to the tenth, and to the millisecond only where it isn't a whole tenth."""
    seconds, parts = divmod(milliseconds, 1000)
    fraction = str(parts // 100) if parts % 100 == 0 else f"{parts:03}"
    return f"{seconds // 60}:{seconds % 60:02}.{fraction}"


def lost_in(facts: Mapping[str, Any]) -> list[tuple[int, str]]:
    """The boxes of a covered copy that lost what they follow: their number, and when in the copy that was first."""
    lost = enumerate(facts["lost_ms"], start=1)
    return [(number, written(max(0, at - facts["starts_ms"]))) for number, at in lost if at is not None]
