"""What a moderator writes in public: reasons that name nobody and repeat nothing of what was removed."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from goodfences import guardrails
from goodfences.errors import Problem
from goodfences.guardrails import Facts
from goodfences.moderation import rules
from goodfences.moderation.models import Outcome
from goodfences.visible import hidden_problems

SHORTEST, LONGEST = 20, 1000
_QUOTED = 5
"""So many words in a row of what it is about are a quotation."""
_LEADS_SOMEWHERE = re.compile(r"@|https?:|www\.|(?:\d[\s().-]?){6,}", re.IGNORECASE)


def problems(outcome: str, rule: str, reasons: str, said: str) -> list[Problem]:
    """All that is wrong with a ruling's form. `said` is what it is about, which isn't published again."""
    found = []
    if outcome not in Outcome.values:
        found.append(Problem("ruling.outcome", "outcome", _("Choose what is to happen.")))
    if rule not in rules.in_force().rules:
        found.append(Problem("ruling.rule", "rule", _("Choose which rule it is about.")))
    if not SHORTEST <= len(reasons) <= LONGEST:
        given = {"min": SHORTEST, "max": LONGEST}
        words = _("Say why in %(min)d to %(max)d characters: it is published.") % given
        found.append(Problem("ruling.reasons", "reasons", words, value=str(len(reasons))))
    if _LEADS_SOMEWHERE.search(reasons):
        words = _("No address, link or number of anybody: the reasons are published.")
        found.append(Problem("ruling.reasons.leads", "reasons", words))
    if named := _named(reasons):
        words = _("Leave out “%(what)s”: the reasons name nobody and lead to nobody.")
        found.append(Problem("ruling.reasons.names", "reasons", words % {"what": named}))
    if _quotes(reasons, said):
        words = _("Say it in your own words: what it is about isn’t published again.")
        found.append(Problem("ruling.reasons.quotes", "reasons", words))
    return found + hidden_problems(reasons, "reasons")


def _named(reasons: str) -> str:
    """A name, an address or a plate in it, as the guardrails find them in posts; empty where there is none."""
    stops = guardrails.check(reasons, kind="question", language="en", facts=Facts())
    return next((reasons[each.start : each.end] for each in stops if each.cut), "")


def _quotes(reasons: str, said: str) -> bool:
    ours, theirs = _words(reasons), _words(said)
    runs = {tuple(theirs[at : at + _QUOTED]) for at in range(len(theirs) - _QUOTED + 1)}
    return any(tuple(ours[at : at + _QUOTED]) in runs for at in range(len(ours) - _QUOTED + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
