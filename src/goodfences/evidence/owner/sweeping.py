"""Deletes the sealed files of what was taken back or failed. Safe to run twice, and after a kill anywhere.

A share that ends while it is `preparing` is swept after LATE: by then no worker can still be writing a file
for it. No row leads the agency to such a file in the meantime.
"""

from __future__ import annotations

from datetime import timedelta

from goodfences import source
from goodfences.evidence.models.share import Share
from goodfences.evidence.models.shared_video import SharedVideo
from goodfences.vault import blobs

State = Share.State
LATE = timedelta(minutes=15)


def sweep(limit: int) -> int:
    """Delete the files of at most `limit` shares and `limit` videos. Returns how many had some."""
    return _sweep_shares(limit) + _sweep_videos(limit)


def _sweep_shares(limit: int) -> int:
    """Every file that a share could have made, also one that a killed worker never wrote a row for."""
    store = blobs.store()
    ended = Share.objects.filter(state__in=[State.FAILED, State.WITHDRAWN], swept_at__isnull=True)
    shares = list(ended.filter(due_at__lte=source.now()).order_by("pk")[:limit])
    for share in shares:
        videos = SharedVideo.objects.filter(share_ref=share.ref)
        # Of an owner who left, the agency keeps what it had downloaded.
        kept = set(videos.filter(withdrawn_at__isnull=True).values_list("blob", flat=True))
        for name in set(share.blob_names()) - kept:
            store.delete(name)
        videos.filter(withdrawn_at__isnull=False).update(blob="")
        Share.objects.filter(pk=share.pk).update(swept_at=source.now())
    _forget_ownerless()
    return len(shares)


def _forget_ownerless() -> None:
    """Of an owner who left, what ties their videos together goes once the files have."""
    gone = Share.objects.filter(ask__isnull=True, swept_at__isnull=False)
    refs = list(gone.values_list("ref", flat=True))
    SharedVideo.objects.filter(share_ref__in=refs).update(share_ref="")
    gone.filter(ref__in=refs).delete()


def _sweep_videos(limit: int) -> int:
    """Files of videos whose share is gone with its owner."""
    store = blobs.store()
    videos = list(SharedVideo.objects.filter(withdrawn_at__isnull=False).exclude(blob="")[:limit])
    for video in videos:
        store.delete(video.blob)
        SharedVideo.objects.filter(pk=video.pk).update(blob="")
    return len(videos)
