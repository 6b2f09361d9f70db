"""Makes what a plan says, in the sandboxed process; footage is unsealed in memory alone."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from goodfences.clips import playback, sandbox
from goodfences.clips.arriving import Arriving
from goodfences.clips.cutting import CutError, CutFacts
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.redaction import marks
from goodfences.redaction.crew import CREW
from goodfences.redaction.plans import Plan
from goodfences.vault.errors import VaultError

MEMORY_MB = 512
CPU_SECONDS = 60
CPU_SECONDS_A_SECOND = 4
"""For what is encoded anew: large pictures take longer to decode and encode than they last."""

WAIT_A_CPU_SECOND = 3
"""How much longer than its computing it may take on a busy machine, before it is stopped and tried again."""

DAMAGED = _("The kept clip was damaged and can't be opened any more.")
_MEGABYTE = 2**20
_TEXT_MAX = 20


@dataclass(frozen=True)
class Hashes:
    """What is known of a made video before it is sealed."""

    size: int
    sha256: str
    sha512: str
    crc32: int


@dataclass(frozen=True)
class Made:
    """A video as it leaves. `facts` are a CutFacts as a dict, how many `boxes` and `areas` are covered in it, and
    `lost_ms`: for each box the first moment at which what it follows was lost, in milliseconds of the clip, or None.
    """

    clip: Clip
    content: memoryview
    facts: dict[str, Any]
    hashes: Hashes

    @property
    def sha256(self) -> str:
        return self.hashes.sha256

    @property
    def starts_at(self) -> datetime:
        return self._at("starts_ms")

    @property
    def ends_at(self) -> datetime:
        return self._at("ends_ms")

    def _at(self, name: str) -> datetime:
        return self.clip.starts_at + timedelta(milliseconds=self.facts[name])


def make(plan: Plan, arriving: Arriving | None = None, *, seen_sha256: str = "") -> Made:
    """What `plan` says, made anew: the same plan of the same clip gives the same bytes.

    Whoever needs them as they come follows `arriving`; nothing is good but what has `seen_sha256`, where that is
    given. Raises CutError, in words for the owner, where the clip is gone, can't be cut so, isn't what was seen,
    breaks the decoder or needs more than its share; sandbox.Interrupted where the same may succeed another time.
    """
    return made_of(plan, opened(plan.clip), arriving, seen_sha256=seen_sha256)


def made_of(plan: Plan, video: sandbox.Payload, arriving: Arriving | None = None, *, seen_sha256: str = "") -> Made:
    """`make`, of the clip's plain bytes as they are unsealed. Touches no database."""
    with ThreadPoolExecutor(2) as beside, arriving or Arriving() as file:
        # All beside each other and while it comes: cutting, both hashes, and whatever else follows.
        shorter = beside.submit(_sha256_and_crc, file.pieces())
        longer = beside.submit(_sha512, file.pieces())
        facts = _checked(_cut(plan, video, file), plan)
        sha256, crc = shorter.result()
        content = file.content()
        made = Made(plan.clip, content, facts, Hashes(len(content), sha256, longer.result(), crc))
        compare_with_seen(made, seen_sha256)
        file.is_good()
        return made


def compare_with_seen(made: Made, seen_sha256: str) -> None:
    """Raises CutError where something was seen, and it wasn't this."""
    if seen_sha256 and seen_sha256 != made.sha256:
        raise CutError(_("What would have left is not what you were shown, so nothing left."))


def _cut(plan: Plan, video: sandbox.Payload, arriving: Arriving) -> dict[str, Any]:
    """The facts; what was made is in `arriving`."""
    cut = plan.cut
    cpu_s = cpu_seconds(cut.starts_ms, cut.ends_ms, exact=cut.exact)
    header: dict[str, Any] = {
        "starts_ms": cut.starts_ms,
        "ends_ms": cut.ends_ms,
        "exact": cut.exact,
        "audio": plan.audio,
    }
    try:
        facts, others = sandbox.run(
            "burn" if plan.covers else "cut",
            header,
            marks.before(plan.marks, plan.areas, video) if plan.covers else video,
            memory_mb=MEMORY_MB + 4 * (video.size // _MEGABYTE),
            cpu_s=cpu_s,
            wall_s=WAIT_A_CPU_SECOND * cpu_s,
            # Encoded anew at a high quality, a poor picture may grow.
            max_output=(8 if cut.exact else 1) * video.size + 16 * _MEGABYTE,
            arriving=arriving,
            **({"of": CREW} if plan.covers else {}),
        )
    except sandbox.Unfit as error:
        raise CutError(str(error)) from error
    except VaultError as error:
        raise CutError(DAMAGED) from error
    if others:
        raise _broken()
    return facts


def cpu_seconds(starts_ms: int, ends_ms: int, *, exact: bool) -> int:
    """How much computing a cut may take. Of waiting it may take WAIT_A_CPU_SECOND times as much."""
    return CPU_SECONDS + (ends_ms - starts_ms) * CPU_SECONDS_A_SECOND // 1000 * exact


def _sha256_and_crc(pieces: Iterable[memoryview]) -> tuple[str, int]:
    running, crc = hashlib.sha256(), 0
    for piece in pieces:
        running.update(piece)
        crc = zlib.crc32(piece, crc)
    return running.hexdigest(), crc


def _sha512(pieces: Iterable[memoryview]) -> str:
    running = hashlib.sha512()
    for piece in pieces:
        running.update(piece)
    return running.hexdigest()


def opened(clip: Clip) -> sandbox.Payload:
    """The clip's plain bytes, unsealed as they are asked for: that may be where VaultError is raised.

    Raises CutError where it is gone or damaged.
    """
    try:
        reader = playback.open_clip(clip)
    except NotFound as error:
        raise CutError(_("The clip was deleted.")) from error
    except VaultError as error:
        raise CutError(DAMAGED) from error
    return sandbox.Payload(reader.size, reader.pieces())


def unsealed(clip: Clip) -> bytes:
    """The clip's plain bytes. Raises CutError where it is gone or damaged."""
    try:
        return b"".join(opened(clip).pieces)
    except VaultError as error:
        raise CutError(DAMAGED) from error


def _checked(facts: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """The facts, which come from a process that decoded untrusted video, in the form that they must have."""
    lost = facts.pop("lost_ms", [])
    try:
        found = CutFacts(**facts)
    except TypeError as error:
        raise _broken() from error
    numbers = (found.width, found.height, found.frames, found.starts_ms, found.ends_ms)
    sound = isinstance(found.codec, str) and len(found.codec) <= _TEXT_MAX and found.codec.isalnum()
    if not sound or any(type(number) is not int or number < 0 for number in numbers):
        raise _broken()
    if found.reencoded is not plan.cut.exact or type(found.audio) is not bool or found.starts_ms >= found.ends_ms:
        raise _broken()
    if not isinstance(lost, list) or len(lost) != len(plan.marks) or not all(_is_moment(one) for one in lost):
        raise _broken()
    return found.as_dict() | {"boxes": len(plan.marks), "areas": len(plan.areas), "lost_ms": lost}


def _is_moment(value: Any) -> bool:
    return value is None or (type(value) is int and value >= 0)


def _broken() -> CutError:
    return CutError(_("This video breaks the decoder."))
