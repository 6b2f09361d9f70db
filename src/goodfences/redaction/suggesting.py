"""What the program suggests to cover. It decides nothing: a suggestion becomes a mark when a person says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop as _

from goodfences.clips import sandbox
from goodfences.clips.cutting import CutError
from goodfences.clips.models import Clip
from goodfences.redaction import making, marks
from goodfences.redaction.marks import Malformed, Mark

MEMORY_MB = 768
CPU_SECONDS = 60
CPU_SECONDS_A_SECOND = 4
_STILLS_BYTES = 4 * 2**20


@dataclass(frozen=True)
class Suggestion:
    """One face or person: the mark that it would be, where it was found most surely, and how that looks (JPEG)."""

    mark: Mark
    at_ms: int
    sure: float
    still: bytes


def suggest(clip: Clip, starts_ms: int, ends_ms: int) -> list[Suggestion]:
    """Faces and people in a part of the clip, the surest first. Raises CutError, in words for the owner."""
    data = making.unsealed(clip)
    cpu_s = CPU_SECONDS + (ends_ms - starts_ms) * CPU_SECONDS_A_SECOND // 1000
    try:
        facts, stills = sandbox.run(
            "find",
            {"starts_ms": starts_ms, "ends_ms": ends_ms},
            data,
            memory_mb=MEMORY_MB + 4 * (len(data) // 2**20),
            cpu_s=cpu_s,
            wall_s=making.WAIT_A_CPU_SECOND * cpu_s,
            max_output=_STILLS_BYTES,
            of=making.CREW,
        )
    except sandbox.Unfit as error:
        raise CutError(str(error)) from error
    except sandbox.Interrupted as error:
        raise CutError(_("Nobody could be looked for just now. Try again in a minute, or draw the boxes.")) from error
    return _read(facts, stills)


def _read(facts: dict[str, Any], stills: list[bytes]) -> list[Suggestion]:
    """What a process that decoded untrusted video answered, in the form that it must have."""
    try:
        found = [
            Suggestion(marks.mark(one["mark"]), int(one["at_ms"]), float(one["sure"]), still)
            for one, still in zip(facts["found"], stills, strict=True)
        ]
    except (Malformed, KeyError, TypeError, ValueError) as error:
        raise CutError(_("This video breaks the decoder.")) from error
    return found
