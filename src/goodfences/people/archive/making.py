"""Makes archives, a part at a time. Each is durable before its row says so: after a kill, the next one goes on.

A file is read twice. The first time says whether it can be read at all and gives the length and the checksum
that stand before it; the second time it is sealed. So a file that is gone or damaged is left out, by name, and
costs nobody the rest.
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from goodfences import source
from goodfences.errors import NotFound
from goodfences.people import registry
from goodfences.people.archive import asking, notice, zipped
from goodfences.people.archive.contents import base, closing_files
from goodfences.people.models import Account, Archive, ArchivePart, Household
from goodfences.vault import blobs, keys, sealing
from goodfences.vault.errors import KeyDestroyed, VaultError
from goodfences.work.taking import take, worn_off

logger = logging.getLogger(__name__)

PART = 32 * 1024 * 1024
"""About how much goes into a part: what a killed worker does again, and a row holds the names of."""

FILES_A_PART = 400
LEASE = timedelta(minutes=15)
TRIES = 8
_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSES = 7


class Changed(Exception):
    """A file had other bytes the second time."""


@dataclass(frozen=True)
class Measured:
    """A file that can be read, and what the zip says of it."""

    path: str
    size: int
    crc: int
    sha256: str
    read: Callable[[], Iterable[bytes]]


def make_next() -> bool:
    """Make one more part of the archive that waits longest. Returns whether there was one."""
    archive = _claim()
    if archive is None:
        return False
    try:
        _go_on(archive)
    except Exception as error:  # noqa: BLE001 - whatever it is, it may pass; the next one mustn't wait for it
        _put_off(archive, error)
    return True


def _claim() -> Archive | None:
    now = source.now()
    due = worn_off("due_at", now, max(LEASE, _PAUSE * 2**_LONGEST_PAUSES))
    waiting = Archive.objects.filter(due, state=Archive.State.PREPARING).order_by("due_at")
    return next(iter(take(waiting.select_related("key", "account"), 1, {"due_at": now + LEASE})), None)


def _go_on(archive: Archive) -> None:
    account, owned = archive.account, asking.owned_home(archive.account)
    progress = dict(archive.progress)
    files, left_out = _next_files(archive, account, owned, progress)
    if files or left_out:
        part = _seal(archive, files, b"") if files else None
        _keep(archive, part, progress=progress, left_out=[*archive.left_out, *left_out], count=len(files))
    else:
        _finish(archive)


def _next_files(
    archive: Archive, account: Account, owned: Household | None, progress: dict[str, str]
) -> tuple[list[Measured], list[dict[str, str]]]:
    """The files of the next part, and those that can't be had; `progress` is moved behind them."""
    files: list[Measured] = []
    left_out: list[dict[str, str]] = []
    size = 0
    for room, (_count, list_files) in sorted(registry.files.items()):
        for file in list_files(account, owned, progress.get(room, "")):
            if size >= PART or len(files) >= FILES_A_PART:
                return files, left_out
            try:
                measured = _measure(f"{base(archive)}/data/{file.path}", file.read, file.sha256)
            except (NotFound, VaultError, Changed) as error:
                left_out.append({"path": file.path, "why": _why(error)})
            else:
                files.append(measured)
                size += measured.size
            progress[room] = file.after
    return files, left_out


def _why(error: Exception) -> str:
    return "gone" if isinstance(error, NotFound | KeyDestroyed) else "damaged"


def _measure(path: str, read: Callable[[], Iterable[bytes]], expected: str = "") -> Measured:
    size, crc, digest = 0, 0, hashlib.sha256()
    for chunk in read():
        size, crc = size + len(chunk), zlib.crc32(chunk, crc)
        digest.update(chunk)
    if expected and digest.hexdigest() != expected:
        raise Changed
    return Measured(path, size, crc, digest.hexdigest(), read)


def _seal(archive: Archive, files: list[Measured], tail: bytes) -> ArchivePart:
    """A durable part with `files` and then `tail`; its row isn't saved yet."""
    number = archive.parts.count()
    # A name of its own at each try: what a slower worker still writes can't get into another's part.
    part = ArchivePart(archive=archive, number=number, files=[])
    part.blob = f"{archive.folder}/{number}-{source.new_ref('archive_part')}.age"
    with blobs.store().create(part.blob) as writer:
        pieces = _Pieces(_zipped(archive, files, tail, part.files))
        part.size = sealing.seal_stream(pieces, writer, [keys.recipient(archive.key)]).size
        writer.commit()
    return part


def _zipped(archive: Archive, files: list[Measured], tail: bytes, entries: list[list[Any]]) -> Iterator[bytes]:
    """The bytes of a part; what its row says of its files goes into `entries`."""
    offset = 0
    for file in files:
        entries.append([file.path, file.size, file.crc, file.sha256, offset])
        header = zipped.header(zipped.described(file.path, file.size, file.crc, 0, archive.created_at))
        yield header
        crc = 0
        for chunk in file.read():
            crc = zlib.crc32(chunk, crc)
            yield chunk
        if crc != file.crc:
            raise Changed
        offset += len(header) + file.size
    yield tail


@transaction.atomic
def _keep(
    archive: Archive, part: ArchivePart | None, *, progress: dict[str, str], left_out: list[Any], count: int
) -> None:
    """The part is durable: say so. Nothing is saved for an archive that was thrown away meanwhile."""
    held = Archive.objects.select_for_update(no_key=True).filter(pk=archive.pk).first()
    if held is None:
        return
    if part is not None:
        part.save(force_insert=True)
        held.size += part.size
    held.progress, held.left_out, held.attempts, held.due_at = progress, left_out, 0, source.now()
    held.files_done += count
    held.save()


def _finish(archive: Archive) -> None:
    """What is told in JSON, how to check it all, and the directory: the last part."""
    entries: list[tuple[str, int, int, str, int]] = []
    offset = 0
    for part in archive.parts.order_by("number"):
        entries += [(path, size, crc, sha, offset + at) for path, size, crc, sha, at in part.files]
        offset += part.size
    made = closing_files(archive, {path: (size, sha) for path, size, _crc, sha, _at in entries})
    last = [_measure(path, _held(content)) for path, content in made.items()]
    for file in last:
        entries.append((file.path, file.size, file.crc, file.sha256, offset))
        offset += len(zipped.header(zipped.described(file.path, file.size, file.crc, 0, archive.created_at)))
        offset += file.size
    infos = [zipped.described(path, size, crc, at, archive.created_at) for path, size, crc, _sha, at in entries]
    _publish(archive, _seal(archive, last, zipped.directory(infos, offset)))


def _held(content: bytes) -> Callable[[], Iterable[bytes]]:
    return lambda: [content]


@transaction.atomic
def _publish(archive: Archive, part: ArchivePart) -> None:
    held = Archive.objects.select_for_update(no_key=True).filter(pk=archive.pk).first()
    if held is None:
        return
    part.save(force_insert=True)
    held.state, held.size, held.attempts = Archive.State.READY, held.size + part.size, 0
    held.ready_at = source.now()
    held.expires_at = held.ready_at + asking.KEPT
    held.save()
    notice.ready(held)


def _put_off(archive: Archive, error: Exception) -> None:
    """Try again later, or give up. No message of the error: it may quote a row."""
    logger.error("archive: %s", type(error).__name__)
    attempts = archive.attempts + 1
    Archive.objects.filter(pk=archive.pk, state=Archive.State.PREPARING).update(
        attempts=attempts,
        due_at=source.now() + _PAUSE * 2 ** min(attempts, _LONGEST_PAUSES),
        state=Archive.State.FAILED if attempts >= TRIES else Archive.State.PREPARING,
    )


class _Pieces:
    """What a generator gives, read as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""

    def read(self, size: int = -1, /) -> bytes:
        while not self._held:
            try:
                self._held = next(self._pieces)
            except StopIteration:
                return b""
        piece, self._held = (self._held, b"") if size < 0 else (self._held[:size], self._held[size:])
        return piece
