"""Whether a newer version is out. It is said, and nothing more: a hub never changes itself."""

from __future__ import annotations

import re

import goodfences_hub
from goodfences_hub.state import State

FACT = "version of the network"
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+!-]{0,39}")


def note(state: State, version: str) -> None:
    """Remember what version the network has; anything that doesn't look like one is left out."""
    if _VERSION.fullmatch(version) and version != state.fact(FACT):
        state.remember(FACT, version)


def words(state: State) -> str:
    """For the owner, where the network has a newer version than this hub; otherwise empty."""
    theirs, ours = state.fact(FACT), goodfences_hub.__version__
    if _number(theirs) <= _number(ours):
        return ""
    return f"A newer version is out: {theirs}. This hub has {ours}, and goes on with it until you update it."


def _number(version: str) -> tuple[int, ...]:
    """Its leading numbers, to compare."""
    found = re.match(r"[0-9]+(\.[0-9]+)*", version)
    return tuple(int(part) for part in found.group().split(".")) if found else ()
