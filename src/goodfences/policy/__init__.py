"""The guardrails: one policy, as data, checked in one place (promise P6)."""

from goodfences.policy.check import Context, Draft, case_key, check, place_problems, published_problems
from goodfences.policy.model import Policy, Rule, in_force

__all__ = [
    "Context",
    "Draft",
    "Policy",
    "Rule",
    "case_key",
    "check",
    "in_force",
    "place_problems",
    "published_problems",
]
