"""What the asker does: ask, close, thank. None of it waits for the matching, or knows of who was asked (P2)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import Refused, refuse
from goodfences.mail import outbox
from goodfences.neighbor_requests import access, check, letters, rules, texts
from goodfences.neighbor_requests.check import Draft
from goodfences.neighbor_requests.models import NeighborRequest, NeighborShare
from goodfences.people import access as people
from goodfences.people import queries
from goodfences.people.models import Account, Household

State = NeighborRequest.State
WHY_LEAST, WHY_MOST = 10, 500


@transaction.atomic
def ask(*, account: Account, draft: Draft) -> NeighborRequest:
    """Ask the owners around one's own place. The worker finds the row; the answer is the same whoever lives there.

    Raises Refused with every broken rule at once, NotFound for who has no household.
    """
    # Held one after another, so that two forms at once can't go past the limit.
    people.hold(account)
    household = Household.objects.select_for_update(no_key=True).get(pk=people.home(account).pk)
    found = check.problems(draft, account, household)
    if found:
        raise Refused(*found)
    assert draft.starts_at is not None and draft.ends_at is not None
    limits, now = rules.in_force(), source.now()
    return NeighborRequest.objects.create(
        asker=account,
        household=household,
        kind=draft.kind,
        reason=draft.reason.strip(),
        name=draft.name.strip(),
        starts_at=draft.starts_at,
        ends_at=draft.ends_at,
        cell=household.cell,
        radius_meters=limits.radius_meters,
        created_at=now,
        expires_at=now + limits.open_for,
    )


@transaction.atomic
def close(*, account: Account, ref: str) -> NeighborRequest:
    """End one's own request: nobody can share for it any more. What was shared stays until its day. Twice is once."""
    return end(access.request(account, ref))


def expire_due(limit: int) -> int:
    """Close at most `limit` requests whose time is over. Returns how many."""
    due = NeighborRequest.objects.filter(state=State.OPEN, expires_at__lte=source.now()).order_by("expires_at")
    for request in due[:limit]:
        with transaction.atomic():
            end(request)
    return len(due[:limit])


@transaction.atomic
def keep(*, moderator: Account, ref: str) -> None:
    """A moderator looked and lets it ask on; reports until now are done with. Raises NotFound."""
    found = access.request_of_anyone(moderator, ref)
    NeighborRequest.objects.filter(pk=found.pk).update(looked_at=source.now())


@transaction.atomic
def stop(*, moderator: Account, ref: str, why: str) -> None:
    """A moderator ends anyone's request; its asker is told `why` by mail and on its page, and nobody else.

    Raises Refused where `why` is missing or too long, NotFound.
    """
    found, why = access.request_of_anyone(moderator, ref), why.strip()
    if len(why) < WHY_LEAST:
        message = _("Say in at least %(least)d characters why: its asker reads it.") % {"least": WHY_LEAST}
        raise refuse("stop.why", "why", message, limit=str(WHY_LEAST), value=str(len(why)))
    problems = texts.hidden(why, "why", most=WHY_MOST)
    if problems:
        raise Refused(*problems)
    ended = end(found)
    ended.looked_at, ended.ended_why = source.now(), why
    ended.save(update_fields=["looked_at", "ended_why"])
    asker = ended.asker
    outbox.queue(
        once=f"neighbor-stopped:{ended.ref}",
        to=asker.email,
        template=letters.STOPPED,
        context={
            "kind": letters.in_words(ended, asker.language),
            "why": letters.quoted(why),
            "page": letters.page("neighbor_request", ended.ref),
        },
        language=asker.language,
        time_zone=asker.time_zone,
        not_before=queries.hours_of(asker).free_from(source.now()),
    )


def end(request: NeighborRequest) -> NeighborRequest:
    """Close a request in the caller's transaction, whoever wants it."""
    held = NeighborRequest.objects.select_for_update(no_key=True).get(pk=request.pk)
    if held.state == State.OPEN:
        # However late the worker comes: when it ended depends on the asker's own acts alone.
        held.state, held.closed_at = State.CLOSED, min(source.now(), held.expires_at)
        held.save(update_fields=["state", "closed_at"])
    return held


@transaction.atomic
def thank(*, account: Account, video_ref: str, words: str) -> None:
    """One word of thanks to who shared a video, through us: neither learns the other's name or address.

    Raises Refused for a second one and for words that don't pass, NotFound.
    """
    share = (
        NeighborShare.objects.select_for_update(of=("self",), no_key=True)
        .select_related("ask__owner")
        .get(pk=access.video(account, video_ref).share_id)
    )
    if share.thanked_at is not None:
        raise refuse(
            "thanks.once", "thanks", _("You have thanked for this one already. One word of thanks is passed on.")
        )
    words = words.strip()
    if not words:
        raise refuse("thanks.given", "thanks", _("Write a word or two first."))
    found = texts.problems(words, "thanks", most=rules.in_force().note_max_characters)
    if found:
        raise Refused(*found)
    now = source.now()
    share.thanks, share.thanked_at = words, now
    share.save(update_fields=["thanks", "thanked_at"])
    owner = share.ask.owner
    outbox.queue(
        once=f"neighbor-thanks:{share.letter}",
        to=owner.email,
        template=letters.THANKS,
        context={
            "said": letters.quoted(words),
            "page": letters.page("neighbor_ask", share.ask.ref),
        },
        language=owner.language,
        time_zone=owner.time_zone,
        not_before=queries.hours_of(owner).free_from(now),
    )
