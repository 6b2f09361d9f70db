"""What the program suggests to cover. It decides nothing: a suggestion becomes a mark when a person says so."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from goodfences.clips import sandbox
from goodfences.clips.cutting import CutError
from goodfences.clips.models import Clip
from goodfences.redaction import making
from goodfences.redaction.search import Suggestion, search

MEMORY_MB = 768
CPU_SECONDS = 60
CPU_SECONDS_A_SECOND = 4
_STILLS_BYTES = 4 * 2**20


def suggest(clip: Clip, starts_ms: int, ends_ms: int) -> list[Suggestion]:
    """Faces and people in a part of the clip, the surest first. Raises CutError, in words for the owner."""
    data = making.unsealed(clip)
    cpu_s = CPU_SECONDS + (ends_ms - starts_ms) * CPU_SECONDS_A_SECOND // 1000
    limits = {
        "memory_mb": MEMORY_MB + 4 * (len(data) // 2**20),
        "cpu_s": cpu_s,
        "wall_s": making.WAIT_A_CPU_SECOND * cpu_s,
        "max_output": _STILLS_BYTES,
    }
    try:
        return search(data, starts_ms, ends_ms, limits)
    except sandbox.Unfit as error:
        raise CutError(str(error)) from error
    except sandbox.Interrupted as error:
        raise CutError(_("Nobody could be looked for just now. Try again in a minute, or draw the boxes.")) from error
