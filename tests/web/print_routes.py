"""Prints what every route answers to every role now, as tests/web/routes_by_role.txt has it:

    .venv/bin/python -m pytest -s tests/web/print_routes.py

Copy the new route's lines from it, and think about each answer before they go into the table.
"""

from __future__ import annotations

from tests.web import routes
from tests.web.everything import Everything


def test_print(everything: Everything) -> None:
    answers = {role: routes.answers(everything, role) for role in routes.ROLES}
    print("\n" + routes.line("# route", "", list(routes.ROLES)))
    for route, method in answers["anyone"]:
        shown = [answers[role][route, method].shown for role in routes.ROLES]
        if set(shown) != {routes.NO_SUCH_METHOD}:
            print(routes.line(route, method, shown))
