"""What residents' pages alone say. `{% load resident %}`."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.template.defaultfilters import truncatechars
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goodfences import source
from goodfences.cameras.models import Camera
from goodfences.clips import refusals
from goodfences.clips.models import Clip
from goodfences.web import moments, showing
from goodfences.web.resident import finding

register = template.Library()
_AROUND_KM = 0.7
"""Between the middles of cells: less than any two that aren't one."""


@register.filter
def why(reason: str) -> str:
    """Why a video of theirs wasn't kept or couldn't be cut."""
    return refusals.in_words(reason)


@register.filter
def shows(clip: Clip) -> str:
    """`vehicle`: what a clip shows beside what began it."""
    return finding.shows(clip)


@register.filter
def ago(at: datetime) -> str:
    """`a moment ago`, `3 minutes ago`: for what is at most some minutes old."""
    minutes = (source.now() - at) // timedelta(minutes=1)
    if minutes < 1:
        return _("a moment ago")
    return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {"count": minutes}


@register.filter
def duration(length: timedelta) -> str:
    """`50 s`, `12 min`, `3 h 5 min`."""
    seconds = round(length.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours and minutes else f"{hours} h" if hours else f"{minutes} min"


@register.filter
def moment_in_clip(milliseconds: int) -> str:
    """`0:07.3`, as the editor takes it back."""
    return moments.written(milliseconds)


@register.filter
def of_camera(kind: str, camera: Camera) -> str:
    """How a wish to be notified of this kind of clips of this camera is written."""
    return f"{kind}:{camera.ref}"


@register.filter
def away(km: float) -> str:
    """How far a post is, between coarse cells: `around you`, `about 2 km away`."""
    if km < _AROUND_KM:
        return _("around you")
    return _("about %(distance)s away") % {"distance": showing.distance(max(1, km))}


@register.filter
def voice(number: int) -> str:
    """What a thread calls a neighbor: `Neighbor 2`; the post's author is 0."""
    return _("Neighbor %(number)d") % {"number": number} if number else _("The author")


@register.filter
def comments_text(number: int) -> str:
    """`3 comments`."""
    return ngettext("%(number)s comment", "%(number)s comments", number) % {"number": number_format(number)}


@register.filter
def beginning(text: str, most: int) -> str:
    """As `truncatechars`, which looks at every letter of a short text, too; a list asks twenty times."""
    return text if len(text) <= most else truncatechars(text, most)
