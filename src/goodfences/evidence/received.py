"""What the public record may say about shared video: how many videos an agency received, which it knows itself."""

from __future__ import annotations

from goodfences.evidence.models.shared_video import SharedVideo


def count(video_request_id: int) -> int:
    """How many videos the agency has of a request."""
    return SharedVideo.objects.filter(video_request_id=video_request_id, withdrawn_at__isnull=True).count()
