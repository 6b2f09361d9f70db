"""What people write to each other through us: the checks of agencies' reasons, and the guardrails of what is posted.

Nobody reviews what one neighbor writes to another before it is sent, so that here every finding is a refusal.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from goodfences import guardrails, policy
from goodfences.errors import Problem
from goodfences.policy import text as policy_text
from goodfences.policy.model import TEXT_RULES
from goodfences.visible import hidden_problems

ORDINARY, PET = "crime", "missing_pet"
"""Kinds of posts, as which the guardrails read a text: a pet may be named."""
OF_OTHERS = "person."
"""Rules of what is said of people; how somebody wants to be called is another matter."""


def problems(words: str, field: str, *, most: int, least: int = 0, is_pet: bool = False) -> list[Problem]:
    """Everything that is wrong with a text, at once; each finding once."""
    found = hidden(words, field, most=most)
    length = policy_text.readable_length(words)
    if length < least:
        message = _("Say in at least %(least)d characters what happened and what a camera may have seen.")
        found.append(Problem(f"{field}.min", field, message % {"least": least}, str(least), str(length)))
    read = words[:most]
    said = [_said(one, field) for one in policy_text.findings(read, TEXT_RULES)]
    known = {problem.value for problem in said}
    stops = [one for one in _stops(read, field, PET if is_pet else ORDINARY) if one.value not in known]
    return found + said + stops


def name_problems(name: str, field: str, *, most: int) -> list[Problem]:
    """What is wrong with how somebody wants to be called: it is no way to reach or find anybody."""
    found = hidden_problems(name, field)
    if len(name) > most:
        found.append(_too_long(name, field, most))
    return found + [one for one in _stops(name[:most], field, ORDINARY) if not one.rule.startswith(OF_OTHERS)]


def hidden(words: str, field: str, *, most: int) -> list[Problem]:
    """What is wrong with a text that a moderator alone reads."""
    found = hidden_problems(words, field, lines=True)
    return [*found, _too_long(words, field, most)] if len(words) > most else found


def _too_long(words: str, field: str, most: int) -> Problem:
    message = _("At most %(max)d characters, please. This has %(length)d.") % {"max": most, "length": len(words)}
    return Problem(f"{field}.max", field, message, str(most), str(len(words)))


def _stops(words: str, field: str, kind: str) -> Iterator[Problem]:
    for stop in guardrails.check(words, kind=kind, language=get_language() or "en"):
        quoted = words[stop.start : stop.end]
        yield Problem(stop.rule, field, f"{stop.title}. {stop.why} {stop.mend} “{quoted}”", value=quoted)


def _said(finding: policy_text.Finding, field: str) -> Problem:
    """In the policy's own words, whose title and explanation people read on its page."""
    rule = policy.in_force().rule(finding.rule)
    message = _("%(title)s. %(explanation)s It was read in: “%(words)s”.") % {
        "title": _(rule.title),
        "explanation": _(rule.explanation),
        "words": finding.words,
    }
    return Problem(finding.rule, field, message, value=finding.words)
