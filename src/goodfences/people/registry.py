"""Where other rooms say what is to be done about a person: people knows none of them.

A room registers in its `AppConfig.ready`. Every function runs inside the transaction of the act, so a room
that raises undoes the whole act; what can't be undone (a file) is removed with `transaction.on_commit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from goodfences.people.models import Account, Household

# The household is given to someone who owns it and is None for a member: only an owner's leaving ends it.
Erase = Callable[[Account, Household | None], None]
Export = Callable[[Account, Household | None], Any]
Move = Callable[[Household], None]
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class File:
    """One file of a person's archive.

    `after` says where its room's list goes on behind it. `read` gives the same bytes each time; it raises NotFound
    or an error of the vault's where they can't be had any more. `sha256` is compared where it is known.
    """

    path: str
    after: str
    read: Callable[[], Iterable[bytes]]
    sha256: str = ""


Count = Callable[[Account, Household | None], int]
ListFiles = Callable[[Account, Household | None, str], Iterator[File]]

erasures: list[Erase] = []
exports: dict[str, Export] = {}
schemas: dict[str, Schema] = {}
files: dict[str, tuple[Count, ListFiles]] = {}
moves: list[Move] = []


def on_erase(function: Erase) -> Erase:
    """Call `function(account, household)` before an account is deleted, and its household where it owns one.

    It destroys keys, and deletes or detaches every row that would otherwise forbid the deletion.
    """
    erasures.append(function)
    return function


def on_export(name: str, function: Export, schema: Schema | None = None) -> Export:
    """Put what `function(account, household)` returns (made of JSON types and datetimes) under `name`.

    `schema` is the JSON Schema of it, made by `goodfences.people.schema`; it is published, and kept to by a test.
    """
    if name in exports:
        raise ValueError(f"{name} is exported already.")
    exports[name] = function
    if schema is not None:
        schemas[name] = schema
    return function


def on_export_files(name: str, count: Count, list_files: ListFiles) -> None:
    """Put files into a person's archive.

    `list_files(account, household, after)` gives them in an order that stays, from behind the one whose
    `File.after` is `after`, or from the first one for an empty text. `count(account, household)` says how many
    there are, for the progress that the page shows.
    """
    if name in files:
        raise ValueError(f"{name} has files in the archive already.")
    files[name] = count, list_files


def on_move(function: Move) -> Move:
    """Call `function(household)` after a household's cell changed."""
    moves.append(function)
    return function
