"""Who lives and works in the demo town. Every address is under a reserved domain that mail can't leave to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """One of the people a visitor can sign in as."""

    key: str
    name: str
    email: str
    can: str
    start: str


ZONE = "Europe/Helsinki"
"""The town's clocks, on which newcomers and readers who aren't signed in begin, too."""

PEOPLE = (
    Person(
        "olive", "Olive, an owner", "olive@town.example",
        "Owns a street and a door camera. Watches her day, answers video requests, sees who opened what she shared.",
        "/home/",
    ),
    Person(
        "nadia", "Nadia, a neighbor", "nadia@town.example",
        "Has no camera. Reads what neighbors tell each other, writes to them, and asks them when her car is hit.",
        "/neighbors/",
    ),
    Person(
        "omar", "Omar, an officer of Northgate Police", "omar@northgate.example",
        "Draws an area and a time window, names a case, and asks. Sees only what owners shared.", "/portal/",
    ),
    Person(
        "ada", "Ada, an approver of Northgate Police", "ada@northgate.example",
        "Is the second officer: reads what Omar wants to ask and opens it, or rejects it.", "/portal/",
    ),
    Person(
        "max", "Max, a moderator", "max@goodfences.example",
        "Rules on what residents report, in public words. Sees what was written, never who or where.",
        "/staff/moderation/",
    ),
    Person(
        "otto", "Otto, the operator", "otto@goodfences.example",
        "Runs this instance: admits agencies with their public agreement, watches the mail queue. Sees no footage.",
        "/staff/",
    ),
)  # fmt: skip

BY_KEY = {person.key: person for person in PEOPLE}
