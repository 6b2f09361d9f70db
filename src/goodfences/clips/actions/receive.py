"""Takes in the bytes of a clip, sealed before they touch the disk, a half-finished upload included (P7).

Each request streams into sealed parts (vault.parts). A part counts when its file is durable and the row
that names it is committed; only then does the offset move that a device is told (P8). A cut connection keeps
what came.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from goodfences import source
from goodfences.cameras.models import Device
from goodfences.clips import device_access
from goodfences.clips.actions.announce import keep, known_or_draft
from goodfences.clips.actions.finish import discard, mark_stored
from goodfences.clips.models import Clip, Upload
from goodfences.errors import NotFound, refuse
from goodfences.vault import keys, parts
from goodfences.vault.keeping import delete_all
from goodfences.vault.sealing import Reader

UPLOAD_LASTS = timedelta(hours=24)
"""An upload that gets no byte for so long is dropped."""

FOLDER = "uploads"
_ALGORITHMS: dict[str, Callable[[], Any]] = {
    "sha256": hashlib.sha256,
    # The tus protocol demands that a server knows it; here it guards against accidents alone.
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
}
CHECKSUMS = tuple(_ALGORITHMS)


@dataclass(frozen=True)
class Checksum:
    """What one request's body must hash to."""

    algorithm: str
    digest: bytes


def begin_upload(*, device: Device, clip_ref: str, length: int) -> Upload:
    """The upload of a clip: a new one, or the one that is under way already.

    Raises NotFound, and Refused where the clip isn't waiting for bytes or was announced with another size.
    """
    upload = _upload_of(_waiting_clip(device, clip_ref, length), device)
    if upload.pk is None:
        try:
            with transaction.atomic():
                _save(upload)
        except IntegrityError:  # begun twice at once, and the other was first
            return Upload.objects.select_related("clip").get(clip=upload.clip)
    return upload


def begin_with_bytes(
    *, device: Device, clip_ref: str, size: int, body: Reader, length: int, checksum: Checksum | None = None
) -> Upload:
    """`begin_upload` and `receive` in one: upload, key and first part become durable in one transaction.

    An upload that has bytes already is answered as it is, and nothing is read. `size` is that of the file, `length`
    of what comes with this request. Raises what both raise.
    """
    return _begun(_waiting_clip(device, clip_ref, size), device, body, length, checksum)


def announce_with_bytes(
    *,
    device: Device,
    camera_ref: str,
    starts_at: datetime,
    duration_ms: int,
    kind: str,
    size: int,
    sha256: str,
    body: Reader,
    length: int,
    checksum: Checksum | None = None,
    label: str = "",
    sent_at: datetime | None = None,
    camera_drift_ms: int | None = None,
) -> Upload:
    """`announce` and `begin_with_bytes` in one: a file that comes whole is announced and stored in one transaction.

    A clip that is past uploading is answered as it stands, with no upload in the database. Raises what both raise.
    """
    told = (starts_at, duration_ms, kind, size, sha256, label, sent_at, camera_drift_ms)
    clip = known_or_draft(device, camera_ref, *told)
    if clip.state != Clip.State.ANNOUNCED:
        return Upload(clip=clip, device=device, received=clip.announced_size, expires_at=source.now())
    return _begun(clip, device, body, length, checksum)


def _begun(clip: Clip, device: Device, body: Reader, length: int, checksum: Checksum | None) -> Upload:
    upload = _upload_of(clip, device)
    if upload.received:
        return upload
    return _take_in(upload, 0, body, length, checksum)


def _waiting_clip(device: Device, ref: str, length: int) -> Clip:
    clip = device_access.clip(device, ref)
    if clip.camera.removed_at is not None:
        raise NotFound
    if clip.state != Clip.State.ANNOUNCED:
        raise refuse("upload.state", "clip", f"This clip is {clip.state}. It takes no more bytes.", value=clip.state)
    if length != clip.announced_size:
        raise refuse(
            "upload.length",
            "Upload-Length",
            f"This clip was announced with {clip.announced_size} bytes, not {length}.",
            limit=str(clip.announced_size),
            value=str(length),
        )
    return clip


def _upload_of(clip: Clip, device: Device) -> Upload:
    """The upload under way, or a draft of one, with a key of its own; `_save` keeps both."""
    under_way: Upload | None = getattr(clip, "upload", None) if clip.pk is not None else None
    if under_way is not None:
        return under_way
    clip.key = keys.draft_key("clip")
    return Upload(clip=clip, device=device, expires_at=source.now() + UPLOAD_LASTS)


def _save(draft: Upload) -> None:
    """Keep a drafted upload, and its clip where that is a draft too, in the caller's transaction.

    Raises IntegrityError where the clip has another, and Refused where it was stored or ended since.
    """
    key = draft.clip.key
    assert key is not None
    key.save()
    if draft.clip.pk is None:
        draft.clip.key = key
        keep(draft.clip)
        draft.clip = draft.clip
    elif not Clip.objects.filter(pk=draft.clip_id, state=Clip.State.ANNOUNCED).update(key=key):
        raise refuse("upload.state", "clip", "This clip takes no more bytes.")
    draft.save()


def cancel_upload(*, device: Device, upload_ref: str) -> None:
    """Drop what came of a clip so far; its clip may be uploaded again. Raises NotFound, Refused."""
    upload = device_access.upload(device, upload_ref)
    if upload.clip.state != Clip.State.ANNOUNCED:
        raise refuse("upload.state", "clip", f"This clip is {upload.clip.state}. Its upload can't be dropped.")
    discard(upload)


def receive(
    *,
    device: Device,
    upload_ref: str,
    offset: int,
    body: Reader,
    length: int,
    checksum: Checksum | None = None,
) -> Upload:
    """Take `length` bytes from `body`, which go at `offset`; the answer's `received` is the new offset.

    Fewer are taken where the connection is cut. With a `checksum` they count all or not at all. The last byte of
    a file that came in one request, with the hash that was announced, also makes its clip stored. Raises
    NotFound, and Refused for another offset than the one reached, for too many bytes, and for a wrong checksum.
    """
    return _take_in(device_access.upload(device, upload_ref), offset, body, length, checksum)


def _take_in(upload: Upload, offset: int, body: Reader, length: int, checksum: Checksum | None) -> Upload:
    parts.check_place(received=upload.received, size=upload.clip.announced_size, offset=offset, length=length)
    intake = _Intake(upload, body, length, checksum)
    try:
        intake.run()
    except BaseException:
        intake.drop_unclaimed()
        raise
    return intake.upload


@dataclass
class _Intake:
    """One request's bytes on their way into sealed parts."""

    upload: Upload
    body: Reader
    left: int
    checksum: Checksum | None
    cut: bool = False
    unclaimed: list[str] = field(default_factory=list)

    def run(self) -> None:
        # The hash of the whole file is known where one request brings it all; `finish` reads it again otherwise.
        whole = hashlib.sha256() if self.upload.received == 0 else None
        control = _ALGORITHMS[self.checksum.algorithm]() if self.checksum is not None else None
        recipient = keys.recipient(self._key())
        pending: list[dict[str, Any]] = []
        while self.left and not self.cut:
            part = self._seal(recipient, whole, control)
            if part is None:
                break
            pending.append(part)
            if self.checksum is None:
                self._claim(pending, whole)
                pending = []
        if self.checksum is not None and control is not None:
            self._check(control.digest(), self.checksum)
        if pending or self.upload.pk is None:  # begun, though not a byte came
            self._claim(pending, whole)

    def _key(self) -> Any:
        key = self.upload.clip.key
        if key is None:  # dropped by another request since
            raise NotFound
        return key

    def _seal(self, recipient: Any, whole: Any, control: Any) -> dict[str, Any] | None:
        """The next part, durable in the store; None where nothing more came."""
        part = parts.Part(self.body, self.left, control)
        sealed = parts.seal(FOLDER, part, recipient, running=whole)
        self.left -= part.taken
        self.cut = part.cut
        if sealed is not None:
            self.unclaimed.append(sealed["blob"])
        return sealed

    def _claim(self, sealed: list[dict[str, Any]], whole: Any) -> None:
        """Name `sealed` in the upload's row, if nobody else moved its offset meanwhile."""
        before, size = self.upload.received, sum(part["size"] for part in sealed)
        complete = before + size == self.upload.clip.announced_size
        news: dict[str, Any] = {
            "received": before + size,
            "parts": [*self.upload.parts, *sealed],
            "expires_at": source.now() + UPLOAD_LASTS,
            "sha256": whole.hexdigest() if whole is not None and complete else "",
        }
        try:
            with transaction.atomic():
                self._write(news)
                if news["sha256"] == self.upload.clip.announced_sha256:
                    mark_stored(self.upload.clip)
        except IntegrityError:  # begun twice at once, and the other was first
            raise parts.overtaken() from None
        self.unclaimed = []

    def _write(self, news: dict[str, Any]) -> None:
        """Bring `news` into the upload's row, or make it. Raises Refused where another request wrote it since."""
        before = self.upload.received
        for name, value in news.items():
            setattr(self.upload, name, value)
        if self.upload.pk is None:
            _save(self.upload)
        elif not Upload.objects.filter(pk=self.upload.pk, received=before).update(**news):
            raise parts.overtaken()

    def _check(self, digest: bytes, checksum: Checksum) -> None:
        if self.left or not hmac.compare_digest(digest, checksum.digest):
            raise refuse(
                "upload.checksum",
                "Upload-Checksum",
                f"These bytes don't have the {checksum.algorithm} that was sent with them. Send them again.",
            )

    def drop_unclaimed(self) -> None:
        """Delete the parts that no row names."""
        delete_all(self.unclaimed)
