"""Cuts a clip of the vault in the sandboxed process; footage is unsealed in memory alone."""

from __future__ import annotations

from typing import Any

from goodfences.clips import cutting, playback, sandbox
from goodfences.clips.cutting import CutError, CutPlan
from goodfences.clips.models import Clip
