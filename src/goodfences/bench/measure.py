"""Taking times fairly: both sides by turns, in one process, on one machine."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any


def by_turns(sides: Mapping[str, Callable[[Any], object]], work: Iterable[Any]) -> dict[str, list[float]]:
    """Seconds that each side took for each piece of work.

    The sides take turns within every piece and change who begins, so that neither has the warmer cache
    or the quieter minute. The garbage collector is off meanwhile.
    """
    took: dict[str, list[float]] = {name: [] for name in sides}
    order = list(sides)
    gc.collect()
    gc.disable()
    try:
        for piece in work:
            for name in order:
                began = time.perf_counter()
                sides[name](piece)
                took[name].append(time.perf_counter() - began)
            order.append(order.pop(0))
    finally:
        gc.enable()
    return took


def percentile(samples: Sequence[float], part: float) -> float:
    """The nearest-rank percentile: `part` from 0 to 1."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def milliseconds(samples: Sequence[float]) -> dict[str, float]:
    """p50, p95 and max of seconds, in milliseconds."""
    figures = {"p50_ms": percentile(samples, 0.5), "p95_ms": percentile(samples, 0.95), "max_ms": max(samples)}
    return {name: round(seconds * 1000, 3) for name, seconds in figures.items()}
