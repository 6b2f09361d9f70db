"""Opens the sealed copy of a shared video with its agency's key."""

from __future__ import annotations

from collections.abc import Iterator

from goodfences.errors import NotFound
from goodfences.evidence.models.shared_video import AgencyKey, SharedVideo
from goodfences.vault import blobs, keys
from goodfences.vault.errors import BlobMissing
from goodfences.vault.seek import SeekableReader

STEP = 2**20


def open_video(video: SharedVideo) -> SeekableReader:
    """A reader of the plain bytes; whoever asked closes it. Raises NotFound once the file is gone, and
    for one that is sealed to the agency's own key."""
    if video.own_key_id is not None:
        raise NotFound("Only the agency's own key opens this video.")
    return open_sealed(video.video_request.agency_id, video.blob)


def open_sealed(agency_id: int, blob: str) -> SeekableReader:
    """`open_video` for a file that is sealed to the key that this instance holds for an agency."""
    key = AgencyKey.objects.select_related("key").get(agency_id=agency_id)
    try:
        return SeekableReader(blobs.store().open(blob), keys.identity(key.key))
    except (BlobMissing, ValueError) as error:
        raise NotFound("There is no such video.") from error


def chunks(video: SharedVideo) -> Iterator[bytes]:
    """All plain bytes, a mebibyte at a time."""
    yield from open_video(video).pieces()


def sealed_chunks(video: SharedVideo) -> Iterator[bytes]:
    """The sealed file as it lies, a mebibyte at a time."""
    return pieces(video.blob)


def pieces(blob: str) -> Iterator[bytes]:
    """`sealed_chunks`, by the name of the file."""
    raw = blobs.store().open(blob)
    try:
        while piece := raw.read(STEP):
            yield piece
    finally:
        raw.close()
