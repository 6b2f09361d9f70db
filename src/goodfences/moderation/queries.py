"""What pages read: the moderators' queue and reviews, and what concerns one resident."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from goodfences import source
from goodfences.feed.models import CommentVersion, Post, PostVersion
from goodfences.moderation import access, limits, rules, things
from goodfences.moderation.actions.rulings import barred, is_free
from goodfences.moderation.models import Appeal, Block, Measure, PublicRuling, Report, Review, Ruling, lasting
from goodfences.moderation.rules import Rule
from goodfences.people.models import Account

SHOWN = 50


@dataclass(frozen=True)
class Waiting:
    """A line of the queue."""

    review: Review
    thing: things.Thing
    reasons: list[tuple[Rule, int]]
    is_mine: bool
    is_free: bool
    barred: str


@dataclass(frozen=True)
class Author:
    """What a moderator knows of who wrote something: nothing that leads to a person or a home."""

    is_new: bool
    rungs: int
    rulings: int


@dataclass(frozen=True)
class Looked:
    """All that a moderator reads to rule on something."""

    waiting: Waiting
    author: Author | None
    notes: list[tuple[Rule, str]]
    versions: list[tuple[datetime, str, str]]
    proposed: Ruling | None
    decided: list[Ruling]


@dataclass(frozen=True)
class Appealed:
    """An appeal, with the ruling and what it is about."""

    appeal: Appeal
    thing: things.Thing | None
    rule: Rule
    barred: bool


def waiting_reviews() -> QuerySet[Review]:
    """What waits, the most urgent first: somebody in danger or found, then by independent reporters, then by age."""
    free = Review.objects.filter(state__in=(Review.State.OPEN, Review.State.SECOND))
    is_there = Q(post__isnull=False, post__deleted_at__isnull=True) | Q(
        comment__isnull=False, comment__deleted_at__isnull=True, comment__post__deleted_at__isnull=True
    )
    return free.filter(is_there).order_by("urgency", "-voices", "opened_at", "pk")


def waiting_appeals() -> QuerySet[Appeal]:
    return Appeal.objects.filter(decided_at__isnull=True).order_by("at", "pk")


def queue(moderator: Account, *, limit: int = SHOWN) -> list[Waiting]:
    """The first of what waits, as `waiting_reviews` orders it."""
    access.require_moderator(moderator)
    found = []
    for review in waiting_reviews()[:limit]:
        thing = things.of(review)
        if thing is not None:
            found.append(_waiting(moderator, review, thing))
    return found


def appeals(moderator: Account, *, limit: int = SHOWN) -> list[Appealed]:
    """Appeals that wait, the oldest first."""
    access.require_moderator(moderator)
    rows = waiting_appeals().select_related("ruling__review", "ruling__public")[:limit]
    return [appealed(moderator, each.ref) for each in rows]


def appealed(moderator: Account, ref: str) -> Appealed:
    """One appeal. Raises NotFound."""
    found = access.appeal_to_decide(moderator, ref)
    ruling = found.ruling
    return Appealed(
        found,
        things.of(ruling.review),
        rules.in_force().rule(ruling.rule),
        moderator.pk in (ruling.by_id, ruling.second_id),
    )


def looked(moderator: Account, ref: str) -> Looked | None:
    """All about one review; None where what it was about is gone. Raises NotFound."""
    review = access.review(moderator, ref)
    thing = things.of(review)
    if thing is None:
        return None
    rulings = list(review.rulings.select_related("public").order_by("at", "pk"))
    notes = review.reports.exclude(note="").order_by("at", "pk").values_list("rule", "note")[:SHOWN]
    return Looked(
        waiting=_waiting(moderator, review, thing),
        author=_author(review),
        notes=[(rules.in_force().rule(rule), note) for rule, note in notes],
        versions=_versions(review),
        proposed=next((each for each in rulings if each.state == Ruling.State.PROPOSED), None),
        decided=[each for each in rulings if each.state != Ruling.State.PROPOSED],
    )


def rulings_of(account: Account, *, limit: int = SHOWN) -> list[tuple[Ruling, str]]:
    """Rulings on what the account wrote or reported, the newest first, with its side in each."""
    reported = Report.objects.filter(reporter=account, review=OuterRef("review"))
    found = Ruling.objects.filter(Q(review__author=account) | Exists(reported), public__isnull=False)
    rows = found.select_related("review__post", "review__comment__post", "public").order_by("-in_force_at", "-pk")
    return [
        (each, Appeal.Side.AUTHOR if each.review.author_id == account.pk else Appeal.Side.REPORTER)
        for each in rows[:limit]
    ]


def open_reports(account: Account) -> list[Report]:
    """Reports of the account that nobody has answered yet."""
    return list(Report.objects.filter(reporter=account, answered_at__isnull=True).order_by("-at", "-pk")[:SHOWN])


def measures_of(account: Account) -> list[Measure]:
    return list(Measure.objects.filter(account=account).order_by("-begins_at", "-pk"))


def appeal_of(account: Account, ruling: Ruling) -> Appeal | None:
    return ruling.appeals.filter(account=account).first()


def unseen(account: Account) -> list[Block]:
    """Whom the account isn't shown now."""
    return list(Block.objects.filter(lasting(), account=account).order_by("-at", "-pk"))


def rulings_on(*, posts: Collection[int] = (), comments: Collection[int] = ()) -> dict[int, PublicRuling]:
    """The last public ruling on each of these posts (or of these comments), by their ids."""
    which = "post" if posts else "comment"
    rows = Ruling.objects.filter(public__isnull=False, **{f"review__{which}__in": list(posts or comments)})
    found = rows.select_related("public").order_by("in_force_at").values_list(f"review__{which}", "public")
    by_thing = dict(found)
    published = PublicRuling.objects.in_bulk(by_thing.values())
    return {thing: published[public] for thing, public in by_thing.items()}


def own_ruling(account: Account, post: Post) -> Ruling | None:
    """The last ruling on a post of the account's own, to read and appeal against."""
    found = Ruling.objects.filter(review__post=post, review__author=account, public__isnull=False)
    return found.order_by("-in_force_at").first()


def _waiting(moderator: Account, review: Review, thing: things.Thing) -> Waiting:
    counted = Counter(review.reports.values_list("rule", flat=True))
    return Waiting(
        review=review,
        thing=thing,
        reasons=[(rules.in_force().rule(rule), number) for rule, number in counted.most_common()],
        is_mine=review.claimed_by_id == moderator.pk and is_free(review, moderator) and review.state != "decided",
        is_free=is_free(review, moderator),
        barred=barred(moderator, review),
    )


def _author(review: Review) -> Author | None:
    if review.author_id is None:
        return None
    account = Account.objects.only("created_at").get(pk=review.author_id)
    since = source.now() - rules.in_force().counts_for
    rungs = Measure.objects.filter(account=review.author_id, lifted_at__isnull=True, begins_at__gt=since).count()
    rulings = Ruling.objects.filter(
        review__author=review.author_id, state=Ruling.State.IN_FORCE, outcome__in=("removed", "warned")
    ).count()
    return Author(limits.is_new(account), rungs, rulings)


def _versions(review: Review) -> list[tuple[datetime, str, str]]:
    if review.post_id is not None:
        posts = PostVersion.objects.filter(post=review.post_id).order_by("written_at", "pk")
        return [(each.written_at, each.title, each.text) for each in posts]
    comments = CommentVersion.objects.filter(comment=review.comment_id).order_by("written_at", "pk")
    return [(each.written_at, "", each.text) for each in comments]
