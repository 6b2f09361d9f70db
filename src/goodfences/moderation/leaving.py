"""What of moderation is told a person about themselves (P12). Rows of an account go with it; what is public stays."""

from __future__ import annotations

from typing import Any

from goodfences.moderation.models import Appeal, Block, Measure, Report, Review, Ruling
from goodfences.people.models import Account, Household


def export(account: Account, _household: Household | None) -> dict[str, Any]:
    reviews = Review.objects.filter(author=account).prefetch_related("rulings__public").order_by("opened_at", "pk")
    return {
        "reviews": [_review(one) for one in reviews],
        "reports": [_report(one) for one in Report.objects.filter(reporter=account).order_by("at", "pk")],
        "appeals": [_appeal(one) for one in Appeal.objects.filter(account=account).order_by("at", "pk")],
        "measures": [_measure(one) for one in Measure.objects.filter(account=account).order_by("begins_at", "pk")],
        "unseen": [
            {"ref": one.ref, "known_by": one.known_by, "at": one.at, "ends_at": one.ends_at}
            for one in Block.objects.filter(account=account).order_by("at", "pk")
        ],
    }


def _review(review: Review) -> dict[str, Any]:
    return {
        "ref": review.ref,
        "thing": review.thing,
        "about": review.about,
        "why": review.why,
        "state": review.state,
        "opened_at": review.opened_at,
        "decided_at": review.decided_at,
        "rulings": [_ruling(one) for one in review.rulings.all()],
    }


def _ruling(ruling: Ruling) -> dict[str, Any]:
    return {
        "ref": ruling.ref,
        "state": ruling.state,
        "outcome": ruling.outcome,
        "rule": ruling.rule,
        "reasons": ruling.reasons,
        "at": ruling.at,
        "in_force_at": ruling.in_force_at,
        "public_ref": ruling.public.ref if ruling.public else "",
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "ref": report.ref,
        "rule": report.rule,
        "note": report.note,
        "at": report.at,
        "answered_at": report.answered_at,
    }


def _appeal(appeal: Appeal) -> dict[str, Any]:
    return {
        "ref": appeal.ref,
        "side": appeal.side,
        "text": appeal.text,
        "at": appeal.at,
        "decided_at": appeal.decided_at,
        "outcome": appeal.outcome,
        "reasons": appeal.reasons,
    }


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "rule": measure.rule,
        "reasons": measure.reasons,
        "rung": measure.rung,
        "begins_at": measure.begins_at,
        "ends_at": measure.ends_at,
        "lifted_at": measure.lifted_at,
    }
