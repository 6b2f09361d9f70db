"""Where backups may lie: never among what the instance itself lives of.

A shelf has a folder `blobs`, as the state folder has, and drops the files in it that no backup names. Over the
instance's own store that would be every file that it holds.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from goodfences.operating.backups.shelf import Shelf, Unusable


def shelf_at(given: str) -> Shelf:
    """The shelf in the folder that a command names. Raises Unusable for what is none, or isn't apart."""
    if not given.strip():
        raise Unusable(
            "FOLDER is empty. Name the folder where backups lie; a service takes it from GOODFENCES_BACKUPS, which "
            "isn't set then. Nothing was done."
        )
    shelf = Shelf(Path(given).resolve())
    for part in shelf.parts():
        for what, place in _lived_of():
            if _within(part, place) or _within(place, part):
                raise Unusable(
                    f"FOLDER is {given}, and its {part.name}/ would be, lie in or hold {what} ({place}). Name a "
                    "folder that is for backups alone, best on another machine's disk. Nothing was done."
                )
    return shelf


def _lived_of() -> list[tuple[str, Path]]:
    stores = [str(where) for where in (settings.BLOBS, settings.BLOBS_BEFORE) if where]
    found: list[tuple[str, Path | str]] = [
        ("this instance's state folder", settings.STATE),
        ("its keys", settings.KEYS),
        ("what it signed", settings.LEDGER_STATE),
        *(("its store of sealed files", where) for where in stores if not where.startswith("s3://")),
    ]
    return [(what, Path(where).resolve()) for what, where in found]


def _within(inner: Path, outer: Path) -> bool:
    return any(_same(one, outer) for one in (inner, *inner.parents))


def _same(one: Path, other: Path) -> bool:
    """By what the disk says: one folder may be mounted under two names."""
    return one == other or (one.exists() and other.exists() and one.samefile(other))
