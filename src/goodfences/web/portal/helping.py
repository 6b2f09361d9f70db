"""Help while an officer writes: how large and how long it is so far, and what would pass. Never who is asked (P2)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goodfences import places
from goodfences.errors import Problem, Refused
from goodfences.places import Ranges, rounded
from goodfences.policy import Policy
from goodfences.video_requests.fields import RequestFields

# A hair inside the limit, so that a round figure can't break it again.
_INSIDE = 0.995


@dataclass(frozen=True)
class SoFar:
    """One measure of what was filled in, beside what is allowed."""

    name: str | Promise
    value: str
    allowed: str


def so_far(given: RequestFields, policy: Policy) -> list[SoFar]:
    """The size of what was drawn and the length of the window, as far as there are any."""
    found = []
    if given.area is not None:
        size = f"{rounded(given.area.square_miles):g}"
        value = _("%(size)s square miles") % {"size": size}
        if count := len(given.area.parts):
            value = ngettext("%(size)s square miles in %(n)s area", "%(size)s square miles in %(n)s areas", count)
            value %= {"size": size, "n": count}
        bounds = {"min": f"{policy.figure('area.min'):g}", "max": policy.rule("area.max").limit}
        found.append(SoFar(_("Area"), value, _("%(min)s to %(max)s") % bounds))
    if given.starts_at is not None and given.ends_at is not None:
        minutes = round((given.ends_at.astimezone(UTC) - given.starts_at.astimezone(UTC)).total_seconds() / 60)
        if minutes > 0:
            bounds = {"min": policy.rule("window.min").limit, "max": policy.rule("window.max").limit}
            found.append(SoFar(_("Window"), _length(minutes), _("%(min)s to %(max)s") % bounds))
    return found


def radius_that_fits(problems: Iterable[Problem], given: RequestFields, radius: str) -> int | None:
    """The radius, in whole meters, by which a circle given in figures would keep the rule that it breaks."""
    broken = next((problem for problem in problems if problem.rule in ("area.min", "area.max")), None)
    if broken is None or given.area is None or not radius:
        return None
    try:
        limit, meters = float(broken.limit.split()[0]), float(radius.replace(",", "."))
    except ValueError:
        return None
    inside = _INSIDE if broken.rule == "area.max" else 1 / _INSIDE
    wanted = meters * (limit * inside / given.area.square_miles) ** 0.5
    return int(wanted) if broken.rule == "area.max" else int(wanted) + 1


def part_inside(given: RequestFields, jurisdiction: dict[str, Any] | None, policy: Policy) -> str:
    """What of a drawn area lies inside, as GeoJSON; empty where none of it is too much, or too little is left."""
    if given.area is None or not jurisdiction:
        return ""
    beyond = set(places.outside(jurisdiction, given.area.ranges))
    kept = [cell for cell in places.cells_of(given.area.ranges) if cell not in beyond]
    if not beyond or not kept:
        return ""
    text = outline_text(places.ranges_of(kept))
    try:
        left = places.area_from_geojson(json.loads(text))
    except Refused:
        return ""
    least = policy.figure("area.min") * places.SQUARE_METERS_A_SQUARE_MILE
    return text if min(left.parts or (left.square_meters,)) >= least else ""


def outline_text(ranges: Ranges) -> str:
    """Cells as GeoJSON for the map to draw on: a plain polygon where it is one, as the drawing tool likes it."""
    outline = places.outline(ranges)
    if len(outline["coordinates"]) == 1:
        outline = {"type": "Polygon", "coordinates": outline["coordinates"][0]}
    return json.dumps(outline)


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours})
    if rest:
        parts.append(ngettext("%(n)s minute", "%(n)s minutes", rest) % {"n": rest})
    return " ".join(parts)
