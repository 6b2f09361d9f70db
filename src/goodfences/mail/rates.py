"""Rates at which mail may leave, as an operator writes them. Read by the settings; imports nothing of Django's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_RATE = re.compile(r"([1-9][0-9]{0,8})/(second|minute|hour|day)")


@dataclass(frozen=True)
class Rate:
    """At most `count` messages in any `seconds`."""

    count: int
    seconds: int

    @property
    def at_once(self) -> int:
        return max(1, self.count // 4)

    @property
    def a_second(self) -> float:
        """How fast it comes back: what may go at once and what comes back in `seconds` are `count` together."""
        return (self.count - self.at_once + 1) / self.seconds

    @property
    def name(self) -> str:
        return f"{self.count}/{self.seconds}"


def read(texts: Sequence[str]) -> list[Rate]:
    """Rates such as `14/second` and `50000/day`. Raises ValueError, naming the one that can't be read."""
    rates = []
    for text in texts:
        found = _RATE.fullmatch(text.replace(" ", ""))
        if found is None:
            raise ValueError(f"{text!r} is no rate; write one as 14/second, 300/hour or 50000/day")
        rates.append(Rate(int(found[1]), _SECONDS[found[2]]))
    return rates
