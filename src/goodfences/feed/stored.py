"""What of this room lies in the vault (vault.inventory)."""

from __future__ import annotations

from goodfences.feed.media import FOLDER
from goodfences.feed.models import PostMedia
from goodfences.vault.inventory import Holding, Named


def _of_picture(media: PostMedia) -> list[Named]:
    return [Named(media.blob, media.key_id, media.sha256)]


HOLDINGS = (Holding("pictures", (FOLDER,), lambda: PostMedia.objects.exclude(blob=""), _of_picture),)
