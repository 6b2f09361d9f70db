"""The noisy totals that were released, as the ledger has them: what anyone reads. Knows no ask."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from goodfences.ledger import queries
from goodfences.quarters import Quarter
from goodfences_record.canonical import timestamp

KIND = "totals.released"
_CERTAIN = 0.95
SETTLED = timedelta(days=30)
"""After a quarter: each of its requests has run out by then. The same for all, whoever answered or didn't."""


@dataclass(frozen=True, kw_only=True)
class Totals:
    """About how many homes an agency asked in a quarter, and how many of them declined at least once."""

    agency: str
    agency_name: str
    quarter: str
    asked: int
    declined: int
    within: int
    """In 95 of 100 cases each number is at most so far from the true one."""
    epsilon: float
    released_at: str
    ledger_index: int

    @property
    def asked_about(self) -> int:
        """As people read it: noise can take a number below nothing."""
        return max(0, self.asked)

    @property
    def declined_about(self) -> int:
        return max(0, self.declined)


def totals(agency_slug: str = "") -> list[Totals]:
    """Every release that a signed checkpoint vouches for, in the order of the ledger."""
    found = queries.entries(kind=KIND).filter(index__lt=queries.signed_size())
    read = [
        Totals(
            **{
                name: entry.body[name]
                for name in ("agency", "agency_name", "quarter", "asked", "declined", "epsilon")
            },
            within=within(float(entry.body["scale"])),
            released_at=timestamp(entry.at),
            ledger_index=entry.index,
        )
        for entry in found
        if entry.body is not None
    ]
    return [one for one in read if agency_slug in ("", one.agency)]


def subject(agency_ref: str, quarter: Quarter) -> str:
    """What a release is about: by it an agency's quarter is never released twice."""
    return f"totals:{agency_ref}:{quarter}"


def within(scale: float) -> int:
    """How far noise of this scale takes a number at most, in 95 of 100 cases (two-sided geometric noise)."""
    shrinks = math.exp(-1 / scale)
    # P(|noise| > t) = 2 * shrinks**(t + 1) / (1 + shrinks)
    return max(0, math.ceil(math.log((1 - _CERTAIN) * (1 + shrinks) / 2) / math.log(shrinks) - 1))
