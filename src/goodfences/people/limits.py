"""How often a thing may be tried, counted in the database so that every web process sees the same count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac
from django.utils.translation import ngettext

from goodfences import proxies, source
from goodfences.errors import Problem, Refused
from goodfences.people.models import Attempts


class TooOften(Refused):
    """Tried too often. `retry_after` is how many seconds to wait."""

    def __init__(self, field: str, retry_after: int) -> None:
        self.retry_after = retry_after
        minutes = max(1, round(retry_after / 60))
        message = ngettext(
            "That was tried too often. Wait a minute, then try again.",
            "That was tried too often. Wait %(minutes)d minutes, then try again.",
            minutes,
        )
        super().__init__(Problem("too_often", field, message % {"minutes": minutes}))


def count(what: str, who: str, *, limit: int, period: timedelta, field: str = "") -> None:
    """Count one try of `what` by `who` and raise `TooOften` beyond `limit` tries in one `period`.

    Periods are aligned to the clock, not to the first try. `who` (an IP address, an account) is kept as a keyed
    digest that changes with the period, so that the table can't tell who came back. Call it outside the act's
    transaction: a try that is rolled back isn't counted.
    """
    now = source.now()
    ends_at = _span_end(now, period)
    key = salted_hmac("goodfences.limits", f"{what}|{who}|{ends_at.isoformat()}", algorithm="sha256").hexdigest()
    with transaction.atomic():
        Attempts.objects.get_or_create(key=key, span_ends_at=ends_at)
        Attempts.objects.filter(key=key, span_ends_at=ends_at).update(count=F("count") + 1)
        tries = Attempts.objects.get(key=key, span_ends_at=ends_at).count
    if tries > limit:
        raise TooOften(field, retry_after=max(1, int((ends_at - now).total_seconds())))


def count_from(what: str, peer: str, *, of: str = "", limit: int, period: timedelta, field: str = "") -> None:
    """Count one try from a network address (of what has a name of its own: an appeal, a link). Raises `TooOften`.

    `peer` is what `web.peers.peer_of` tells. Its wider network has three times as many tries: a whole network is as
    easily had as an address, and nobody should use up alone what all have together.
    """
    count(what, f"{of}|{peer}", limit=limit, period=period, field=field)
    count(f"{what}.area", f"{of}|{proxies.area_of(peer)}", limit=3 * limit, period=period, field=field)


def forget_old() -> int:
    """Delete the counts of spans that are over; returns how many."""
    return Attempts.objects.filter(span_ends_at__lt=source.now()).delete()[0]


def _span_end(now: datetime, period: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + ((now - epoch) // period + 1) * period
