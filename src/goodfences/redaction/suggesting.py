"""What the program suggests to cover. It decides nothing: a suggestion becomes a mark when a person says so."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext_noop as _

from goodfences.clips import sandbox
from goodfences.clips.cutting import CutError
from goodfences.clips.models import Clip
from goodfences.redaction import making
from goodfences.redaction.kept import Kept
from goodfences.redaction.search import Suggestion, search

MEMORY_MB = 768
CPU_SECONDS = 60
CPU_SECONDS_A_SECOND = 4
_STILLS_BYTES = 4 * 2**20


_kept: Kept[list[Suggestion]] = Kept(size=lambda found: sum(len(one.still) for one in found), most_bytes=8 * 2**20)


def suggest(clip: Clip, starts_ms: int, ends_ms: int) -> list[Suggestion]:
    """Faces and people in a part of the clip, the surest first. Raises CutError, in words for the owner."""
    return _found(making.unsealed(clip), starts_ms, ends_ms)


def soon(account_id: int, clip: Clip, starts_ms: int, ends_ms: int) -> list[Suggestion] | None:
    """`suggest`, or None while it is looked for: ask again."""
    key = (account_id, clip.ref, clip.sha256, starts_ms, ends_ms)
    return _kept.soon(key, lambda: partial(_found, making.unsealed(clip), starts_ms, ends_ms))


def _found(data: bytes, starts_ms: int, ends_ms: int) -> list[Suggestion]:
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
