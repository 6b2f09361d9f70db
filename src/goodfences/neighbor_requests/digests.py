"""One email a day about neighbors' requests, for owners who chose one a day. An ask is in one at most (P8).

It is an email of its own beside that of agencies' requests, so that one click on “unsubscribe” says which it means.
"""

from __future__ import annotations

from django.db import transaction

from goodfences import source
from goodfences.errors import NotFound
from goodfences.mail import outbox
from goodfences.neighbor_requests import letters
from goodfences.neighbor_requests.models import NeighborAsk
from goodfences.people import access, queries
from goodfences.people.models import Account

State = NeighborAsk.State


def write_due(limit: int) -> int:
    """Write the emails of at most `limit` owners whose hour has come. Returns how many owners that were."""
    due = NeighborAsk.objects.filter(digest_due_at__lte=source.now())
    owners = due.order_by("digest_due_at").values_list("owner_id", flat=True)[: limit * 3]
    chosen = list(dict.fromkeys(owners))[:limit]
    for owner_id in chosen:
        _write(owner_id)
    return len(chosen)


@transaction.atomic
def _write(owner_id: int) -> None:
    """One email about every ask that the owner hasn't been told of; with nothing left to tell, none."""
    owner, now = Account.objects.get(pk=owner_id), source.now()
    try:
        access.hold(owner)
    except NotFound:
        return
    pending = NeighborAsk.objects.filter(owner_id=owner_id, digest_due_at__isnull=False)
    asks = [
        ask
        for ask in pending.select_related("request").order_by("pk")
        if ask.state == State.WAITING and ask.request.takes_answers(now)
    ]
    digest = source.new_ref("mail") if asks else ""
    pending.filter(pk__in=[ask.pk for ask in asks]).update(digest=digest)
    pending.update(digest_due_at=None)
    if not asks:
        return
    stop = letters.link_to("stop", asks[0].ref)
    ends = [ask.expires_at for ask in asks]
    outbox.queue(
        once=f"neighbor-digest:{digest}",
        to=owner.email,
        template=letters.DIGEST,
        context={
            "asks": [letters.line(ask, owner.language) for ask in asks],
            "number": len(asks),
            "stop": stop,
        },
        language=owner.language,
        time_zone=owner.time_zone,
        headers=letters.unsubscribe(stop),
        not_before=queries.hours_of(owner).free_from(now, min(ends)),
        not_after=max(ends),
    )


def mark_sent(once_keys: list[str]) -> None:
    """These emails left: the outbox's hook, in its transaction."""
    sent = NeighborAsk.objects.filter(digest__in=[once.removeprefix("neighbor-digest:") for once in once_keys])
    sent.filter(state=State.WAITING).update(state=State.SENT, sent_at=source.now())
