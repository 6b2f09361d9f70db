"""Whom a post or a warning reaches, and how: worked out by the worker, some accounts at a time.

A matter's row remembers how far it has come, and a delivery is made with what it leads to in one transaction. So a
worker that dies tells nobody twice and leaves nobody out. Where somebody lives is as coarse here as in the feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Q

from goodfences import places, source
from goodfences.alerts import letters, public
from goodfences.alerts.models import RANKS, AlertWish, Delivery, Matter, OfficialWarning, Severity
from goodfences.feed import cells, hooks, whom
from goodfences.feed.models import Comment, FeedEvent, Post
from goodfences.feed.queries import RADII_KM
from goodfences.mail import outbox
from goodfences.people import queries as people
from goodfences.people.hours import Hours
from goodfences.people.models import Account, Membership
from goodfences.push import queries as push
from goodfences.push import telling
from goodfences.push.models import About

BATCH = 500
"""Accounts that are looked at in one transaction."""
POST_LASTS = timedelta(days=1)
"""After so long a post is no news for a browser."""
DIGEST_AT = time(8, 0)
WEEKLY_ON = 0
"""Monday."""
_FROM = {
    AlertWish.Warnings.NONE: -1,
    AlertWish.Warnings.EXTREME: RANKS[Severity.EXTREME],
    AlertWish.Warnings.SEVERE: RANKS[Severity.SEVERE],
    AlertWish.Warnings.ALL: RANKS[Severity.UNKNOWN],
}

Way = Delivery.Way


@dataclass(frozen=True)
class _Lives:
    account: Account
    cell: int
    """Of resolution 11; compared with coarse ones alone."""


@dataclass(frozen=True)
class Reader:
    """One account that a batch looks at."""

    account: Account
    cell: int
    wish: AlertWish
    hours: Hours
    has_browser: bool


def post_told(post: Post, comment: Comment | None, what: str) -> None:
    """The feed's hook: a post that others see for the first time is a matter. Knows no reader."""
    if what == FeedEvent.What.POST and comment is None:
        Matter.objects.get_or_create(post=post, defaults={"made_at": source.now()})


def listen() -> None:
    hooks.on_told(post_told)


def spread_due(limit: int) -> int:
    """Look at some accounts for at most `limit` matters, the oldest first; returns how many matters that were."""
    waiting = Matter.objects.filter(done_at=None).order_by("made_at", "pk").values_list("pk", flat=True)
    found = list(waiting[:limit])
    for pk in found:
        _spread(pk)
    return len(found)


def withdraw_ended(limit: int) -> int:
    """Drop the emails that still wait about warnings that have ended; returns about how many warnings."""
    ended = Matter.objects.filter(is_mailed=True, warning__ended_at__isnull=False).select_related("warning")
    found = list(ended[:limit])
    for matter in found:
        assert matter.warning is not None
        with transaction.atomic():
            outbox.cancel(common_key=letters.common_key(matter.warning), reason="The warning has ended.")
            Matter.objects.filter(pk=matter.pk).update(is_mailed=False)
    return len(found)


@transaction.atomic
def _spread(pk: int) -> None:
    matter = (
        Matter.objects.select_for_update(of=("self",), no_key=True)
        .select_related("post", "warning__origin", "warning__agency")
        .filter(pk=pk, done_at=None)
        .first()
    )
    if matter is None:
        return
    now = source.now()
    if matter.warning is not None:
        is_last = not public.is_in_force(matter.warning) or _spread_warning(matter, matter.warning, now)
    else:
        assert matter.post is not None
        is_last = not matter.post.is_seen or _spread_post(matter, matter.post, now)
    matter.done_at = now if is_last else None
    matter.save(update_fields=["done_at", "told_through", "is_mailed"])


def _spread_warning(matter: Matter, warning: OfficialWarning, now: datetime) -> bool:
    """One batch of everybody who lives where it holds; whether that was the last."""
    batch = _residents(matter.told_through)
    reached = [one for one in batch if warning.everywhere or places.contains(warning.ranges, one.cell)]
    readers = _readers(reached)
    known = _told_before(warning, [reader.account.pk for reader in readers])
    made, mailed = [], []
    for reader in readers:
        delivery = _of_warning(matter, warning, reader, now, reader.account.pk in known)
        if delivery is not None:
            made.append(delivery)
            mailed += [(reader, delivery)] if delivery.way == Way.MAIL else []
    Delivery.objects.bulk_create(made, ignore_conflicts=True)
    _push(made, readers, About.WARNING, warning.ref, warning.expires_at)
    if mailed:
        letters.warn(warning, [(reader.account, _kept(reader.wish), delivery.due_at) for reader, delivery in mailed])
        matter.is_mailed = True
    return _go_on(matter, batch)


def _of_warning(
    matter: Matter, warning: OfficialWarning, reader: Reader, now: datetime, is_known: bool
) -> Delivery | None:
    if RANKS[warning.severity] > _FROM[AlertWish.Warnings(reader.wish.warnings)]:
        return None
    if is_known:
        return Delivery(matter=matter, account=reader.account, way=Way.KNOWN, due_at=now, told_at=now)
    at_once = warning.severity == Severity.EXTREME and reader.wish.extreme_at_any_hour
    due_at = now if at_once else reader.hours.free_from(now)
    way = Way.PUSH if reader.has_browser else Way.MAIL
    if due_at >= warning.expires_at or (way == Way.MAIL and not reader.wish.warnings_by_mail):
        return None
    return Delivery(matter=matter, account=reader.account, way=way, due_at=due_at, told_at=now)


def _told_before(warning: OfficialWarning, account_ids: Sequence[int]) -> set[int]:
    """Who was told of a warning that this one takes the place of, and that was no less severe."""
    severities = [severity for severity, rank in RANKS.items() if rank <= RANKS[warning.severity]]
    earlier = Delivery.objects.filter(
        matter__warning__ended_by=warning, matter__warning__severity__in=severities, account_id__in=account_ids
    )
    return set(earlier.values_list("account_id", flat=True))


def _spread_post(matter: Matter, post: Post, now: datetime) -> bool:
    """One batch of those around who wished for such posts; whether that was the last."""
    batch = _wishing(post, matter.told_through)
    readers = [reader for reader in _readers(batch) if _wants(reader, post)]
    made = [delivery for reader in readers if (delivery := _of_post(matter, reader, now)) is not None]
    Delivery.objects.bulk_create(made, ignore_conflicts=True)
    _push(made, readers, About.POST, post.ref, now + POST_LASTS)
    return _go_on(matter, batch)


def _wants(reader: Reader, post: Post) -> bool:
    if post.author_id == reader.account.pk or post.author_id in whom.unseen_by(reader.account):
        return False
    wished = reader.wish.agencies if post.agency_id else post.kind in reader.wish.kinds
    return wished and cells.kilometers(cells.coarse(reader.cell), post.cell) <= reader.wish.radius_km


def _of_post(matter: Matter, reader: Reader, now: datetime) -> Delivery | None:
    if reader.wish.way == AlertWish.Way.PUSH:
        due_at = reader.hours.free_from(now)
        if not reader.has_browser or due_at >= now + POST_LASTS:
            return None
        return Delivery(matter=matter, account=reader.account, way=Way.PUSH, due_at=due_at, told_at=now)
    weekday = WEEKLY_ON if reader.wish.way == AlertWish.Way.WEEKLY else None
    due_at = reader.hours.next_at(now, reader.hours.digest_at or DIGEST_AT, weekday)
    return Delivery(matter=matter, account=reader.account, way=Way.DIGEST, due_at=due_at)


def _push(
    made: Iterable[Delivery], readers: Iterable[Reader], about: About, subject: str, not_after: datetime
) -> None:
    accounts = {reader.account.pk: reader.account for reader in readers}
    due = {one.account_id: one.due_at for one in made if one.way == Way.PUSH}
    if due:
        told = [accounts[account_id] for account_id in due]
        telling.tell(told, about=about, subject=subject, due=due, not_after=not_after)


def _go_on(matter: Matter, batch: Sequence[_Lives]) -> bool:
    if batch:
        matter.told_through = batch[-1].account.pk
    return len(batch) < BATCH


def _residents(after: int) -> list[_Lives]:
    """The next BATCH people who live somewhere here, in the order of their accounts."""
    return _lives(Q(), after)


def _wishing(post: Post, after: int) -> list[_Lives]:
    """The next BATCH people who wish for posts and may live near enough."""
    ranges = places.ranges_of(cells.around(post.cell, max(RADII_KM)).areas)
    near = Q()
    for low, high in ranges:
        near |= Q(household__cell__range=(low, high))
    wishes = AlertWish.objects.exclude(way=AlertWish.Way.NONE).values("account_id")
    return _lives(near & Q(account_id__in=wishes), after)


def _lives(which: Q, after: int) -> list[_Lives]:
    found = Membership.objects.filter(
        which, account_id__gt=after, account__is_active=True, account__kind=Account.Kind.RESIDENT
    )
    rows = found.select_related("account", "household").order_by("account_id")[:BATCH]
    return [_Lives(row.account, row.household.cell) for row in rows]


def _readers(batch: Iterable[_Lives]) -> list[Reader]:
    accounts = {one.account.pk: one for one in batch}
    wishes = {wish.account_id: wish for wish in AlertWish.objects.filter(account_id__in=accounts)}
    hours = people.hours_of_all([one.account for one in accounts.values()])
    browsers = push.notified(accounts)
    return [
        Reader(
            account=one.account,
            cell=one.cell,
            wish=wishes.get(pk) or AlertWish(account=one.account),
            hours=hours[pk],
            has_browser=pk in browsers,
        )
        for pk, one in accounts.items()
    ]


def _kept(wish: AlertWish) -> AlertWish:
    """With a row of its own, by which an email's link can stop what comes."""
    if wish.pk is None:
        wish, _new = AlertWish.objects.get_or_create(account=wish.account)
    return wish
