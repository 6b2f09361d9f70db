"""What anyone reads: rulings without names, and counts. Knows published rows alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from goodfences.errors import NotFound
from goodfences.moderation.models import Outcome, PublicRuling, Tally


@dataclass(frozen=True)
class Counted:
    """One month's counts under one rule. `median_minutes` is from the first report to the ruling."""

    month: date
    rule: str
    reports: int
    rulings: int
    removed: int
    warned: int
    kept: int
    appealed: int
    overturned: int
    median_minutes: int | None

    def body(self) -> dict[str, int | str | None]:
        """As the ledger and the download hold it, without the month."""
        return {
            "rule": self.rule,
            "reports": self.reports,
            "rulings": self.rulings,
            "removed": self.removed,
            "warned": self.warned,
            "kept": self.kept,
            "appealed": self.appealed,
            "overturned": self.overturned,
            "median_minutes": self.median_minutes,
        }


def rulings(*, before: str = "", limit: int = 25) -> list[PublicRuling]:
    """The newest rulings; those before a ref."""
    found = PublicRuling.objects.order_by("-at", "-pk")
    last = PublicRuling.objects.filter(ref=before).first() if before else None
    if last is not None:
        found = found.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
    return list(found[:limit])


def rulings_after(pk: int, *, limit: int) -> list[PublicRuling]:
    """In the order in which they were made, for a download."""
    return list(PublicRuling.objects.filter(pk__gt=pk).order_by("pk")[:limit])


def ruling(ref: str) -> PublicRuling:
    """Raises NotFound."""
    found = PublicRuling.objects.filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found


def counts(*, month: date | None = None) -> list[Counted]:
    """By month and rule, the newest month first; of one month where it is given."""
    tallies = Tally.objects.all() if month is None else Tally.objects.filter(month=month)
    made = PublicRuling.objects.all()
    if month is not None:
        made = made.filter(at__year=month.year, at__month=month.month)
    reports = {(each.month, each.rule): each.reports for each in tallies}
    rows = {
        (row["month"].date(), row["rule"]): row
        for row in made.annotate(month=TruncMonth("at"))
        .values("month", "rule")
        .annotate(
            rulings=Count("pk"),
            removed=Count("pk", filter=Q(outcome=Outcome.REMOVED)),
            warned=Count("pk", filter=Q(outcome=Outcome.WARNED)),
            kept=Count("pk", filter=Q(outcome__in=(Outcome.KEPT, Outcome.NOTED))),
            appeals=Count("pk", filter=Q(appealed=True)),
            overturns=Count("pk", filter=Q(overturned_at__isnull=False)),
        )
    }
    keys = sorted({*reports, *rows}, key=lambda key: (-key[0].toordinal(), key[1]))
    return [_counted(key, reports.get(key, 0), dict(rows.get(key, {}))) for key in keys]


def median_minutes(month: date | None = None, rule: str = "") -> int | None:
    """From the first report, or the moment it was held, to the ruling; None where there was none."""
    found = PublicRuling.objects.all()
    if month is not None:
        found = found.filter(at__year=month.year, at__month=month.month)
    if rule:
        found = found.filter(rule=rule)
    number = found.count()
    if not number:
        return None
    middle = found.order_by("waited_seconds").values_list("waited_seconds", flat=True)[(number - 1) // 2]
    return round(middle / 60)


def _counted(key: tuple[date, str], reports: int, row: dict[str, Any]) -> Counted:
    month, rule = key
    return Counted(
        month=month,
        rule=rule,
        reports=reports,
        rulings=row.get("rulings", 0),
        removed=row.get("removed", 0),
        warned=row.get("warned", 0),
        kept=row.get("kept", 0),
        appealed=row.get("appeals", 0),
        overturned=row.get("overturns", 0),
        median_minutes=median_minutes(month, rule) if row else None,
    )
