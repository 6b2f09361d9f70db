"""What leaves of a clip, as data: from when to when, with sound or without, and what is covered in it.

    plan = plans.plan(clip, 1_000, 9_000, exact=False, audio=False)   # what the household saved is covered

A camera's privacy zones are in every plan of its clips; there is no way to leave them out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from goodfences.cameras import zones
from goodfences.clips import cutting
from goodfences.clips.cutting import CutPlan
from goodfences.clips.models import Clip
from goodfences.errors import Refused, refuse
from goodfences.redaction import marks as forms
from goodfences.redaction.marks import Area, Malformed, Mark
from goodfences.redaction.models import Draft

MAX_MARKS = 60
MAX_ANCHORS = 4_000
"""Together, over all marks of a clip."""


@dataclass(frozen=True)
class Plan:
    """What leaves of one clip. Built by `plan` and `read` alone, which check it."""

    clip: Clip
    cut: CutPlan
    audio: bool
    marks: tuple[Mark, ...] = ()
    areas: tuple[Area, ...] = ()

    @property
    def covers(self) -> bool:
        """Whether anything is covered in it."""
        return bool(self.marks or self.areas)

    @property
    def starts_at(self) -> datetime:
        return self.clip.starts_at + timedelta(milliseconds=self.cut.starts_ms)

    @property
    def ends_at(self) -> datetime:
        return self.clip.starts_at + timedelta(milliseconds=self.cut.ends_ms)

    def as_data(self) -> dict[str, Any]:
        """As `read` reads it; without the clip."""
        return {
            "starts_ms": self.cut.starts_ms,
            "ends_ms": self.cut.ends_ms,
            "exact": self.cut.exact,
            "audio": self.audio,
            "marks": [mark.as_data() for mark in self.marks],
            "areas": [area.as_data() for area in self.areas],
        }


def plan(
    clip: Clip, starts_ms: int, ends_ms: int, *, exact: bool, audio: bool, marks: Sequence[Mark] | None = None
) -> Plan:
    """What leaves of `clip` when this is chosen; `marks` left out are those that its household saved for it.

    Only marks that show inside the interval are in it. Where something is covered, the cut is exact: it has to be
    encoded anew. Raises Refused (fields `starts_ms`, `ends_ms`, `exact`, `marks`).
    """
    covered = saved_marks(clip) if marks is None else tuple(marks)
    shown = tuple(mark for mark in covered if mark.starts_ms < ends_ms and starts_ms < mark.ends_ms)
    areas = zones.areas_of(clip.camera_id)
    keyframes = [int(ms) for ms in clip.facts.get("keyframes_ms", [])]
    again = exact or bool(shown or areas)
    chosen = cutting.plan(keyframes, duration_ms(clip), starts_ms, ends_ms, again)
    return Plan(clip, chosen, audio, shown, tuple(Area(points) for points in areas))


def read(clip: Clip, data: Mapping[str, Any]) -> Plan:
    """The plan that `Plan.as_data` wrote for `clip`. One without marks and areas covers nothing."""
    chosen = CutPlan(data["starts_ms"], data["ends_ms"], data["exact"])
    return Plan(
        clip,
        chosen,
        data["audio"],
        tuple(forms.mark(one) for one in data.get("marks", [])),
        tuple(forms.area(one) for one in data.get("areas", [])),
    )


def read_marks(clip: Clip, data: Any) -> tuple[Mark, ...]:
    """Marks as a page posts them. Raises Refused (field `marks`)."""
    if not isinstance(data, list):
        raise _unread()
    try:
        found = tuple(forms.mark(one) for one in data)
    except Malformed as error:
        raise _unread() from error
    if len(found) > MAX_MARKS or sum(len(mark.anchors) for mark in found) > MAX_ANCHORS:
        message = _("At most %(max)d boxes for one clip, please; these are %(number)d.")
        raise refuse("marks.many", "marks", message % {"max": MAX_MARKS, "number": len(found)})
    whole = duration_ms(clip)
    if any(mark.starts_ms >= whole for mark in found):
        raise refuse("marks.outside", "marks", _("A box begins after the end of this clip. Draw it where it shows."))
    return found


def saved(clip: Clip) -> Draft | None:
    """What its household last saved for the clip."""
    return Draft.objects.filter(clip=clip).first()


def usual(clip: Clip) -> Plan:
    """The part that was last cut and covered, or all of it without sound.

    Raises Refused where that can't be made, such as an hour of a camera with privacy zones.
    """
    draft = saved(clip)
    if draft is not None:
        return plan(clip, draft.starts_ms, draft.ends_ms, exact=True, audio=draft.audio)
    return plan(clip, 0, duration_ms(clip), exact=False, audio=False)


def saved_marks(clip: Clip) -> tuple[Mark, ...]:
    """What is to be covered in the clip, as its household last saved it."""
    draft = saved(clip)
    return tuple(forms.mark(one) for one in draft.marks) if draft else ()


def duration_ms(clip: Clip) -> int:
    """How long the clip really is, in milliseconds, as its check found."""
    return int(clip.facts["duration_ms"])


def _unread() -> Refused:
    return refuse("marks.form", "marks", _("These boxes can’t be read. Draw them again; nothing was changed."))
