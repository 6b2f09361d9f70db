"""A draft that passes, to be broken one field at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from goodfences import places
from goodfences.policy import Context, Draft, in_force
from goodfences.policy import check as checked
from tests.places.shapes import box

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

GOOD = Draft(
    case_number="NG-2026-0118",
    incident_type="burglary",
    reason="A garage was broken into during the night and two bicycles were taken, a red and a blue one.",
    contact="555-010-2233",
    area=places.area_from_geojson(box(40.4, -74.3, 800)),
    starts_at=NOW - timedelta(hours=14),
    ends_at=NOW - timedelta(hours=6),
    requester_ref="omar",
)


def rules(context: Context | None = None, **changes: Any) -> list[str]:
    """The names of the rules that the good draft breaks once it is changed."""
    return [problem.rule for problem in problems(context, **changes)]


def problems(context: Context | None = None, **changes: Any) -> list[Any]:
    return checked(replace(GOOD, **changes), context or Context(now=NOW), in_force())
