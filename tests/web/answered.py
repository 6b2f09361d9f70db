"""What every route answers to a role, asked once for all tests that look at it.

Tests named `test_each_role_…[role]` run one after the other in one process (tests/conftest.py), so that the answers
to one role are all that is kept. The same `Everything` is built for each of them: same clock, same references.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.test import override_settings

from goodfences.agencies.models import Agency
from tests.calls import Calls, calling
from tests.web import routes
from tests.web.everything import Everything

OWN = "testserver"
"""The instance's host, while it is asked."""
WEBSITE = "https://www.northgate.example/police"
"""Northgate's own; the one link out that a page may show, for a person to follow."""


@dataclass(frozen=True)
class Answered:
    """By route and method, what the role is answered, and whom the server called meanwhile."""

    answers: dict[tuple[str, str], routes.Answer]
    calls: Calls


_kept: dict[tuple[str, str, str], Answered] = {}


def answered(made: Everything, role: str) -> Answered:
    """What this role is answered by every route."""
    key = (role, made.clip.ref, made.video.ref)
    if key not in _kept:
        _kept.clear()
        _kept[key] = _ask(made, role)
    return _kept[key]


def _ask(made: Everything, role: str) -> Answered:
    Agency.objects.update(website=WEBSITE)
    with override_settings(SITE_URL=f"http://{OWN}"), calling() as calls:
        return Answered(routes.answers(made, role), calls)
