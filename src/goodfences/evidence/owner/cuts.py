"""Cuts a clip of the vault in the sandboxed process; footage is unsealed in memory alone."""

from __future__ import annotations

from typing import Any

from goodfences.clips import cutting, playback
from goodfences.clips.cutting import CutError, CutPlan
from goodfences.clips.models import Clip
from goodfences.vault.errors import VaultError


def is_there(clip: Clip) -> bool:
    """Whether the clip can still be shared: stored, checked, not refused."""
    return clip.state == Clip.State.STORED and clip.checked_at is not None and not clip.refusal


def cut(clip: Clip, plan: CutPlan, audio: bool) -> tuple[bytes, dict[str, Any]]:
    """The cut and its facts. Raises CutError where the clip is gone or can't be cut so."""
    try:
        with playback.open_clip(clip) as reader:
            data = reader.readall()
    except VaultError as error:
        raise CutError("The clip was deleted.") from error
    return cutting.cut(data, plan, audio)
