"""Plots as plain figures for a template that draws them: bars in SVG, whatever is read beside them in HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, GAP, HEIGHT = 10.0, 2.0, 100.0


@dataclass(frozen=True)
class Part:
    """A rectangle of a bar. `style` is its class: a, b."""

    x: float
    y: float
    width: float
    height: float
    style: str


@dataclass(frozen=True)
class Plot:
    """Upright bars, each of one or two parts one upon the other."""

    parts: list[Part]
    width: float
    most: int


def upright(values: Sequence[tuple[int, ...]]) -> Plot:
    """Bars side by side; the highest is as high as the plot."""
    most = max((sum(value) for value in values), default=0)
    parts = []
    for place, value in enumerate(values):
        below = 0
        for style, count in zip("ab", value, strict=False):
            height = HEIGHT * count / most if most else 0.0
            below += count
            if count:
                top = HEIGHT - HEIGHT * below / most
                parts.append(Part(_round(place * WIDTH + GAP / 2), _round(top), WIDTH - GAP, _round(height), style))
    return Plot(parts, len(values) * WIDTH, most)


def share(part: int, whole: int) -> str:
    """How much of a bar is filled, in percent for SVG; nothing of nothing is nothing."""
    return f"{_round(100 * part / whole) if whole else 0:g}"


def percent(part: int, whole: int) -> int | None:
    """A share as people read it; None where there is nothing to have a share of."""
    return round(100 * part / whole) if whole else None


def _round(value: float) -> float:
    return round(value, 2)
