"""Seals cuts to the key of the agency that they are given to."""

from __future__ import annotations

import hashlib
import zlib
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db import IntegrityError, transaction

from goodfences.agencies.models import Agency
from goodfences.evidence import agency_keys
from goodfences.evidence.models.shared_video import AgencyKey, OwnKey
from goodfences.redaction.making import Hashes
from goodfences.vault import blobs, keys, sealing
from goodfences.vault.blobs import BlobWriter
from goodfences.vault.sealing import Pieces, Writer


def agency_key(agency: Agency) -> AgencyKey:
    """The agency's key, made when it is first given something."""
    found = _held(agency)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            key = keys.new_key("agency")
            return AgencyKey.objects.create(agency=agency, recipient=key.recipient, key=key)
    except IntegrityError:
        # Another worker was faster; its key is the agency's.
        return AgencyKey.objects.select_related("key").get(agency=agency)


def _held(agency: Agency) -> AgencyKey | None:
    return AgencyKey.objects.select_related("key").filter(agency=agency).first()


def store(name: str, pieces: Iterable[bytes | memoryview], key: AgencyKey | OwnKey) -> Hashes | None:
    """Seal what comes and keep it under `name`, durably; what an earlier try left there is replaced.

    What `pieces` raises comes through, and then nothing is kept.
    Returns the hashes of the sealed file where it is the agency's own key: then that very file goes into packages.
    """
    if isinstance(key, OwnKey):
        return store_to(name, pieces, agency_keys.recipient_of(key.recipient))
    with _draft(name) as writer:
        _seal(pieces, writer, keys.recipient(key.key))
        writer.commit()
    return None


def store_to(name: str, pieces: Iterable[bytes | memoryview], recipient: Any) -> Hashes:
    """`store`, to a pyrage recipient."""
    with _draft(name) as writer, _Hashing(writer) as hashing:
        _seal(pieces, hashing, recipient)
        hashes = hashing.hashes()
        writer.commit()
    return hashes


def _draft(name: str) -> BlobWriter:
    store = blobs.store()
    store.delete(name)
    return store.create(name)


def _seal(pieces: Iterable[bytes | memoryview], writer: Writer, recipient: Any) -> None:
    sealing.seal_stream(Pieces(pieces), writer, [recipient], running=_Unasked())


class _Unasked:
    """In the place of a hash that is known already."""

    def update(self, _data: bytes, /) -> None: ...

    def hexdigest(self) -> str:
        return ""


class _Hashing:
    """Passes writes on and hashes them: a sealed file that goes into a package is listed there.

    The longer hash is made beside the sealing, a mebibyte at a time and a few at most in waiting.
    """

    _STEP, _WAITING = 2**20, 8

    def __init__(self, target: Writer) -> None:
        self._target = target
        self._size, self._crc, self._one, self._two = 0, 0, hashlib.sha256(), hashlib.sha512()
        self._held: list[bytes] = []
        self._held_size = 0
        self._beside = ThreadPoolExecutor(1)
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> _Hashing:
        return self

    def __exit__(self, *_: object) -> None:
        self._beside.shutdown()

    def write(self, data: bytes) -> int:
        self._held.append(data)
        self._held_size += len(data)
        if self._held_size >= self._STEP:
            self._pass_on()
        return len(data)

    def hashes(self) -> Hashes:
        """Of all that was written; nothing can follow."""
        self._pass_on()
        self._beside.shutdown()
        return Hashes(self._size, self._one.hexdigest(), self._two.hexdigest(), self._crc)

    def _pass_on(self) -> None:
        piece, self._held, self._held_size = b"".join(self._held), [], 0
        self._waiting.append(self._beside.submit(self._two.update, piece))
        if len(self._waiting) > self._WAITING:
            self._waiting.popleft().result()
        self._size += len(piece)
        self._crc = zlib.crc32(piece, self._crc)
        self._one.update(piece)
        self._target.write(piece)
