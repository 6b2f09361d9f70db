"""A mark in the state folder while it is being filled from a backup: nothing may run on half of an instance."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from goodfences.ledger import durable


def path() -> Path:
    return Path(settings.STATE) / "restoring"


def stamp() -> str:
    """Which backup is being restored; empty when none is."""
    try:
        return path().read_text().strip()
    except FileNotFoundError:
        return ""


def put(stamp: str) -> None:
    durable.replace(path(), f"{stamp}\n".encode())


def remove() -> None:
    path().unlink(missing_ok=True)
