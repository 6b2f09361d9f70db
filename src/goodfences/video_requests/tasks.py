"""What the worker does for video requests."""

from __future__ import annotations

from goodfences.mail import queries as mail
from goodfences.video_requests import clearing, digests, matching, thanking, totals
from goodfences.video_requests.actions import clear_discarded, expire_due, remind_due


def run_due(limit: int) -> int:
    """At most `limit` units: requests closed by the clock, cleared up after, emails of the day. Returns how many."""
    done = expire_due(limit)
    done += clearing.clear_ended(limit - done)
    done += clear_discarded(limit - done)
    done += digests.write_due(limit - done)
    done += thanking.thank_due(limit - done)
    return done + remind_due(limit - done)


def run_totals(limit: int) -> int:
    """Release at most `limit` of the noisy totals that are due: an agency's quarter each."""
    return totals.release_due(limit)


def run_asking(limit: int) -> int:
    """Ask at most `limit` batches of owners; returns how many. Agencies take turns, a batch each.

    None while enough mail waits: it goes out in the order in which it was written, so that a crowd of asks of one
    agency would stand before another's whatever the turns. What one request raises keeps no other waiting.
    """
    if limit < 1 or mail.has_enough():
        return 0
    done, failed = 0, None
    for requests in matching.in_turn():
        if done == limit:
            break
        for request_id in requests:
            try:
                asked = matching.step(request_id)
            except Exception as error:  # noqa: BLE001 - told below, once every other request had its turn
                failed = error
                continue
            if asked is not None:
                done += 1
                break
    if failed is not None:
        raise failed
    return done
