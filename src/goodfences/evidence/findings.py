"""What a check of a package found, claim by claim. Knows no database and no Django."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from goodfences.bag import BadBag
from goodfences.evidence import claims
from goodfences.evidence.chain import BrokenChain
from goodfences.evidence.claims import Claim
from goodfences.evidence.container import Damaged
from goodfences.evidence.reading import Opened, content
from goodfences.evidence.signing import BadSignature
from goodfences_record import offline
from goodfences_record.canonical import NotCanonical

_TROUBLE = (
    BadBag, BadSignature, BrokenChain, Damaged, NotCanonical, offline.Broken,
    ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError,
)  # fmt: skip
"""What a damaged or forged package can cause while it is read. Each is a finding, never a crash."""


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: which part, whether it holds, in words what that means, and of which claim.

    `checked` is False for what can't be seen without a key: it neither holds nor is broken.
    """

    part: str
    holds: bool
    words: str
    claim: str = claims.WHOLE
    checked: bool = True


@dataclass
class Report:
    """Everything that was checked, in order. `trusted` is False where no public key from outside was given."""

    findings: list[Finding] = field(default_factory=list)
    trusted: bool = False

    @property
    def holds(self) -> bool:
        return bool(self.findings) and all(finding.holds for finding in self.findings)

    @property
    def broken(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.holds]

    @property
    def by_claim(self) -> list[tuple[Claim, bool]]:
        """Each claim that something was found about, and whether all of it holds and was checked."""
        by_claim: dict[str, list[Finding]] = {}
        for finding in self.findings:
            by_claim.setdefault(finding.claim, []).append(finding)
        return [
            (claim, all(finding.holds and finding.checked for finding in by_claim[claim.name]))
            for claim in claims.EVERY
            if claim.name in by_claim
        ]

    def add(self, part: str, holds: bool, words: str, claim: str = claims.WHOLE, *, checked: bool = True) -> None:
        self.findings.append(Finding(part, holds, words, claim, checked))


def guard(report: Report, part: str, claim: str, check: Callable[..., Any], *given: Any) -> Any:
    """What `check(*given)` answers; where the package causes an error instead, that is a finding about `part`."""
    try:
        return check(*given)
    except _TROUBLE as error:
        words = str(error) if not isinstance(error, KeyError) else f"The part {error} is missing."
        report.add(part, False, f"{part} doesn't hold: {words}", claim)
        return None


def json_of(package: Opened, name: str) -> dict[str, Any]:
    """A file of the package that is one JSON object. Raises BadBag."""
    value = json.loads(content(package, name))
    if not isinstance(value, dict):
        raise BadBag(f"{name} isn't a JSON object.")
    return value


def lines(report: Report) -> Iterator[str]:
    """The report as lines to print: claim by claim what was found, what that proves, and what it doesn't."""
    for claim, holds in report.by_claim:
        yield f"{claim.title}."
        for finding in report.findings:
            if finding.claim == claim.name:
                yield f"{_word(finding)}  {finding.words}"
        if holds:
            yield f"        Proves: {claim.proves}"
        yield f"        Doesn't prove: {claim.not_proven}"
        yield ""
    yield _verdict(report)


def _word(finding: Finding) -> str:
    if not finding.holds:
        return "BROKEN"
    return "holds " if finding.checked else "sealed"


def _verdict(report: Report) -> str:
    if not report.holds:
        count = len(report.broken)
        what = "one thing doesn't hold" if count == 1 else f"{count} things don't hold"
        return f"This package can't be relied on: {what}."
    sealed = (
        "" if all(finding.checked for finding in report.findings) else " that can be seen without the agency's key"
    )
    if not report.trusted:
        return f"Everything{sealed} holds, under the key inside the package. Compare that key with the published one."
    return f"Everything{sealed} holds."
