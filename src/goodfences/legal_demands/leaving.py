"""What a person is told of demands about them, on their page and in their export (P12).

What a court's order still keeps silent isn't in it: the export must not tell what the mail may not.
"""

from __future__ import annotations

from typing import Any

from goodfences.legal_demands.models import DemandSubject
from goodfences.people.models import Account, Household
from goodfences.people.schema import day, many, moment, record, text

DESCRIBED = many(
    record(
        "A demand of an authority that was about the person, from when on they could be told.",
        ref=text("Its identifier, and that of its public page."),
        kind=text("What it was.", "warrant", "subpoena", "court_order", "emergency"),
        authority=text("Who demanded."),
        scope=text("What was demanded."),
        outcome=text("How much was handed over.", "nothing", "part", "all"),
        handed_over=text("What was handed over, or why nothing."),
        received_on=day("When it came."),
        told_at=moment("When the person was told."),
    )
)


def told(account: Account) -> list[DemandSubject]:
    """What the person was told of, the newest first."""
    found = DemandSubject.objects.filter(account=account, told_at__isnull=False).select_related("demand")
    return list(found.order_by("-told_at", "-pk"))


def export(account: Account, _household: Household | None) -> list[dict[str, Any]]:
    names = ("ref", "kind", "authority", "scope", "outcome", "handed_over", "received_on")
    return [
        {**{name: getattr(subject.demand, name) for name in names}, "told_at": subject.told_at}
        for subject in told(account)
    ]
