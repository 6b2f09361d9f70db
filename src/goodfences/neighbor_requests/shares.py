"""What an owner gives to one neighbor, and how it ends.

A share is copies of what the owner was shown, each sealed under a key of its own. Its end, whoever or whatever brings
it, destroys the keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import Problem, Refused, refuse
from goodfences.mail import outbox
from goodfences.neighbor_requests import access, asks, letters, receipts, rules, texts
from goodfences.neighbor_requests.models import NeighborAsk, NeighborShare, NeighborVideo, NeighborWatch
from goodfences.people import queries as people
from goodfences.people.models import Account
from goodfences.redaction import actions as redaction
from goodfences.redaction import choosing
from goodfences.redaction.choosing import Asked, Choice
from goodfences.redaction.models import Copy

State = NeighborAsk.State
End = NeighborShare.End


def asked(ask: NeighborAsk) -> Asked:
    """What the owner of an ask may choose from."""
    return Asked(ask.household, ask.request.ranges, ask.request.starts_at, ask.request.ends_at)


def checked(note: str, days: int) -> tuple[str, int]:
    """What goes along, as it would. Raises Refused with everything that is wrong with it."""
    limits = rules.in_force()
    note = note.strip()
    found = texts.problems(note, "note", most=limits.note_max_characters)
    if days not in limits.kept_days:
        found.append(Problem("kept.days", "days", _("Choose until when it may be watched."), value=str(days)))
    if found:
        raise Refused(*found)
    return note, days


def share(
    *, account: Account, ask_ref: str, cuts: Sequence[Choice], note: str = "", days: int | None = None
) -> NeighborShare:
    """Give what was chosen to the neighbor who asked: durable when this returns.

    Raises Refused for anything that can't be shared and for a request that ended or was answered, CutError where the
    video can't be made, NotFound where the ask isn't the account's own.
    """
    ask = access.ask(account, ask_ref)
    planned = choosing.planned(asked(ask), cuts)
    note, days = checked(note, rules.in_force().kept_days[0] if days is None else days)
    asks.must_take_answers(ask)
    copies: list[Copy] = []
    try:
        for cut in planned:
            copies.append(redaction.make(plan=cut.plan, seen_sha256=cut.seen_sha256))
        return _give(ask, copies, note, days)
    except Exception:
        redaction.discard(copies)
        raise


@transaction.atomic
def _give(ask: NeighborAsk, copies: Sequence[Copy], note: str, days: int) -> NeighborShare:
    held = asks.held(ask.ref)
    if held.state == State.SHARED:
        raise refuse("ask.shared", "ask", _("You have already shared video for this request."))
    if held.state == State.DECLINED:
        raise refuse("ask.declined", "ask", _("You declined this request. Take that back first, then share."))
    asks.must_take_answers(held)
    now = source.now()
    expires_at = now + timedelta(days=days)
    ref = source.new_ref("neighbor_share")
    content = receipts.content(ref, copies, note=note, shared_at=now, until=expires_at)
    given = NeighborShare.objects.create(
        ref=ref, ask=held, note=note, receipt=receipts.sign(content), created_at=now, expires_at=expires_at
    )
    for copy in copies:
        NeighborVideo.objects.create(share=given, copy=copy, starts_at=copy.starts_at, ends_at=copy.ends_at)
    asks.move(held, State.SHARED, decided_at=now)
    tell_asker(given)
    return given


def tell_asker(given: NeighborShare) -> None:
    """The one email that says that something came, and nothing of from whom; in the caller's transaction."""
    request = given.ask.request
    asker = request.asker
    outbox.queue(
        once=once_key(given),
        to=asker.email,
        template=letters.VIDEO,
        context={
            "kind": letters.in_words(request, asker.language),
            "starts_at": request.starts_at.isoformat(),
            "expires_at": given.expires_at.isoformat(),
            "page": letters.page("neighbor_request", request.ref),
        },
        language=asker.language,
        time_zone=asker.time_zone,
        not_before=people.hours_of(asker).free_from(source.now(), given.expires_at),
        not_after=given.expires_at,
    )


def once_key(share: NeighborShare) -> str:
    """The idempotency key of the asker's one email about a share (P8)."""
    return f"neighbor-video:{share.letter}"


@transaction.atomic
def take_back(*, account: Account, ref: str) -> NeighborShare:
    """End a share at once: its keys are destroyed, and its neighbor finds nothing any more. Twice is once.

    Unseen, it is as if it had never been: the owner can choose again. Raises NotFound.
    """
    given = access.share(account, ref)
    end([given], End.TAKEN_BACK)
    seen = NeighborWatch.objects.filter(video__share=given).exists()
    ask = asks.held(given.ask.ref)
    if ask.state == State.SHARED and not seen:
        still_open = ask.request.takes_answers(source.now())
        asks.move(ask, State.OPENED if still_open else State.EXPIRED, decided_at=None)
    return access.share(account, ref)


def end(shares: Sequence[NeighborShare], how: NeighborShare.End) -> None:
    """Destroy the copies of these shares, in the caller's transaction."""
    live = list(
        NeighborShare.objects.select_for_update(no_key=True)
        .filter(pk__in=[one.pk for one in shares], ended_at__isnull=True)
        .order_by("pk")
    )
    videos = NeighborVideo.objects.filter(share__in=live).select_related("copy")
    copies = [video.copy for video in videos if video.copy is not None]
    NeighborShare.objects.filter(pk__in=[one.pk for one in live]).update(ended_at=source.now(), end=how)
    redaction.discard(copies)
    outbox.cancel_each(once=[once_key(one) for one in live], reason="It was taken back.")


@transaction.atomic
def end_due(limit: int) -> int:
    """End at most `limit` shares whose day is over or whose video is gone. Returns how many."""
    live = NeighborShare.objects.filter(ended_at__isnull=True)
    over = list(live.filter(expires_at__lte=source.now())[:limit])
    gone = list(live.exclude(videos__copy__isnull=False).exclude(pk__in=[one.pk for one in over])[:limit])
    end(over, End.EXPIRED)
    end(gone, End.GONE)
    return len(over) + len(gone)


def facts_of(video: NeighborVideo) -> Mapping[str, Any]:
    """How a video was made; empty once it ended."""
    return video.copy.facts if video.copy is not None else {}
