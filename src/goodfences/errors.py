"""The errors that acts raise and that pages, the API and the command line put into words."""

from __future__ import annotations

from dataclasses import dataclass


class NotFound(Exception):
    """There is no such object, or this person may not know that there is. The two never differ."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with what was asked for.

    `rule` is the stable name of the broken rule (`window.max`); `field` the form or JSON field;
    `message` says in a sentence what is wrong and what would be right; `limit` and `value` are
    printable figures with their unit, empty where a rule has none; `nearest` is the nearest value that
    would pass, where there is one (times in ISO 8601).
    """

    rule: str
    field: str
    message: str
    limit: str = ""
    value: str = ""
    nearest: str = ""


class Refused(Exception):
    """An act was refused and nothing was changed. Holds every problem at once."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def refuse(rule: str, field: str, message: str, *, limit: str = "", value: str = "") -> Refused:
    """A `Refused` with a single problem."""
    return Refused(Problem(rule=rule, field=field, message=message, limit=limit, value=value))
