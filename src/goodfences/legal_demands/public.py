"""What anyone may read of legal demands: counts in bands at once, and each demand once nothing forbids it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from goodfences.errors import NotFound
from goodfences.legal_demands.models import DemandCount, LegalDemand

KINDS: dict[str, Promise] = {
    "warrant": _("a warrant"),
    "subpoena": _("a subpoena"),
    "court_order": _("another order of a court"),
    "emergency": _("an emergency, without an order"),
}
OUTCOMES: dict[str, Promise] = {
    "nothing": _("nothing was handed over"),
    "part": _("a part of it was handed over"),
    "all": _("what it asked for was handed over"),
}
SHOWN = 200


@dataclass(frozen=True)
class Year:
    """A year's counts: (kind in words, band)."""

    year: int
    bands: list[tuple[Promise, str]]
    ledger_index: int


def years() -> list[Year]:
    """The newest counts of each year, the newest year first."""
    newest: dict[int, DemandCount] = {}
    for count in DemandCount.objects.order_by("at", "pk"):
        newest[count.year] = count
    return [
        Year(year, [(KINDS[kind], newest[year].bands[kind]) for kind in KINDS], newest[year].ledger_index)
        for year in sorted(newest, reverse=True)
    ]


def demands() -> list[LegalDemand]:
    """Published ones, the newest first."""
    return list(LegalDemand.objects.filter(ledger_index__isnull=False).order_by("-ledger_index")[:SHOWN])


def demand(ref: str) -> LegalDemand:
    """One that is published. Raises NotFound for every other."""
    found = LegalDemand.objects.filter(ref=ref, ledger_index__isnull=False).first()
    if found is None:
        raise NotFound("There is no such demand.")
    return found
