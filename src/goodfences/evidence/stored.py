"""What of this room lies in the vault (vault.inventory)."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from goodfences.evidence.models.shared_video import AgencyKey, SharedVideo
from goodfences.vault.inventory import Holding, Named


def _rows() -> QuerySet[Any]:
    """Those whose file is kept here, each with the key that this instance holds for its agency."""
    held = AgencyKey.objects.filter(agency=OuterRef("video_request__agency")).values("key")[:1]
    return SharedVideo.objects.exclude(blob="").annotate(held_key_id=Subquery(held))


def _of_video(video: Any) -> list[Named]:
    if video.own_key_id is None:
        return [Named(video.blob, video.held_key_id, video.sha256)]
    return [Named(video.blob, sealed_sha256=video.facts.get("sealed", {}).get("sha256", ""))]


HOLDINGS = (Holding("shared videos", ("shared",), _rows, _of_video),)
