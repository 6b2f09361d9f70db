"""The public record in plots."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from goodfences.video_requests import numbers as record
from goodfences.video_requests.numbers import Line
from goodfences.web.public import words
from goodfences.web.public.plots import percent, share, upright

AGENCIES = 20


@require_safe
def numbers(request: HttpRequest) -> HttpResponse:
    """Everything on it can be counted again from the downloads."""
    found = record.numbers()
    months = [{"line": line, "name": _month(line.key)} for line in found.months]
    most = max((line.decided for line in found.agencies), default=0)
    most_of_type = max((line.decided for line in found.incident_types), default=0)
    context = {
        "total": _shown(found.total, 0),
        "months": months,
        "by_month": upright([(line.opened, line.refused) for line in found.months]),
        "hours": [{"hour": f"{hour:02d}:00", "opened": opened} for hour, opened in enumerate(found.hours)],
        "by_hour": upright([(opened,) for opened in found.hours]),
        "agencies": [_shown(line, most) for line in found.agencies[:AGENCIES]],
        "more_agencies": max(0, len(found.agencies) - AGENCIES),
        "incident_types": [
            _shown(line, most_of_type) | {"name": words.incident(line.key)} for line in found.incident_types
        ],
    }
    return render(request, "public/numbers.html", context)


def _shown(line: Line, most: int) -> dict[str, Any]:
    return {
        "line": line,
        "name": line.name,
        "opened_width": share(line.opened, most),
        "refused_width": share(line.refused, most),
        "refused_share": percent(line.refused, line.decided),
        "urgent_share": percent(line.urgent, line.opened),
        "helped_share": percent(line.helped, line.answered),
    }


def _month(key: str) -> str:
    year, month = key.split("-")
    return date_format(date(int(year), int(month), 1), pgettext("month and year", "F Y"))
