"""The posting guardrails: what a post or comment may say, as data, checked in one place before anybody sees it."""

from goodfences.guardrails.check import Facts, Stop, check
from goodfences.guardrails.model import Guardrails, Rule, in_force

__all__ = ["Facts", "Guardrails", "Rule", "Stop", "check", "in_force"]
