"""Keeping what is in memory: sealed to a key, under a name, durable; and letting it go."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from goodfences.vault import blobs, keys, sealing
from goodfences.vault.models import SealedKey
from goodfences.vault.sealing import Pieces, Sealed

logger = logging.getLogger(__name__)


def keep(name: str, content: bytes | memoryview, key: SealedKey) -> Sealed:
    """Seal `content` to `key` and keep it under `name`; durable when this returns."""
    with blobs.store().create(name) as writer:
        sealed = sealing.seal_stream(Pieces([content]), writer, [keys.recipient(key)])
        writer.commit()
    return sealed


def delete_all(names: Iterable[str]) -> None:
    """Delete sealed files whose keys are gone already.

    What a crash or a store in trouble keeps is left to whoever sweeps up: the act that ended them is done, and isn't
    to be answered with an error. So is everything while a backup is made: a clip may be under another name in the
    backup's database than it is by now.
    """
    if _held():
        return
    kept = list(names)
    try:
        blobs.store().delete_many(kept)
    except OSError as error:
        logger.warning("%s files are left to be swept: %s", len(kept), type(error).__name__)


@contextmanager
def deleting_nothing() -> Iterator[None]:
    """While this is open no process of this machine deletes a file by `delete_all`."""
    mark = _mark()
    mark.touch()
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def _held() -> bool:
    try:
        return time.time() - _mark().stat().st_mtime < _LONGEST_SECONDS
    except FileNotFoundError:
        return False


def _mark() -> Path:
    return Path(settings.STATE) / "backup-under-way"


_LONGEST_SECONDS = 6 * 3600
"""A backup that was killed leaves its mark."""
