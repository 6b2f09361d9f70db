"""What of this room lies in the vault (vault.inventory)."""

from __future__ import annotations

from goodfences.clips.actions.check import FOLDER as CLIPS
from goodfences.clips.actions.receive import FOLDER as UPLOADS
from goodfences.clips.models import FILES, Clip, Upload
from goodfences.vault.inventory import Holding, Named


def _of_clip(clip: Clip) -> list[Named]:
    names = {field: getattr(clip, field) for field in FILES}
    hashes = {"blob": clip.sha256}
    return [Named(name, clip.key_id, hashes.get(field, "")) for field, name in names.items() if name]


def _of_upload(upload: Upload) -> list[Named]:
    return [Named(part["blob"], upload.clip.key_id) for part in upload.parts]


HOLDINGS = (
    Holding("clips", (CLIPS,), lambda: Clip.objects.exclude(blob=""), _of_clip, fields=FILES),
    Holding(
        "uploads", (UPLOADS,), lambda: Upload.objects.select_related("clip"), _of_upload, fields=(), lists=("parts",)
    ),
)
