"""Where other rooms say what is to be done about a person: people knows none of them.

A room registers in its `AppConfig.ready`. Every function runs inside the transaction of the act, so a room
that raises undoes the whole act; what can't be undone (a file) is removed with `transaction.on_commit`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from goodfences.people.models import Account, Household

# The household is given to someone who owns it and is None for a member: only an owner's leaving ends it.
Erase = Callable[[Account, Household | None], None]
Export = Callable[[Account, Household | None], Any]
Move = Callable[[Household], None]

erasures: list[Erase] = []
exports: dict[str, Export] = {}
moves: list[Move] = []


def on_erase(function: Erase) -> Erase:
    """Call `function(account, household)` before an account is deleted, and its household where it owns one.

    It destroys keys, and deletes or detaches every row that would otherwise forbid the deletion.
    """
    erasures.append(function)
    return function


def on_export(name: str, function: Export) -> Export:
    """Put what `function(account, household)` returns (made of JSON types and datetimes) under `name`."""
    if name in exports:
        raise ValueError(f"{name} is exported already.")
    exports[name] = function
    return function


def on_move(function: Move) -> Move:
    """Call `function(household)` after a household's cell changed."""
    moves.append(function)
    return function
