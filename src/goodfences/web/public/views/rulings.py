"""What moderators rule, in public: the rules, the ladder, counts, and every ruling without a name."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goodfences.moderation import public, rules
from goodfences.moderation.models import Outcome, PublicRuling

SHOWN = 25
MONTHS_SHOWN = 40


@require_safe
def rulings(request: HttpRequest) -> HttpResponse:
    """`before` is the ref behind which the list goes on."""
    found = public.rulings(before=request.GET.get("before", ""), limit=SHOWN + 1)
    data = rules.in_force()
    counts = public.counts()[:MONTHS_SHOWN]
    context = {
        "rulings": [_shown(each) for each in found[:SHOWN]],
        "older": f"?{urlencode({'before': found[SHOWN - 1].ref})}#rulings" if len(found) > SHOWN else "",
        "counts": [{"count": each, "rule": _title(each.rule)} for each in counts],
        "median": public.median_minutes(),
        "rules": data.rules.values(),
        "ladder": [{"hours": hours, "days": hours // 24} for hours in data.rungs],
        "appeal_days": data.appeal.days,
        "counts_days": data.counts_for.days,
    }
    return render(request, "public/rulings.html", context)


@require_safe
def ruling(request: HttpRequest, ref: str) -> HttpResponse:
    return render(request, "public/ruling.html", {"one": _shown(public.ruling(ref))})


def _shown(ruling: PublicRuling) -> dict[str, object]:
    data = rules.in_force()
    return {
        "ruling": ruling,
        "rule": data.rules.get(ruling.rule),
        "outcome": Outcome(ruling.outcome).label,
        "minutes": round(ruling.waited_seconds / 60),
    }


def _title(key: str) -> str:
    rule = rules.in_force().rules.get(key)
    return rule.title if rule else key
