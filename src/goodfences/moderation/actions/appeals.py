"""Another moderator looks at a ruling, once, because somebody whom it concerns asks for it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.feed.models import Standing
from goodfences.moderation import access, ladder, letters, public_words, things
from goodfences.moderation.models import Appeal, Outcome, Review, Ruling
from goodfences.people.models import Account
from goodfences.visible import one_line, text_problems

TEXT_LENGTH = 1000


@transaction.atomic
def appeal(*, account: Account, ref: str, text: str) -> Appeal:
    """Say why a ruling is wrong: once, within the time that the rules give. Raises NotFound, Refused."""
    ruling, side = access.ruling_for(account, ref)
    Ruling.objects.select_for_update(no_key=True).get(pk=ruling.pk)
    if not access.may_appeal(account, ruling, side):
        raise refuse("appeal.over", "", _("You can’t appeal against this ruling, or not any more."))
    text = text.replace("\r\n", "\n").strip()
    if problems := _problems(text):
        raise Refused(*problems)
    made = Appeal.objects.create(ruling=ruling, account=account, side=side, text=text, at=source.now())
    if ruling.public is not None and not ruling.public.appealed:
        ruling.public.appealed = True
        ruling.public.save(update_fields=["appealed"])
    return made


@transaction.atomic
def decide(*, moderator: Account, ref: str, overturn: bool, reasons: str) -> Appeal:
    """Uphold or overturn a ruling that one had no part in.

    Overturned for its author: it is back, told anew, and what followed is lifted. For a reporter: it is looked at
    again by somebody else.
    """
    waiting = access.appeal_to_decide(moderator, ref)
    ruling = Ruling.objects.select_for_update(no_key=True).get(pk=waiting.ruling_id)
    made = Appeal.objects.select_for_update(no_key=True).get(pk=waiting.pk)
    if made.decided_at is not None:
        raise refuse("appeal.decided", "", _("Somebody has decided on this already."))
    if moderator.pk in (ruling.by_id, ruling.second_id):
        raise refuse("review.barred", "", _("You ruled on this before; after an appeal somebody else does."))
    thing = things.of(ruling.review)
    reasons = one_line(reasons)
    if problems := public_words.problems(ruling.outcome, ruling.rule, reasons, thing.words if thing else ""):
        raise Refused(*problems)
    now = source.now()
    overturns = overturn and ruling.state == Ruling.State.IN_FORCE
    made.decided_by, made.decided_at, made.reasons = moderator, now, reasons
    made.outcome = Appeal.Outcome.OVERTURNED if overturns else Appeal.Outcome.UPHELD
    made.save(update_fields=["decided_by", "decided_at", "reasons", "outcome"])
    publish_answer(ruling, overturns, reasons)
    letters.tell_appeal(made, ruling, thing)
    if overturns:
        _overturn(ruling, made, thing)
    return made


def publish_answer(ruling: Ruling, overturns: bool, reasons: str) -> None:
    """Say in public what became of the wish for another look at a ruling."""
    if ruling.public is None:
        raise NotFound
    if overturns:
        ruling.public.overturned_at = source.now()
        ruling.public.overturned_reasons = reasons
    elif ruling.public.overturned_at is None:
        ruling.public.upheld_at = source.now()
    ruling.public.save(update_fields=["overturned_at", "overturned_reasons", "upheld_at"])


def _overturn(ruling: Ruling, made: Appeal, thing: things.Thing | None) -> None:
    ruling.state = Ruling.State.OVERTURNED
    ruling.save(update_fields=["state"])
    ladder.lift(ruling)
    review = ruling.review
    if made.side == Appeal.Side.AUTHOR:
        if thing is not None and ruling.outcome in (Outcome.REMOVED, Outcome.EDIT):
            things.change(review, Standing.PUBLISHED, on_top=True)
        return
    if thing is None:
        return
    held = {"post_id": review.post_id, "comment_id": review.comment_id}
    Review.objects.get_or_create(
        **held,
        state__in=(Review.State.OPEN, Review.State.SECOND),
        defaults={
            **held,
            "state": Review.State.OPEN,
            "thing": review.thing,
            "about": review.about,
            "author_id": review.author_id,
            "why": Review.Why.APPEALED,
            "urgency": review.urgency,
            "voices": review.voices,
            "opened_at": source.now(),
            "after": ruling,
        },
    )


def _problems(text: str) -> list[Problem]:
    if not text:
        return [Problem("appeal.text", "text", _("Say why the ruling is wrong."))]
    return text_problems(text, "text", TEXT_LENGTH, lines=True)
