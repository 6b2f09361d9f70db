"""Numbers for calm, beside the feed."""

from __future__ import annotations

import math

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from goodfences.feed import numbers as counting
from goodfences.feed.numbers import Line
from goodfences.people.models import Account, Household
from goodfences.web import showing
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import show


@require_GET
@settled
def numbers(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    found = counting.around(account)
    context = {
        "numbers": found,
        "within": showing.distance(found.within_km),
        "lines": [{"line": line, "words": _words(line)} for line in found.lines],
        "view": "numbers",
    }
    return show(request, account, "feed/numbers.html", context)


def _words(line: Line) -> str:
    """What the two counts say, in a sentence; never more than they do."""
    if line.ratio is None:
        return _("too few to say")
    low, high = _times(line.ratio.low), _times(line.ratio.high)
    if line.ratio.is_more:
        if math.isinf(line.ratio.high):
            return _("more than a year ago: at least %(low)s times as many a home") % {"low": low}
        return _("more than a year ago: %(low)s to %(high)s times as many a home") % {"low": low, "high": high}
    if line.ratio.is_less:
        return _("fewer than a year ago: %(low)s to %(high)s times as many a home") % {"low": low, "high": high}
    return _("no clear difference: chance alone explains it")


def _times(ratio: float) -> str:
    return "" if math.isinf(ratio) else number_format(round(ratio, 1), 1)


urls = [path("neighbors/numbers/", numbers, name="feed_numbers")]
