"""Keeping what is in memory: sealed to a key, under a name, durable; and letting it go."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from goodfences.vault import backed_up, blobs, keys, sealing
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
    kept = list(names)
    if not kept or backed_up.holds():
        return
    try:
        blobs.store().delete_many(kept)
    except OSError as error:
        logger.warning("%s files are left to be swept: %s", len(kept), type(error).__name__)
