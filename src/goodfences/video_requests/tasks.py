"""What the worker does for video requests."""

from __future__ import annotations

from goodfences.video_requests import clearing, matching
from goodfences.video_requests.actions import expire_due


def run_due(limit: int) -> int:
    """At most `limit` units: requests closed by the clock, cleared up after, and batches of owners asked.

    Open requests take turns, a batch each, so that a large one never keeps a small one waiting. Returns how
    many units were done.
    """
    done = expire_due(limit)
    done += clearing.clear_ended(limit - done)
    for request_id in matching.open_requests(limit - done):
        if matching.step(request_id) is not None:
            done += 1
    return done
