"""How far a recorder's clock was from ours, in bands: to the millisecond it would tell two videos of one home.

Knows no database and no Django.
"""

from __future__ import annotations

from typing import Any

BANDS_S = (1, 2, 5, 10, 30, 60, 300, 900, 3600, 86_400)
_TOGETHER_S = 2
"""So far apart two clocks are called together: what a network takes lies within."""


def told(off_ms: int | None) -> dict[str, Any]:
    """`clock` of a receipt. `off_ms`: our clock less the recorder's when the recording was announced, or None."""
    if off_ms is None:
        return {"measured": False}
    off_s = abs(off_ms) / 1000
    at_most = next((band for band in BANDS_S if off_s <= band), None)
    if at_most is not None and at_most <= _TOGETHER_S:
        return {"measured": True, "recorder": "together", "at_least_s": 0, "at_most_s": at_most}
    at_least = max(band for band in BANDS_S if band < off_s)
    which = "behind" if off_ms > 0 else "ahead of"
    return {"measured": True, "recorder": which, "at_least_s": at_least, "at_most_s": at_most}
