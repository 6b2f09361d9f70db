"""Keeping what is in memory: sealed to a key, under a name, durable; and letting it go."""

from __future__ import annotations

import io
from collections.abc import Iterable

from goodfences.vault import blobs, keys, sealing
from goodfences.vault.models import SealedKey
from goodfences.vault.sealing import Sealed


def keep(name: str, content: bytes, key: SealedKey) -> Sealed:
    """Seal `content` to `key` and keep it under `name`; durable when this returns."""
    with blobs.store().create(name) as writer:
        sealed = sealing.seal_stream(io.BytesIO(content), writer, [keys.recipient(key)])
        writer.commit()
    return sealed


def delete_all(names: Iterable[str]) -> None:
    """Delete sealed files whose keys are gone already. A crash before this leaves them to whoever sweeps up."""
    store = blobs.store()
    for name in names:
        store.delete(name)
