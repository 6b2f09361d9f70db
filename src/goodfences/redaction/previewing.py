"""Shows exactly what would leave, before anything does.

The real thing is made, in memory, and kept there for a while: a browser fetches a video in several ranges. The
hash of what was shown goes along with the decision, and only what has that hash ever leaves.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from goodfences import source
from goodfences.clips.cutting import CutError
from goodfences.clips.sandbox import Interrupted
from goodfences.redaction import making
from goodfences.redaction.making import Made
from goodfences.redaction.plans import Plan

KEPT_BYTES = 128 * 2**20
KEPT_FOR = timedelta(minutes=10)


class _Kept:
    """A few recent previews, in this process's memory alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, tuple[datetime, Made]] = OrderedDict()

    def get(self, key: Hashable) -> Made | None:
        with self._lock:
            self._forget_old()
            found = self._held.get(key)
            return found[1] if found else None

    def put(self, key: Hashable, made: Made) -> None:
        with self._lock:
            self._held[key] = (source.now(), made)
            self._held.move_to_end(key)
            while len(self._held) > 1 and sum(len(held.content) for _, held in self._held.values()) > KEPT_BYTES:
                self._held.popitem(last=False)

    def _forget_old(self) -> None:
        limit = source.now() - KEPT_FOR
        for key in [key for key, (made, _kept) in self._held.items() if made < limit]:
            del self._held[key]


_kept = _Kept()


def preview(account_id: int, plan: Plan) -> Made:
    """What would leave. Raises cutting.CutError where it can't be made, or not now."""
    key = (account_id, plan.clip.ref, plan.clip.sha256, json.dumps(plan.as_data(), sort_keys=True))
    found = _kept.get(key)
    if found is not None:
        return found
    try:
        made = making.make(plan)
    except Interrupted as error:
        raise CutError(_("The preview couldn't be made just now. Nothing left; try again in a minute.")) from error
    _kept.put(key, made)
    return made
