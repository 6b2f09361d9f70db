"""From what an owner chose to what would leave: the clips on offer, and the checks on every cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from goodfences import places
from goodfences.cameras import queries as cameras
from goodfences.cameras.models import Camera
from goodfences.clips import cutting
from goodfences.clips import queries as clips
from goodfences.clips.models import Clip
from goodfences.errors import Problem, Refused
from goodfences.evidence.receipts import TOLD_FIELDS
from goodfences.redaction import plans
from goodfences.redaction.plans import Plan, duration_ms
from goodfences.video_requests.models.ask import Ask
from goodfences.visible import hidden_problems

MAX_CUTS = 20
TOLD_MAX = {"note": 1000}
_TOLD_MAX = 200
_TOLD_LINES = ("address", "note")


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


def cameras_of(ask: Ask) -> list[Camera]:
    """The household's cameras that this request is about: may be asked, and inside the area."""
    ranges = ask.video_request.ranges
    return [
        camera
        for camera in cameras.cameras_of(ask.household)
        if camera.may_be_asked and places.contains(ranges, camera.cell)
    ]


def clips_of(ask: Ask) -> list[Clip]:
    """What those cameras recorded in the request's window, in order of time."""
    request = ask.video_request
    cameras = [camera.pk for camera in cameras_of(ask)]
    return sorted(
        clips.in_window(cameras, request.starts_at, request.ends_at), key=lambda clip: (clip.starts_at, clip.ref)
    )


def keyframes_ms(clip: Clip) -> list[int]:
    """Where a cut by key frames can begin."""
    return [int(ms) for ms in clip.facts.get("keyframes_ms", [])]


def inside_window(ask: Ask, clip: Clip) -> tuple[int, int]:
    """The part of the clip that lies in the request's window, in whole milliseconds of the clip.

    What an owner chooses has to lie in it. A cut by key frames may then begin up to one group of pictures
    before the window and end up to one after it, because a group can't be divided without encoding it anew;
    the page shows the moments that result.
    """
    request = ask.video_request
    into = (request.starts_at - clip.starts_at) // timedelta(milliseconds=1)
    until = -((clip.starts_at - request.ends_at) // timedelta(milliseconds=1))
    return max(0, into), min(duration_ms(clip), until)


def planned(ask: Ask, choices: Sequence[Choice]) -> list[PlannedCut]:
    """What would leave. Raises Refused with every problem; fields are `REF-starts_ms` and so on."""
    offered = {clip.ref: clip for clip in clips_of(ask)}
    problems = list(_problems_of_all(choices))
    cuts = []
    for choice in choices:
        clip = offered.get(choice.clip_ref)
        if clip is None:
            problems.append(_gone(choice))
            continue
        found = _window_problem(ask, clip, choice)
        if found is not None:
            problems.append(found)
            continue
        try:
            cuts.append(PlannedCut(_plan(ask, clip, choice), choice.seen_sha256))
        except Refused as refused:
            problems += [_of_clip(choice, problem) for problem in refused.problems]
    if problems:
        raise Refused(*problems)
    return cuts


def _plan(ask: Ask, clip: Clip, choice: Choice) -> Plan:
    """What leaves of a clip, with what its household covers in it."""
    plan = plans.plan(clip, choice.starts_ms, choice.ends_ms, exact=choice.exact, audio=choice.audio)
    if not plan.covers:
        return plan
    # It is encoded anew, so no group of pictures has to reach out of the window.
    first, last = inside_window(ask, clip)
    starts, ends = max(choice.starts_ms, first), min(choice.ends_ms, last)
    return plans.plan(clip, starts, ends, exact=True, audio=choice.audio)


def told(given: dict[str, str]) -> dict[str, str]:
    """What the owner adds about themselves, without the fields left empty. Raises Refused."""
    problems = []
    kept = {}
    for field, raw in given.items():
        value = raw.strip()
        limit = TOLD_MAX.get(field, _TOLD_MAX)
        if field not in TOLD_FIELDS:
            problems.append(Problem("told.unknown", field, f"A share has no field {field!r}; nothing was shared."))
        elif len(value) > limit:
            message = _("At most %(max)d characters, please. This has %(length)d.")
            message %= {"max": limit, "length": len(value)}
            problems.append(Problem("told.length", field, message, f"{limit} characters", f"{len(value)} characters"))
        elif hidden := hidden_problems(value, field, lines=field in _TOLD_LINES):
            problems += hidden
        elif field == "email" and value and not _is_email(value):
            message = _("Write an email address, such as name@example.org.")
            problems.append(Problem("told.email", field, message, value=value))
        elif value:
            kept[field] = value
    if problems:
        raise Refused(*problems)
    return kept


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


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


def _window_problem(ask: Ask, clip: Clip, choice: Choice) -> Problem | None:
    """Refuses what lies outside the window; groups of pictures that the window begins or ends in are inside."""
    first, last = inside_window(ask, clip)
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
