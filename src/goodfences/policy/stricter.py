"""What an agency's agreement may change about the policy: only ever tighten it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from goodfences.errors import Problem, Refused, refuse
from goodfences.policy.model import LIMITED, Policy, contradiction, is_figure, with_unit

_TYPES = "incident_types"


def tightened(policy: Policy, stricter: Mapping[str, Any]) -> Policy:
    """See `Policy.with_stricter`."""
    problems = [problem for name, value in stricter.items() for problem in _problems(policy, name, value)]
    if problems:
        raise Refused(*problems)
    rules = tuple(replace(rule, figure=stricter.get(rule.name, rule.figure)) for rule in policy.rules)
    kept = stricter.get(_TYPES, policy.incident_types)
    types = {key: label for key, label in policy.incident_types.items() if key in kept}
    result = replace(policy, rules=rules, incident_types=types)
    impossible = contradiction(result)
    if impossible:
        raise refuse("agreement.impossible", "stricter", f"No request could keep these limits: {impossible}.")
    return result


def _problems(policy: Policy, name: str, value: object) -> list[Problem]:
    if name == _TYPES:
        return _type_problems(policy, value)
    kind = LIMITED.get(name)
    if kind is None or kind.stricter == "never":
        return [_problem("agreement.unknown", f"{name!s:.60} is not a limit that an agreement can make stricter.")]
    if not is_figure(value, kind):
        what = "whole number" if kind.whole else "number"
        return [_problem("agreement.figure", f"{name} needs a {what} of {kind.unit} above 0, not {value!r:.40}.")]
    assert isinstance(value, int | float)
    present = policy.figure(name)
    looser = value < present if kind.stricter == "higher" else value > present
    if not looser:
        return []
    bound = "at least" if kind.stricter == "higher" else "at most"
    return [
        Problem(
            rule="agreement.looser",
            field="stricter",
            message=f"{name} would be looser than the policy: it must be {bound} {with_unit(present, kind.unit)}.",
            limit=with_unit(present, kind.unit),
            value=with_unit(value, kind.unit),
        )
    ]


def _type_problems(policy: Policy, value: object) -> list[Problem]:
    if not isinstance(value, list | tuple) or not value or not all(isinstance(key, str) for key in value):
        return [_problem("agreement.figure", "incident_types needs a list of at least one incident type.")]
    return [
        _problem("agreement.looser", f"The incident type {key[:40]!r} is not in the policy's list.")
        for key in value
        if key not in policy.incident_types
    ]


def _problem(rule: str, message: str) -> Problem:
    return Problem(rule=rule, field="stricter", message=message)
