"""What the worker does for neighbors' requests."""

from __future__ import annotations

from goodfences.neighbor_requests import actions, asks, digests, matching, shares


def run_due(limit: int) -> int:
    """At most `limit` units: requests closed by the clock, cleared up after, owners asked, emails of the day,
    shares ended. Returns how many."""
    done = actions.expire_due(limit)
    done += asks.clear_ended(max(0, limit - done))
    for request_id in matching.waiting(max(0, limit - done)):
        matching.fan_out(request_id)
        done += 1
    done += digests.write_due(max(0, limit - done))
    return done + shares.end_due(max(0, limit - done))
