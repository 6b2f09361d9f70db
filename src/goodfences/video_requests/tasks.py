"""What the worker does for video requests."""

from __future__ import annotations

from goodfences.video_requests import clearing, digests, matching
from goodfences.video_requests.actions import expire_due


def run_due(limit: int) -> int:
    """At most `limit` units: requests closed by the clock, cleared up after, owners asked, emails of the day.

    Open requests take turns, a batch each, so that a large one never keeps a small one waiting. Returns how
    many units were done.
    """
    done = expire_due(limit)
    done += clearing.clear_ended(limit - done)
    done += _ask_in_turn(limit - done)
    return done + digests.write_due(limit - done)


def _ask_in_turn(limit: int) -> int:
    """One batch for each request that still has owners to ask. One that fails doesn't keep the others waiting."""
    done, failed = 0, None
    for request_id in matching.open_requests(limit):
        try:
            done += matching.step(request_id) is not None
        except Exception as error:  # noqa: BLE001 - told below, once every other request had its turn
            failed = error
    if failed is not None:
        raise failed
    return done
