"""Shows exactly what would leave, before anything does.

The real thing is made, in memory, and kept there for a while: a browser fetches a video in several ranges. The
hash of what was shown goes along with the decision, and only what has that hash ever leaves.
"""

from __future__ import annotations

import json
import time
from collections.abc import Hashable, Sequence
from functools import partial

from django.utils.translation import gettext_noop as _

from goodfences.clips.cutting import CutError
from goodfences.clips.sandbox import Interrupted, Payload
from goodfences.redaction import kept, making
from goodfences.redaction.kept import Kept
from goodfences.redaction.making import Made
from goodfences.redaction.plans import Plan

KEPT_BYTES = 128 * 2**20
_Kept = partial(Kept[Made], size=lambda made: made.hashes.size, most_bytes=KEPT_BYTES)
_kept = _Kept()


def preview(account_id: int, plan: Plan) -> Made:
    """What would leave. Raises cutting.CutError where it can't be made, or not now."""
    key = _key(account_id, plan)
    found = _kept.get(key)
    if found is not None:
        return found
    made = _made(plan, making.opened(plan.clip))
    _kept.put(key, made)
    return made


def soon(account_id: int, plan: Plan, wait_s: float | None = None) -> Made | None:
    """`preview`, or None while it is being made: ask again."""
    return _kept.soon(_key(account_id, plan), lambda: partial(_made, plan, making.opened(plan.clip)), wait_s)


def all_soon(account_id: int, plans: Sequence[Plan]) -> list[Made] | None:
    """`preview` of each, or None while one is being made; all of them are begun."""
    until = time.monotonic() + kept.WAIT_S
    made = [soon(account_id, plan, max(0.0, until - time.monotonic())) for plan in plans]
    ready = [one for one in made if one is not None]
    return ready if len(ready) == len(made) else None


def made_before(plan: Plan) -> Made | None:
    """What was shown of this very plan a moment ago, to whomever: it would be the same bytes again."""
    return _kept.where(lambda key: isinstance(key, tuple) and key[1:] == _key(0, plan)[1:])


def _key(account_id: int, plan: Plan) -> tuple[Hashable, ...]:
    return account_id, plan.clip.ref, plan.clip.sha256, json.dumps(plan.as_data(), sort_keys=True)


def _made(plan: Plan, video: Payload) -> Made:
    try:
        return making.made_of(plan, video)
    except Interrupted as error:
        raise CutError(_("The preview couldn't be made just now. Nothing left; try again in a minute.")) from error
