"""What is missing of a day, in the words of its owner."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from goodfences.health.queries import Missing
from goodfences.web import showing

SHOWN_FROM = timedelta(minutes=1)
"""A shorter gap is hatched in the time line, and takes no line of its own."""


def hatched(missing: Iterable[Missing]) -> list[dict[str, Any]]:
    """For the time line."""
    return [
        {"starts_at": one.starts_at, "ends_at": one.ends_at, "gap": True, "label": sentence(one)} for one in missing
    ]


def sentences(missing: Iterable[Missing]) -> list[str]:
    """One for each gap that lasted a minute or more."""
    return [sentence(one) for one in missing if one.ends_at - one.starts_at >= SHOWN_FROM]


def sentence(one: Missing) -> str:
    """`Nothing was recorded from 9:00 am to 10:00 am: the camera was away.`"""
    words = _go_on() if one.goes_on else _are_over()
    return words[one.why] % {"start": showing.clock(one.starts_at), "end": showing.clock(one.ends_at)}


def _are_over() -> dict[str, str]:
    return {
        "camera": _("Nothing was recorded from %(start)s to %(end)s: the camera was away."),
        "hub": _("Nothing was recorded from %(start)s to %(end)s: the hub was off."),
        "unheard": _("From %(start)s to %(end)s the hub wasn’t heard. It may have gone on recording at home."),
    }


def _go_on() -> dict[str, str]:
    return {
        "camera": _("Nothing has been recorded since %(start)s: the camera is away."),
        "hub": _("Nothing has been recorded since %(start)s: the hub was off."),
        "unheard": _("Since %(start)s the hub hasn’t been heard. It may go on recording at home."),
    }
