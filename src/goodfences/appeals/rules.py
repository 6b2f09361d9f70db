"""What an officer writes, and how it is checked: by the policy that holds for requests, and by what an appeal needs.

Depends on the agency's own rows and the clock alone (P2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from goodfences import source
from goodfences.agencies.models import Officer
from goodfences.agencies.queries import policy_for
from goodfences.appeals.models import Appeal
from goodfences.errors import Problem
from goodfences.policy import (
    Context,
    Draft,
    Policy,
    case_key,
    check,
    part_of_town_problems,
    place_problems,
    published_problems,
)
from goodfences.visible import text_problems

State = Appeal.State
LIMITS = {"case_number": 40, "incident_type": 40, "title": 90, "words": 2000, "why_public": 500, "place_name": 80}
LEAST = {"title": 8, "why_public": 40, "place_name": 3}
MOST_OPEN = 3
"""Of one agency, waiting or open: a town that is appealed to every day listens to none of it."""


@dataclass(frozen=True, kw_only=True)
class AppealFields:
    """An appeal as it was filled in. Times have a time zone; `place_cells` are H3 cells at resolution 8."""

    case_number: str
    incident_type: str
    title: str
    words: str
    why_public: str
    place_name: str
    place_cells: list[int]
    starts_at: datetime
    ends_at: datetime


def all_problems(
    fields: AppealFields, *, officer: Officer, approver: Officer | None = None, appeal: Appeal | None = None
) -> list[Problem]:
    """Every rule that the appeal breaks, at once. `appeal` is its row, so that it isn't counted against itself."""
    policy = policy_for(officer.agency)
    return [
        *_lengths(fields),
        *_as_a_request(fields, officer, approver, policy),
        *_published(fields, policy),
        *place_problems(fields.place_name, "place_name", policy),
        *part_of_town_problems(fields.place_cells, "place", officer.agency.area),
        *_counts(fields, officer.agency_id, appeal),
    ]


def _lengths(fields: AppealFields) -> list[Problem]:
    problems = []
    for field, most in LIMITS.items():
        text = getattr(fields, field)
        problems += text_problems(text, field, most, lines=field in ("words", "why_public"))
        if len(text) < (least := LEAST.get(field, 0)):
            message = f"Write at least {least} characters here; there are {len(text)}."
            problems.append(Problem(f"appeal.{field}", field, message, limit=f"{least} characters"))
    if not fields.place_cells:
        problems.append(Problem("appeal.place", "place", "Say around where it was."))
    return problems


def _as_a_request(fields: AppealFields, officer: Officer, approver: Officer | None, policy: Policy) -> list[Problem]:
    """The rules of requests for the fields that both have: case, incident type, words, window, second officer."""
    draft = Draft(
        case_number=fields.case_number,
        incident_type=fields.incident_type,
        reason=fields.words,
        contact=officer.contact,
        area=None,
        starts_at=fields.starts_at,
        ends_at=fields.ends_at,
        requester_ref=officer.ref,
        approver_ref=approver.ref if approver else None,
    )
    both = {"case_number", "incident_type", "reason", "starts_at", "ends_at", "approver"}
    return [
        Problem(one.rule, "words" if one.field == "reason" else one.field, one.message, one.limit, one.value)
        for one in check(draft, Context(now=source.now()), policy)
        if one.field in both
    ]


def _published(fields: AppealFields, policy: Policy) -> list[Problem]:
    """Title, words and why are read by everybody: no names, no houses, nobody by race alone."""
    return [
        problem
        for field in ("title", "words", "why_public")
        for problem in published_problems(getattr(fields, field), field, policy)
    ]


def _counts(fields: AppealFields, agency_id: int, appeal: Appeal | None) -> list[Problem]:
    going = Appeal.objects.filter(agency_id=agency_id, state__in=[State.SUBMITTED, State.OPEN])
    if appeal is not None:
        going = going.exclude(pk=appeal.pk)
    problems = []
    if going.filter(case_key=case_key(fields.case_number)[:40]).exists():
        message = "An appeal for this case is waiting or open already."
        problems.append(Problem("appeal.case", "case_number", message))
    if (count := going.count()) >= MOST_OPEN:
        message = f"{count} appeals of your agency are already waiting or open; no more than {MOST_OPEN} are allowed."
        problems.append(Problem("appeal.open", "", message, limit=str(MOST_OPEN), value=str(count)))
    return problems
