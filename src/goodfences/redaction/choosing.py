"""From what a household is asked for to what would leave: the clips on offer, and the checks on every cut.

Whoever asks, an agency or a neighbor, an owner chooses by the same rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from goodfences import places
from goodfences.cameras import queries as cameras
from goodfences.cameras.models import Camera
from goodfences.clips import cutting
from goodfences.clips import queries as clips
from goodfences.clips.models import Clip
from goodfences.errors import Problem, Refused
from goodfences.people.models import Household
from goodfences.redaction import plans
from goodfences.redaction.plans import Plan, duration_ms

MAX_CUTS = 20


@dataclass(frozen=True)
class Asked:
    """What a household is asked for: what its cameras in these ranges recorded from one moment to another."""

    household: Household
    ranges: Sequence[Sequence[int]]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Choice:
    """One clip as the owner chose it. `seen_sha256` is the hash of the preview that the owner was shown."""

    clip_ref: str
    starts_ms: int
    ends_ms: int
    exact: bool = False
    audio: bool = False
    seen_sha256: str = ""


@dataclass(frozen=True)
class PlannedCut:
    """What would leave of one clip."""

    plan: Plan
    seen_sha256: str = ""

    @property
    def clip(self) -> Clip:
        return self.plan.clip

    def kept(self) -> dict[str, Any]:
        """As a share keeps it: what was covered stands in it, whatever is drawn in the clip later."""
        return {"clip": self.clip.ref, "seen_sha256": self.seen_sha256} | self.plan.as_data()


def cameras_of(asked: Asked) -> list[Camera]:
    """The household's cameras that it is asked about: may be asked, and inside the area."""
    return [
        camera
        for camera in cameras.cameras_of(asked.household)
        if camera.may_be_asked and places.contains(asked.ranges, camera.cell)
    ]


def clips_of(asked: Asked) -> list[Clip]:
    """What those cameras recorded in the window, in order of time."""
    cameras = [camera.pk for camera in cameras_of(asked)]
    found = clips.in_window(cameras, asked.starts_at, asked.ends_at)
    return sorted(found, key=lambda clip: (clip.starts_at, clip.ref))


def keyframes_ms(clip: Clip) -> list[int]:
    """Where a cut by key frames can begin."""
    return [int(ms) for ms in clip.facts.get("keyframes_ms", [])]


def inside_window(asked: Asked, clip: Clip) -> tuple[int, int]:
    """The part of the clip that lies in the window, in whole milliseconds of the clip.

    What an owner chooses has to lie in it. A cut by key frames may then begin up to one group of pictures
    before the window and end up to one after it, because a group can't be divided without encoding it anew;
    the page shows the moments that result.
    """
    into = (asked.starts_at - clip.starts_at) // timedelta(milliseconds=1)
    until = -((clip.starts_at - asked.ends_at) // timedelta(milliseconds=1))
    return max(0, into), min(duration_ms(clip), until)


def planned(asked: Asked, choices: Sequence[Choice]) -> list[PlannedCut]:
    """What would leave. Raises Refused with every problem; fields are `REF-starts_ms` and so on."""
    offered = {clip.ref: clip for clip in clips_of(asked)}
    problems = list(_problems_of_all(choices))
    cuts = []
    for choice in choices:
        clip = offered.get(choice.clip_ref)
        if clip is None:
            problems.append(_gone(choice))
            continue
        found = _window_problem(asked, clip, choice)
        if found is not None:
            problems.append(found)
            continue
        try:
            cuts.append(PlannedCut(_plan(asked, clip, choice), choice.seen_sha256))
        except Refused as refused:
            problems += [_of_clip(choice, problem) for problem in refused.problems]
    if problems:
        raise Refused(*problems)
    return cuts


def _plan(asked: Asked, clip: Clip, choice: Choice) -> Plan:
    """What leaves of a clip, with what its household covers in it."""
    plan = plans.plan(clip, choice.starts_ms, choice.ends_ms, exact=choice.exact, audio=choice.audio)
    if not plan.covers:
        return plan
    # It is encoded anew, so no group of pictures has to reach out of the window.
    first, last = inside_window(asked, clip)
    starts, ends = max(choice.starts_ms, first), min(choice.ends_ms, last)
    return plans.plan(clip, starts, ends, exact=True, audio=choice.audio)


def _problems_of_all(choices: Sequence[Choice]) -> list[Problem]:
    if not choices:
        return [Problem("share.nothing", "clips", _("Choose at least one clip, or answer “Not this time”."))]
    if len(choices) > MAX_CUTS:
        message = _("Choose at most %(max)d clips for one request; these are %(number)d.")
        message %= {"max": MAX_CUTS, "number": len(choices)}
        return [Problem("share.many", "clips", message, limit=f"{MAX_CUTS} clips", value=f"{len(choices)} clips")]
    if len({choice.clip_ref for choice in choices}) < len(choices):
        return [Problem("share.twice", "clips", _("A clip was chosen twice. Choose one part of each clip."))]
    return []


def _gone(choice: Choice) -> Problem:
    message = _(
        "This clip can't be shared for this request: it isn't there any more, or isn't from its time and area."
    )
    return Problem("share.clip", f"{choice.clip_ref}-chosen", message)


def _window_problem(asked: Asked, clip: Clip, choice: Choice) -> Problem | None:
    """Refuses what lies outside the window; groups of pictures that the window begins or ends in are inside."""
    first, last = inside_window(asked, clip)
    if first < last and not choice.exact:
        around = cutting.plan(keyframes_ms(clip), duration_ms(clip), first, last, exact=False)
        first, last = around.starts_ms, around.ends_ms
    if first <= choice.starts_ms and choice.ends_ms <= last:
        return None
    message = _(
        "The request is about a part of this clip: from %(first)s s to %(last)s s. "
        "You chose %(start)s s to %(end)s s."
    ) % {
        "first": f"{first / 1000:.1f}",
        "last": f"{last / 1000:.1f}",
        "start": f"{choice.starts_ms / 1000:.1f}",
        "end": f"{choice.ends_ms / 1000:.1f}",
    }
    limit, value = f"{first} to {last} ms", f"{choice.starts_ms} to {choice.ends_ms} ms"
    return Problem("cut.window", f"{choice.clip_ref}-starts_ms", message, limit=limit, value=value)


def _of_clip(choice: Choice, problem: Problem) -> Problem:
    field = f"{choice.clip_ref}-{problem.field}"
    return Problem(problem.rule, field, problem.message, limit=problem.limit, value=problem.value)
