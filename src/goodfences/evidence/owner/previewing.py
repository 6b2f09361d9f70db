"""Shows an owner exactly what would leave, before anything does.

The real cut is made, in memory, and kept there for a while: a browser fetches a video in several ranges. The
hash of what was shown goes along with the share, and only a cut with that hash ever leaves.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from goodfences import source
from goodfences.clips.cutting import CutError
from goodfences.clips.sandbox import Interrupted
from goodfences.evidence.owner import cuts
from goodfences.evidence.owner.choosing import PlannedCut
from goodfences.evidence.owner.sealing import hashes_of

KEPT_BYTES = 128 * 2**20
KEPT_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Preview:
    """A cut as it would leave: its bytes, what is in them, and their SHA-256."""

    content: bytes
    facts: dict[str, Any]
    sha256: str
    starts_at: datetime
    ends_at: datetime


class _Kept:
    """A few recent previews, in this process's memory alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, tuple[datetime, Preview]] = OrderedDict()

    def get(self, key: Hashable) -> Preview | None:
        with self._lock:
            self._forget_old()
            found = self._held.get(key)
            return found[1] if found else None

    def put(self, key: Hashable, preview: Preview) -> None:
        with self._lock:
            self._held[key] = (source.now(), preview)
            self._held.move_to_end(key)
            while len(self._held) > 1 and sum(len(held.content) for _, held in self._held.values()) > KEPT_BYTES:
                self._held.popitem(last=False)

    def _forget_old(self) -> None:
        limit = source.now() - KEPT_FOR
        for key in [key for key, (made, _kept) in self._held.items() if made < limit]:
            del self._held[key]


_kept = _Kept()


def preview(account_id: int, planned: PlannedCut) -> Preview:
    """What would leave of one clip. Raises cutting.CutError where it can't be cut, or not now."""
    key = (account_id, planned.clip.ref, planned.clip.sha256, planned.plan, planned.audio)
    found = _kept.get(key)
    if found is not None:
        return found
    try:
        content, facts = cuts.cut(planned.clip, planned.plan, planned.audio)
    except Interrupted as error:
        raise CutError(_("The preview couldn't be made just now. Nothing left; try again in a minute.")) from error
    into = [timedelta(milliseconds=facts[name]) for name in ("starts_ms", "ends_ms")]
    starts_at, ends_at = (planned.clip.starts_at + each for each in into)
    made = Preview(content, facts, hashes_of(content).sha256, starts_at, ends_at)
    _kept.put(key, made)
    return made
