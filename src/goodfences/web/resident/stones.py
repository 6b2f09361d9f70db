"""What a list of posts says of those that were removed by a ruling, where they stood."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from goodfences.feed import standing
from goodfences.feed.access import Reader
from goodfences.feed.models import Comment, Post
from goodfences.feed.queries import Shown
from goodfences.feed.standing import Stone
from goodfences.moderation import queries, rules
from goodfences.moderation.models import PublicRuling
from goodfences.moderation.rules import Rule
from goodfences.people.models import Account


@dataclass(frozen=True)
class Removed:
    """Posts, one after another in the list, that were removed under one rule."""

    stones: list[Stone]
    number: int
    ruling: PublicRuling
    rule: Rule


@dataclass(frozen=True)
class RemovedComment:
    """A comment of which nothing is shown but that it stood here, and why it doesn't any more."""

    comment: Comment
    ruling: PublicRuling
    rule: Rule


def among(
    reader: Reader, shown: list[Shown], *, radius_km: int, kinds: Collection[str], is_first: bool, is_last: bool
) -> list[Shown | Removed]:
    """A page of the newest posts, with what was removed in between. Each post gets its `ruling`, to be shown."""
    with_rulings([one.post for one in shown])
    since = None if is_last or not shown else shown[-1].post.told_at
    until = None if is_first or not shown else shown[0].post.told_at
    if not shown and not is_first:
        return []
    found = standing.stones_around(reader, radius_km=radius_km, since=since, until=until)
    stones = [one for one in found if not kinds or one.kind in kinds]
    rulings = queries.rulings_on(posts=[one.post_id for one in stones]) if stones else {}
    listed: list[tuple[datetime, Shown | Stone]] = [(one.post.told_at, one) for one in shown]
    listed += [(one.told_at, one) for one in stones if one.post_id in rulings]
    listed.sort(key=lambda pair: pair[0], reverse=True)
    return list(_gathered((one for _at, one in listed), rulings))


def with_rulings(posts: list[Post]) -> None:
    """Give each post the `ruling` that its readers are told of: a note, or that it is back after an appeal."""
    rulings = queries.rulings_on(posts=[post.pk for post in posts]) if posts else {}
    for post in posts:
        vars(post)["ruling"] = told(rulings.get(post.pk))


def told(ruling: PublicRuling | None) -> PublicRuling | None:
    """The ruling, if what is seen has a note of it."""
    if ruling is None or (ruling.outcome != "noted" and ruling.overturned_at is None):
        return None
    return ruling


def comments_of(account: Account, post: Post) -> list[RemovedComment]:
    """What is left of comments that were removed from a thread."""
    gone = standing.removed_comments(account, post)
    rulings = queries.rulings_on(comments=[one.pk for one in gone]) if gone else {}
    return [
        RemovedComment(one, rulings[one.pk], rules.in_force().rule(rulings[one.pk].rule))
        for one in gone
        if one.pk in rulings
    ]


def _gathered(listed: Iterator[Shown | Stone], rulings: dict[int, PublicRuling]) -> Iterator[Shown | Removed]:
    group: list[Stone] = []
    for one in listed:
        if isinstance(one, Stone) and (not group or rulings[group[0].post_id].rule == rulings[one.post_id].rule):
            group.append(one)
            continue
        if group:
            yield _removed(group, rulings)
            group = []
        if isinstance(one, Stone):
            group = [one]
        else:
            yield one
    if group:
        yield _removed(group, rulings)


def _removed(group: list[Stone], rulings: dict[int, PublicRuling]) -> Removed:
    ruling = rulings[group[0].post_id]
    return Removed(group, len(group), ruling, rules.in_force().rule(ruling.rule))
