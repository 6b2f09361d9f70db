"""What people write to each other through us: the same checks as for agencies' reasons, and the guardrails."""

from __future__ import annotations

from django.utils.translation import gettext as _

from goodfences import policy
from goodfences.errors import Problem
from goodfences.policy import text as policy_text
from goodfences.policy.model import TEXT_RULES
from goodfences.visible import hidden_problems


def problems(words: str, field: str, *, most: int, least: int = 0) -> list[Problem]:
    """Everything that is wrong with a text, at once."""
    found = hidden(words, field, most=most)
    length = policy_text.readable_length(words)
    if length < least:
        message = _("Say in at least %(least)d characters what happened and what a camera may have seen.")
        found.append(Problem(f"{field}.min", field, message % {"least": least}, str(least), str(length)))
    read = words[:most]
    return found + [
        _said(finding, field)
        for finding in [*policy_text.findings(read, TEXT_RULES), *policy_text.house_in_sentence(read)]
    ]


def hidden(words: str, field: str, *, most: int) -> list[Problem]:
    """What is wrong with a text that a moderator alone reads."""
    found = hidden_problems(words, field, lines=True)
    if len(words) > most:
        message = _("At most %(max)d characters, please. This has %(length)d.") % {"max": most, "length": len(words)}
        found.append(Problem(f"{field}.max", field, message, str(most), str(len(words))))
    return found


def _said(finding: policy_text.Finding, field: str) -> Problem:
    """In the policy's own words, whose title and explanation people read on its page."""
    rule = policy.in_force().rule(finding.rule)
    message = _("%(title)s. %(explanation)s It was read in: “%(words)s”.") % {
        "title": _(rule.title),
        "explanation": _(rule.explanation),
        "words": finding.words,
    }
    return Problem(finding.rule, field, message, value=finding.words)
