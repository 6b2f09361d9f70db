"""By which limits an agency keeps and answers: the policy's, its agreement's, and what it published itself."""

from __future__ import annotations

from goodfences.agencies.models import Agency
from goodfences.agencies.queries import policy_for
from goodfences.errors import NotFound
from goodfences.policy import in_force


def figure(agency: Agency, rule: str) -> int:
    """A limit of the agency's, or everyone's where its agreement has ended: what it holds it holds by a rule."""
    try:
        policy = policy_for(agency)
    except NotFound:
        policy = in_force()
    return int(policy.figure(rule))


def days_kept(agency: Agency) -> int:
    """For how many days after it was shared a video is kept here."""
    return min(agency.retention_days, figure(agency, "keep.max"))
