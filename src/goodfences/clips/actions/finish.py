"""A clip's bytes are all there: is it the file that was announced?"""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import transaction

from goodfences import source
from goodfences.cameras.models import Device
from goodfences.clips import device_access
from goodfences.clips.models import Clip, Upload
from goodfences.errors import refuse
from goodfences.vault import blobs, keys
from goodfences.vault.keeping import delete_all
from goodfences.vault.seek import SeekableReader

_STEP = 1024 * 1024


def finish(*, device: Device, clip_ref: str) -> Clip:
    """The clip, stored; finishing it again changes nothing. Next, it is checked, and until then nobody sees it.

    Raises NotFound, and Refused where bytes are missing, or where they don't have the hash that was announced:
    then nothing of them is kept, and the clip may be uploaded again.
    """
    clip = device_access.clip(device, clip_ref)
    if clip.state != Clip.State.ANNOUNCED:
        return clip
    upload = Upload.objects.filter(clip=clip).select_related("clip__key").first()
    if upload is None:
        raise refuse(
            "upload.missing", "clip", "Nothing of this clip was uploaded yet.", limit=str(clip.announced_size)
        )
    finish_upload(upload)
    clip.refresh_from_db()
    return clip


def finish_upload(upload: Upload) -> None:
    """Store the clip of `upload`. Raises Refused as `finish` does."""
    clip = upload.clip
    if upload.received < clip.announced_size:
        raise refuse(
            "upload.incomplete",
            "clip",
            f"{upload.received} of {clip.announced_size} bytes were uploaded. Go on at byte {upload.received}.",
            limit=str(clip.announced_size),
            value=str(upload.received),
        )
    digest = upload.sha256 or _digest(upload)
    if digest != clip.announced_sha256:
        discard(upload)
        raise refuse(
            "clip.sha256",
            "sha256",
            "The file that was uploaded isn't the one that was announced: its SHA-256 differs. Upload it again.",
            limit=clip.announced_sha256,
            value=digest,
        )
    mark_stored(clip)


def mark_stored(clip: Clip) -> None:
    """From here on the clip survives whatever happens to this machine; its check is due."""
    now = source.now()
    if Clip.objects.filter(pk=clip.pk, state=Clip.State.ANNOUNCED).update(state=Clip.State.STORED, stored_at=now):
        clip.state, clip.stored_at = Clip.State.STORED, now


@transaction.atomic
def discard(upload: Upload) -> None:
    """Drop an upload and destroy the key of what came of it."""
    drop_parts(upload.clip)
    Clip.objects.filter(pk=upload.clip_id).update(key=None)


def drop_parts(clip: Clip) -> None:
    """Forget a clip's upload: its key is destroyed in one transaction, its files go after it."""
    with transaction.atomic():
        found = Upload.objects.filter(clip=clip)
        names = [part["blob"] for upload in found for part in upload.parts]
        found.delete()
        if clip.key_id is not None:
            keys.destroy_many([clip.key_id])
        transaction.on_commit(lambda: delete_all(names))


def open_parts(upload: Upload) -> Any:
    """The plain bytes of an upload's parts, in order, in steps of at most a megabyte."""
    assert upload.clip.key is not None
    identity = keys.identity(upload.clip.key)
    for part in upload.parts:
        with SeekableReader(blobs.store().open(part["blob"]), identity) as reader:
            while piece := reader.read(_STEP):
                yield piece


def _digest(upload: Upload) -> str:
    digest = hashlib.sha256()
    for piece in open_parts(upload):
        digest.update(piece)
    return digest.hexdigest()
