"""How much more often something happened in one span of time than in another, and how sure that is.

Counts of rare events are taken as Poisson's. Given both together, the first is binomial, and an interval for its
share gives one for the ratio of the two rates; for the share we take Wilson's score interval (E. B. Wilson 1927),
which needs no iteration and keeps its level for small counts. The same limits follow from the likelihood's score:
P. L. Graham, K. Mengersen and A. P. Morton, "Confidence limits for the ratio of two rates based on likelihood
scores: non-iterative method", Statistics in Medicine 22 (2003), 2071-2083.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

FEWEST = 10
"""Fewer events than that, both spans together, say nothing."""
SURE = 0.95


@dataclass(frozen=True)
class Ratio:
    """`low` to `high` holds the true ratio in 95 of 100 such comparisons; `high` is infinite after none before."""

    low: float
    high: float

    @property
    def is_more(self) -> bool:
        return self.low > 1

    @property
    def is_less(self) -> bool:
        return self.high < 1


def ratio(now: int, before: int, *, exposed_now: float = 1, exposed_before: float = 1, of: int = 1) -> Ratio | None:
    """The ratio of the rate now to the rate before; None where there were too few to say.

    `exposed` is what each count came from, such as homes. With `of` comparisons side by side each is made so much
    surer (Bonferroni) that one in twenty such sets, not one in twenty comparisons, finds a difference by chance.
    """
    total = now + before
    if total < FEWEST or exposed_now <= 0 or exposed_before <= 0:
        return None
    z = NormalDist().inv_cdf(1 - (1 - SURE) / (2 * of))
    share = now / total
    middle = share + z * z / (2 * total)
    reach = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    low, high = max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)
    exposure = exposed_before / exposed_now
    # Nothing at all in one span leaves one side open; rounding must not close it.
    least = 0.0 if now == 0 else exposure * low / (1 - low)
    most = math.inf if before == 0 else exposure * high / (1 - high)
    return Ratio(least, most)
