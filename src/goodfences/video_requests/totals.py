"""How many homes were asked and declined, an agency and quarter at a time, with noise: the one number about silence
that is ever published (P2). Nothing that officers or public pages import knows this module.

What one home adds: at most 1 to each of the two numbers, however often it was asked in that quarter. Each number gets
half of the published epsilon (OpenDP's discrete Laplace noise, scale 2/epsilon), so that whether a home was asked, or
declined, changes the odds of what is published by a factor of at most e**epsilon. Noise is drawn once: the ledger
entry is the budget's account, and what is in it is what pages show for good.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Min

from goodfences import source
from goodfences.agencies.models import Agency
from goodfences.ledger import actions as ledger
from goodfences.ledger import queries, tree
from goodfences.quarters import Quarter
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from goodfences.video_requests.released import KIND, SETTLED, subject


def release_due(limit: int) -> int:
    """Release what is due and wasn't, at most `limit` agencies' quarters; how many were."""
    waiting = _waiting(limit)
    if not waiting:
        return 0
    # A database that was set back has forgotten releases that the world has seen: it would draw their noise anew, and
    # two draws tell more than one. Signing refuses such a database (WouldFork), and nothing is drawn.
    ledger.sign_checkpoint()
    return sum(_release(agency, quarter) for agency, quarter in waiting)


def _waiting(limit: int) -> list[tuple[Agency, Quarter]]:
    """Agencies that opened a request in a quarter that is settled, which anyone knows, and weren't told of yet."""
    opened = VideoRequest.objects.filter(opened_at__isnull=False)
    first = opened.aggregate(first=Min("opened_at"))["first"]
    if first is None:
        return []
    waiting: list[tuple[Agency, Quarter]] = []
    quarter = Quarter.of(first)
    while quarter.ends + SETTLED <= source.now():
        within = opened.filter(opened_at__gte=quarter.begins, opened_at__lt=quarter.ends)
        for agency in Agency.objects.filter(pk__in=within.values("agency")).order_by("slug"):
            if len(waiting) < limit and not _is_released(agency, quarter):
                waiting.append((agency, quarter))
        quarter = quarter.next
    return waiting


@transaction.atomic
def _release(agency: Agency, quarter: Quarter) -> bool:
    # Held before looking, so that of two workers one draws.
    tree.lock()
    if _is_released(agency, quarter):
        return False
    scale = 2 / settings.EPSILON
    asked, declined = (with_noise(count, scale) for count in _counted(agency, quarter))
    body: dict[str, Any] = {
        "agency": agency.slug,
        "agency_name": agency.name,
        "quarter": str(quarter),
        "asked": asked,
        "declined": declined,
        "unit": "homes",
        "mechanism": "discrete Laplace",
        "epsilon": settings.EPSILON,
        "scale": scale,
    }
    ledger.append(kind=KIND, subject=subject(agency.ref, quarter), body=body)
    ledger.sign_after_commit()
    return True


def with_noise(count: int, scale: float) -> int:
    """The count with discrete Laplace noise, from the operating system's randomness: never repeatable."""
    # Costs a second and memory at import, for a few numbers a quarter.
    import opendp.prelude as dp

    dp.enable_features("contrib")
    noisy = dp.m.make_laplace(dp.atom_domain(T=int), dp.absolute_distance(T=int), scale=scale)
    return int(noisy(count))


def _counted(agency: Agency, quarter: Quarter) -> tuple[int, int]:
    """Homes that were asked at least once, and of those that declined at least once."""
    asks = Ask.objects.filter(
        video_request__agency=agency,
        video_request__opened_at__gte=quarter.begins,
        video_request__opened_at__lt=quarter.ends,
    )
    asked = asks.values("household").distinct().count()
    declined = asks.filter(state=Ask.State.DECLINED).values("household").distinct().count()
    return asked, declined


def _is_released(agency: Agency, quarter: Quarter) -> bool:
    return queries.entries(kind=KIND, subject=subject(agency.ref, quarter)).exists()
