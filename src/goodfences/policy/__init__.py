"""The guardrails: one policy, as data, checked in one place (promise P6)."""

from goodfences.policy.check import (
    Context,
    Draft,
    another_case_problems,
    case_key,
    check,
    part_of_town_problems,
    place_problems,
    published_problems,
    published_reason,
    question_problems,
)
from goodfences.policy.model import URGENT_PERIOD, Policy, Rule, in_force

__all__ = [
    "URGENT_PERIOD",
    "Context",
    "Draft",
    "Policy",
    "Rule",
    "another_case_problems",
    "case_key",
    "check",
    "in_force",
    "part_of_town_problems",
    "place_problems",
    "published_problems",
    "published_reason",
    "question_problems",
]
