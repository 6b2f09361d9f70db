"""Which blobs the rows of all rooms name. The vault knows none of them: each says it in a module `stored` of its own.

Whoever deletes what nobody names relies on it: a room that keeps blobs and doesn't say so fails a test, and no blob
is touched in a folder that no room said is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db.models import QuerySet
from django.utils.module_loading import module_has_submodule

_SOME = 500


@dataclass(frozen=True)
class Named:
    """A blob that a row names, and by what it can be told whether it is still the same.

    `key_id` is the SealedKey that opens it; None where only somebody else can. `sha256` is of the plain bytes,
    `sealed_sha256` of the file as it lies; empty where the row doesn't say.
    """

    name: str
    key_id: int | None = None
    sha256: str = ""
    sealed_sha256: str = ""


@dataclass(frozen=True)
class Holding:
    """One table whose rows name blobs: in `fields`, and in `lists` of `{"blob": name}`."""

    label: str
    folders: tuple[str, ...]
    rows: Callable[[], QuerySet[Any]]
    named: Callable[[Any], list[Named]]
    fields: tuple[str, ...] = ("blob",)
    lists: tuple[str, ...] = ()

    def after(self, pk: int, limit: int) -> list[Any]:
        """The next rows, in the order of their keys."""
        return list(self.rows().filter(pk__gt=pk).order_by("pk")[:limit])

    def among(self, names: list[str]) -> set[str]:
        """Those of the names that a row has."""
        every = self.rows().model._base_manager
        found = set[str]()
        for field in self.fields:
            found.update(every.filter(**{f"{field}__in": names}).values_list(field, flat=True))
        for field in self.lists:
            listed = every.exclude(**{field: []}).values_list(field, flat=True)
            found.update(part["blob"] for parts in listed.iterator(_SOME) for part in parts)
        return found & set(names)


@cache
def holdings() -> tuple[Holding, ...]:
    """Of all rooms: the `HOLDINGS` of each one's module `stored`."""
    rooms = [config for config in apps.get_app_configs() if module_has_submodule(config.module, "stored")]
    found = [each for room in rooms for each in import_module(f"{room.name}.stored").HOLDINGS]
    return tuple(sorted(found, key=lambda holding: holding.label))


def folders() -> set[str]:
    """The folders that are some room's own."""
    return {folder for holding in holdings() for folder in holding.folders}


def named(names: list[str]) -> set[str]:
    """Those of the names that a row of any room has now."""
    return {name for holding in holdings() for name in holding.among(names)}


def everything() -> Iterator[Named]:
    """Every blob that is named, room by room."""
    for holding in holdings():
        pk = 0
        while rows := holding.after(pk, _SOME):
            for row in rows:
                yield from holding.named(row)
            pk = rows[-1].pk
