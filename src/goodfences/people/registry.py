"""Where other rooms say what is to be done about a person: people knows none of them.

A room registers in its `AppConfig.ready`. Every function runs inside the transaction of the act, so a room
that raises undoes the whole act; what can't be undone (a file) is removed with `transaction.on_commit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True)
class Part:
    """What of a household is to be erased: one camera, a span of time, both, or by default all of it."""

    camera: str = ""
    camera_name: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def is_all(self) -> bool:
        return not self.camera and self.starts_at is None

    def touches(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether something of that span lies in the part's span."""
        if self.starts_at is None or self.ends_at is None:
            return True
        return starts_at < self.ends_at and ends_at > self.starts_at


@dataclass(frozen=True)
class Left:
    """Something that an agency downloaded, so that no erasure reaches it."""

    agency: str
    request: str
    case_number: str
    downloaded_at: datetime
    starts_at: datetime
    ends_at: datetime
    sha256: str


Count = Callable[[Account, Household | None], int]
ListFiles = Callable[[Account, Household | None, str], Iterator[File]]
CountPart = Callable[[Account, Household, Part], dict[str, int]]
ErasePart = Callable[[Account, Household, Part], None]
StaysOutside = Callable[[Account, Household | None, Part], list[Left]]
SignReceipt = Callable[[Mapping[str, Any]], dict[str, Any]]

erasures: list[Erase] = []
exports: dict[str, Export] = {}
schemas: dict[str, Schema] = {}
files: dict[str, tuple[Count, ListFiles]] = {}
moves: list[Move] = []
parts: list[tuple[CountPart, ErasePart]] = []
outside: list[StaysOutside] = []
signers: list[SignReceipt] = []


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


def on_erase_part(count: CountPart, erase: ErasePart) -> None:
    """Say how much of a part of a household there is (`{"clips": 12}`), and erase it, keys first.

    What was registered last is erased first: rooms that build on others come before those. Where `part.is_all`
    the functions of `on_erase` do the work, and `count` alone is called.
    """
    parts.append((count, erase))


def on_stays_outside(function: StaysOutside) -> None:
    """Name what of a part has left for good, so that the page and the receipt of an erasure say so."""
    outside.append(function)


def sign_receipts_with(function: SignReceipt) -> None:
    """Have receipts of erasure signed: `function(content)` gives the whole receipt."""
    signers[:] = [function]
