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
    """A reader of the plain bytes; whoever asked closes it. Raises NotFound once the file is gone."""
    key = AgencyKey.objects.select_related("key").get(agency_id=video.video_request.agency_id)
    try:
        return SeekableReader(blobs.store().open(video.blob), keys.identity(key.key))
    except (BlobMissing, ValueError) as error:
        raise NotFound("There is no such video.") from error


def chunks(video: SharedVideo) -> Iterator[bytes]:
    """All plain bytes, a mebibyte at a time."""
    with open_video(video) as reader:
        for start in range(0, video.size, STEP):
            yield reader.read_range(start, STEP)
