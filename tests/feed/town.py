"""Run as a program inside an instance (tests/instance.py): makes its people, and lets one of them write.

`people` prints a session each; `write NAME TITLE...` posts them, each in an act of its own; `seal NUMBER`.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from goodfences.feed import actions, live  # noqa: E402
from goodfences.people.models import Account  # noqa: E402
from tests.persons import NADIAS_PLACE, OLIVES_PLACE, make_account, make_home  # noqa: E402


def people() -> dict[str, str]:
    """Two neighbors, and for each the key of a session in which they are signed in."""
    keys = {}
    for name, place in (("olive", OLIVES_PLACE), ("nadia", NADIAS_PLACE)):
        account = make_account(name.title())
        make_home(account, place)
        session = SessionStore()
        session[SESSION_KEY] = str(account.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = account.get_session_auth_hash()
        session.save()
        keys[name] = str(session.session_key)
    return keys


def write(name: str, titles: list[str]) -> list[str]:
    account = Account.objects.get(email=f"{name}@example.org")
    return [
        actions.write_post(account=account, kind="question", title=title, text="", language="en").ref
        for title in titles
    ]


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    told: object = live.seal(int(rest[0])) if what == "seal" else write(rest[0], rest[1:]) if rest else people()
    print(json.dumps(told))
