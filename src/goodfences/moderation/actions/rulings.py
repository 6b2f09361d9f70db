"""Claiming what waits, ruling on it, and the second moderator's word."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import Refused, refuse
from goodfences.feed import standing
from goodfences.feed.models import Comment, Post, Standing
from goodfences.moderation import access, ladder, letters, public_words, rules, things
from goodfences.moderation.actions.appeals import publish_answer
from goodfences.moderation.models import Outcome, PublicRuling, Review, Ruling, Thing
from goodfences.people.models import Account
from goodfences.visible import one_line

_HELD_URGENCY = 3


@transaction.atomic
def claim(*, moderator: Account, ref: str) -> Review:
    """Take a review for a while, so that nobody else works at it. Again prolongs it. Raises NotFound, Refused."""
    review = access.held_review(moderator, ref)
    now = source.now()
    if review.state == Review.State.DECIDED:
        raise refuse("review.decided", "", _("Somebody has ruled on this already."))
    if reason := barred(moderator, review):
        raise refuse("review.barred", "", reason)
    if not is_free(review, moderator):
        raise refuse("review.claimed", "", _("Another moderator is at it."))
    review.claimed_by, review.claimed_at = moderator, now
    review.save(update_fields=["claimed_by", "claimed_at"])
    return review


@transaction.atomic
def release(*, moderator: Account, ref: str) -> Review:
    """Give back what one had claimed. Twice is once."""
    review = access.held_review(moderator, ref)
    if review.claimed_by_id == moderator.pk:
        review.claimed_by = review.claimed_at = None
        review.save(update_fields=["claimed_by", "claimed_at"])
    return review


def is_free(review: Review, moderator: Account) -> bool:
    """Whether nobody else has claimed it, or long ago."""
    if review.claimed_by_id in (None, moderator.pk) or review.claimed_at is None:
        return True
    return review.claimed_at + rules.in_force().claim <= source.now()


def barred(moderator: Account, review: Review) -> str:
    """Why this moderator can't rule on it; empty where they can."""
    if (
        review.state == Review.State.SECOND
        and review.rulings.filter(state=Ruling.State.PROPOSED, by=moderator).exists()
    ):
        return _("You wanted this removed; another moderator has to decide with you.")
    before = review.after
    if before is not None and moderator.pk in (before.by_id, before.second_id):
        return _("You ruled on this before; after an appeal somebody else does.")
    return ""


@transaction.atomic
def rule(*, moderator: Account, ref: str, outcome: str, rule: str, reasons: str) -> Ruling:
    """Decide on what one has claimed. The removal of news becomes a proposal, on which a second moderator decides."""
    review, thing = _mine(moderator, ref, Review.State.OPEN)
    reasons = one_line(reasons)
    if problems := public_words.problems(outcome, rule, reasons, thing.words):
        raise Refused(*problems)
    waits = outcome == Outcome.REMOVED and thing.is_news
    ruling = Ruling.objects.create(
        review=review,
        state=Ruling.State.PROPOSED if waits else Ruling.State.IN_FORCE,
        by=moderator,
        outcome=outcome,
        rule=rule,
        reasons=reasons,
        at=source.now(),
    )
    if waits:
        review.state, review.claimed_by, review.claimed_at = Review.State.SECOND, None, None
        review.save(update_fields=["state", "claimed_by", "claimed_at"])
        if rules.in_force().rule(rule).hides:
            things.change(review, Standing.HELD)
        return ruling
    return _into_force(ruling, review, thing)


@transaction.atomic
def second(*, moderator: Account, ref: str, agree: bool, reasons: str = "") -> Ruling:
    """Agree to a removal, or rule with reasons of one's own that it stays. Returns the ruling in force."""
    review, thing = _mine(moderator, ref, Review.State.SECOND)
    proposed = review.rulings.get(state=Ruling.State.PROPOSED)
    if agree:
        proposed.state, proposed.second = Ruling.State.IN_FORCE, moderator
        proposed.save(update_fields=["state", "second"])
        return _into_force(proposed, review, thing)
    reasons = one_line(reasons)
    if problems := public_words.problems(Outcome.KEPT, proposed.rule, reasons, thing.words):
        raise Refused(*problems)
    proposed.state = Ruling.State.DROPPED
    proposed.save(update_fields=["state"])
    kept = Ruling.objects.create(
        review=review,
        state=Ruling.State.IN_FORCE,
        by=moderator,
        outcome=Outcome.KEPT,
        rule=proposed.rule,
        reasons=reasons,
        at=source.now(),
    )
    return _into_force(kept, review, thing)


@transaction.atomic
def open_due(limit: int) -> int:
    """Put at most `limit` held posts and comments that nobody has looked at yet into the queue; returns how many."""
    done = 0
    for model, kind in ((Post, Thing.POST), (Comment, Thing.COMMENT)):
        name = str(kind.value)
        last = Review.objects.filter(**{name: OuterRef("pk")}).order_by("-pk")
        held = model._default_manager.filter(standing=Standing.HELD, deleted_at__isnull=True).annotate(
            said_at=Coalesce("changed_at", "written_at"),
            looked_state=Subquery(last.values("state")[:1]),
            looked_at=Subquery(last.values("decided_at")[:1]),
        )
        # One that was asked to be changed comes back when it was.
        due = held.filter(Q(looked_state__isnull=True) | Q(looked_state="decided", said_at__gt=F("looked_at")))
        for one in due.order_by("written_at")[: limit - done]:
            Review.objects.create(
                thing=kind,
                about=one.kind if isinstance(one, Post) else one.post.kind,
                author_id=one.author_id,
                why=Review.Why.HELD,
                urgency=_HELD_URGENCY,
                opened_at=source.now(),
                **{name: one},
            )
            done += 1
    return done


@transaction.atomic
def open_contested(limit: int) -> int:
    """Bring at most `limit` removed posts of agencies that want another look back to the queue; returns how many."""
    since = Review.objects.filter(post=OuterRef("pk"), opened_at__gte=OuterRef("contested_at"))
    due = list(standing.contested().exclude(Exists(since))[:limit])
    for post in due:
        after = Ruling.objects.filter(review__post=post, state=Ruling.State.IN_FORCE).order_by("-pk").first()
        Review.objects.create(
            thing=Thing.POST,
            about=post.kind,
            post=post,
            why=Review.Why.APPEALED,
            urgency=_HELD_URGENCY,
            opened_at=source.now(),
            after=after,
        )
        if after is not None and after.public is not None:
            after.public.appealed = True
            after.public.save(update_fields=["appealed"])
    return len(due)


def _mine(moderator: Account, ref: str, state: str) -> tuple[Review, things.Thing]:
    review = access.held_review(moderator, ref)
    if review.state != state:
        raise refuse("review.decided", "", _("Somebody has ruled on this already."))
    if review.claimed_by_id != moderator.pk or not is_free(review, moderator):
        raise refuse("review.claimed", "", _("Claim it first; another moderator may be at it."))
    if reason := barred(moderator, review):
        raise refuse("review.barred", "", reason)
    thing = things.of(review)
    if thing is None or thing.deleted:
        raise refuse("review.gone", "", _("Its author has deleted it meanwhile."))
    return review, thing


def _into_force(ruling: Ruling, review: Review, thing: things.Thing) -> Ruling:
    """What a ruling says is done, published and told, together or not at all."""
    now = source.now()
    ruling.in_force_at = now
    ruling.public = PublicRuling.objects.create(
        thing=review.thing,
        about=thing.about,
        why=review.why,
        outcome=ruling.outcome,
        rule=ruling.rule,
        reasons=ruling.reasons,
        by_two=ruling.second_id is not None,
        at=now,
        waited_seconds=int((now - review.opened_at).total_seconds()),
    )
    ruling.save(update_fields=["in_force_at", "public"])
    review.state, review.decided_at = Review.State.DECIDED, now
    review.claimed_by = review.claimed_at = None
    review.save(update_fields=["state", "decided_at", "claimed_by", "claimed_at"])
    review.reports.filter(answered_at__isnull=True).update(answered_at=now)
    measure = None
    counts = rules.in_force().rule(ruling.rule).counts and ruling.outcome in (Outcome.WARNED, Outcome.REMOVED)
    if counts and review.author_id is not None:
        measure = ladder.climb(review.author_id, ruling)
    _answer(ruling, review)
    letters.tell_ruling(ruling, review, thing, measure)
    _do(ruling, review, thing)
    return ruling


def _answer(ruling: Ruling, review: Review) -> None:
    """What an agency wanted another look at: the ruling before this one is upheld or overturned by it, in public."""
    before = review.after
    if before is None or before.state != Ruling.State.IN_FORCE:
        return
    overturns = ruling.outcome != Outcome.REMOVED
    publish_answer(before, overturns, ruling.reasons)
    if overturns:
        before.state = Ruling.State.OVERTURNED
        before.save(update_fields=["state"])


def _do(ruling: Ruling, review: Review, thing: things.Thing) -> None:
    """The event for live pages is the last of the transaction's locks."""
    if ruling.outcome == Outcome.REMOVED:
        things.change(review, Standing.REMOVED, ruling_ref=ruling.public.ref if ruling.public else "")
    elif ruling.outcome == Outcome.EDIT and not thing.is_news:
        things.change(review, Standing.HELD)
    elif thing.standing == Standing.HELD:
        things.change(review, Standing.PUBLISHED, on_top=True)
    elif thing.standing == Standing.REMOVED:
        # It was removed, the appeal of somebody else brought it back to a moderator, and it stays after all.
        things.change(review, Standing.PUBLISHED, on_top=True)
