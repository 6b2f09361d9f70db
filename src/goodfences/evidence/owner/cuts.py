"""Cuts a clip of the vault in the sandboxed process; footage is unsealed in memory alone."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_noop as _

from goodfences.clips import playback, sandbox
from goodfences.clips.cutting import CutError, CutFacts, CutPlan
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.vault.errors import VaultError

MEMORY_MB = 512
CPU_SECONDS = 60
CPU_SECONDS_A_SECOND = 4
"""For an exact cut, whose frames are decoded and encoded: large pictures take longer than they last."""

WAIT_A_CPU_SECOND = 3
"""How much longer than its computing a cut may take on a busy machine, before it is stopped and tried again."""

_MEGABYTE = 2**20
_TEXT_MAX = 20


def is_there(clip: Clip) -> bool:
    """Whether the clip can still be shared: stored, checked, not refused."""
    return clip.state == Clip.State.STORED and clip.checked_at is not None and not clip.refusal


def cut(clip: Clip, plan: CutPlan, audio: bool) -> tuple[bytes, dict[str, Any]]:
    """The cut and its facts (`CutFacts` as a dict).

    Raises CutError, in words for the owner, where the clip is gone, can't be cut so, breaks the decoder or needs
    more than its share; sandbox.Interrupted where the same may succeed another time.
    """
    data = _unsealed(clip)
    cpu_s = CPU_SECONDS + (plan.ends_ms - plan.starts_ms) * CPU_SECONDS_A_SECOND // 1000 * plan.exact
    try:
        facts, files = sandbox.run(
            "cut",
            {"starts_ms": plan.starts_ms, "ends_ms": plan.ends_ms, "exact": plan.exact, "audio": audio},
            data,
            memory_mb=MEMORY_MB + 4 * (len(data) // _MEGABYTE),
            cpu_s=cpu_s,
            wall_s=WAIT_A_CPU_SECOND * cpu_s,
            # Encoded anew at a high quality, a poor picture may grow.
            max_output=(8 if plan.exact else 1) * len(data) + 16 * _MEGABYTE,
        )
    except sandbox.Unfit as error:
        raise CutError(str(error)) from error
    (content,) = files
    return content, _checked(facts, plan).as_dict()


def _unsealed(clip: Clip) -> bytes:
    try:
        with playback.open_clip(clip) as reader:
            return reader.readall()
    except NotFound as error:
        raise CutError(_("The clip was deleted.")) from error
    except VaultError as error:
        raise CutError(_("The kept clip was damaged and can't be opened any more.")) from error


def _checked(facts: dict[str, Any], plan: CutPlan) -> CutFacts:
    """The facts, which come from a process that decoded untrusted video, in the form that they must have."""
    try:
        found = CutFacts(**facts)
    except TypeError as error:
        raise CutError(_("This video breaks the decoder.")) from error
    numbers = (found.width, found.height, found.frames, found.starts_ms, found.ends_ms)
    sound = isinstance(found.codec, str) and len(found.codec) <= _TEXT_MAX and found.codec.isalnum()
    if not sound or any(type(number) is not int or number < 0 for number in numbers):
        raise CutError(_("This video breaks the decoder."))
    if found.reencoded is not plan.exact or type(found.audio) is not bool or found.starts_ms >= found.ends_ms:
        raise CutError(_("This video breaks the decoder."))
    return found
