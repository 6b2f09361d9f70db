"""After a request has ended: asks without an answer expire, and emails that weren't sent never will be.

Apart from the officer's act, which knows no ask, and so done by the worker a moment later. Until then
`VideoRequest.takes_answers` already says no.
"""

from __future__ import annotations

from django.db import transaction

from goodfences import source
from goodfences.mail import outbox
from goodfences.video_requests import letters
from goodfences.video_requests.asks import UNDECIDED
from goodfences.video_requests.models.ask import Ask, AskingBatch, Matching
from goodfences.video_requests.models.request import VideoRequest

State = VideoRequest.State
ENDED = (State.CLOSED, State.WITHDRAWN)


def clear_ended(limit: int) -> int:
    """Clear up after at most `limit` requests that have ended. Returns how many."""
    ended = Matching.objects.filter(cleared_at__isnull=True, video_request__state__in=ENDED)
    return sum(_clear(matching_id) for matching_id in ended.values_list("pk", flat=True)[:limit])


@transaction.atomic
def _clear(matching_id: int) -> int:
    held = Matching.objects.select_for_update(of=("self",)).select_related("video_request").get(pk=matching_id)
    if held.cleared_at is not None:
        return 0
    request = held.video_request
    # Waits for a worker that asks at this moment: what it wrote is cleared away below.
    AskingBatch.objects.filter(matching=held).delete()
    undecided = Ask.objects.filter(video_request=request, state__in=UNDECIDED)
    reminders = [letters.reminder_key(ref) for ref in undecided.exclude(remind_at=None).values_list("ref", flat=True)]
    undecided.update(state=Ask.State.EXPIRED, digest_due_at=None)
    reason = "The request ended before this was sent."
    outbox.cancel(common_key=letters.common_key(request), reason=reason)
    outbox.cancel_each(once=reminders, reason=reason)
    now = source.now()
    held.cleared_at = now
    held.finished_at = held.finished_at or now
    held.save(update_fields=["cleared_at", "finished_at"])
    return 1
