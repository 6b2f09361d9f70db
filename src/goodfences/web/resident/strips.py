"""A day as one strip a camera: where there are clips, what is missing, and what the home still holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goodfences.cameras.models import Camera
from goodfences.clips.timeline import Slot
from goodfences.health.queries import Missing
from goodfences.web import showing
from goodfences.web.resident.days import Day
from goodfences.web.resident.missing import sentence, sentences
from goodfences.web.showing import Mark, Tick

SLOTS = 288
"""Parts that a strip tells apart: five minutes, about a pixel on a telephone. With more clips it weighs no more."""


@dataclass
class Strip:
    """One camera's day. `slots` are where there is something to watch, of SLOTS."""

    camera: Camera
    starts_at: datetime
    ends_at: datetime
    slots: list[Slot] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    held: list[tuple[datetime, datetime]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.slots and not self.sentences

    @property
    def path(self) -> str:
        """The clips as one SVG path, SLOTS wide and 1 high."""
        return "".join(f"M{first} 0h{last - first}v1h-{last - first}z" for first, last in self._runs())

    def _runs(self) -> list[tuple[int, int]]:
        """The parts with a clip in them, side by side ones joined: [first, last)."""
        runs: list[tuple[int, int]] = []
        for slot in self.slots:
            if runs and slot.first <= runs[-1][1]:
                runs[-1] = (runs[-1][0], max(runs[-1][1], slot.last + 1))
            else:
                runs.append((slot.first, slot.last + 1))
        return runs

    @property
    def gaps(self) -> list[Mark]:
        return self._marks(
            {"starts_at": one.starts_at, "ends_at": one.ends_at, "label": sentence(one)} for one in self.missing
        )

    @property
    def at_home(self) -> list[Mark]:
        words = _("Your hub at home still holds this.")
        return self._marks({"starts_at": first, "ends_at": last, "label": words} for first, last in self.held)

    def _marks(self, spans: Iterable[dict[str, object]]) -> list[Mark]:
        return showing.marks(self.starts_at, self.ends_at, spans)

    @property
    def sentences(self) -> list[str]:
        """What is missing, in words."""
        return sentences(self.missing)

    @property
    def label(self) -> str:
        """What the strip shows, for who doesn't see it."""
        count = sum(slot.clips for slot in self.slots)
        words = [
            ngettext("%(name)s: %(count)d clip", "%(name)s: %(count)d clips", count)
            % {"name": self.camera.name, "count": count}
        ]
        if self.missing:
            words.append(_("hatched where nothing was recorded"))
        if self.held:
            words.append(_("underlined where your hub at home still holds video"))
        return ", ".join(words)


def strips(cameras: Iterable[Camera], starts_at: datetime, ends_at: datetime) -> dict[int, Strip]:
    """An empty one for each camera, by its id, in their order."""
    return {camera.pk: Strip(camera, starts_at, ends_at) for camera in cameras}


def ticks(day: Day) -> list[Tick]:
    """The hours below the strips."""
    return showing.ticks(day.starts_at, day.ends_at)


def length_ms(starts_at: datetime, ends_at: datetime) -> int:
    return (ends_at - starts_at) // timedelta(milliseconds=1)
