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
from goodfences.alerts import heard, letters, public, readers
from goodfences.alerts.heard import Heard
from goodfences.alerts.models import RANKS, AlertWish, Delivery, Matter, OfficialWarning, Severity
from goodfences.alerts.readers import Lives, Reader
from goodfences.feed import cells, hooks, whom
from goodfences.feed.models import Comment, FeedEvent, Post
from goodfences.push import telling
from goodfences.push.models import About

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
class _Tidings:
    """What one reader is told of a message. `delivery.is_end`: what they heard of is over, or over for them."""

    reader: Reader
    delivery: Delivery


def post_told(post: Post, comment: Comment | None, what: str) -> None:
    """The feed's hook: a post that others see for the first time is a matter. Knows no reader."""
    if what == FeedEvent.What.POST and comment is None:
        Matter.objects.get_or_create(post=post, defaults={"made_at": source.now()})


def listen() -> None:
    hooks.on_told(post_told)


def spread_due(limit: int) -> int:
    """Look at some accounts for at most `limit` matters, the oldest first; returns how many matters that were."""
    waiting = Matter.objects.filter(done_at=None).order_by("made_at", "pk").values_list("pk", flat=True)
    return sum(_spread(pk) for pk in list(waiting[:limit]))


def withdraw_ended(limit: int) -> int:
    """Drop the emails that still wait about warnings that have ended; returns about how many warnings."""
    ended = Matter.objects.filter(is_mailed=True, warning__ended_at__isnull=False).select_related("warning")
    found = list(ended[:limit])
    for matter in found:
        assert matter.warning is not None
        with transaction.atomic():
            letters.withdraw(matter.warning)
            Matter.objects.filter(pk=matter.pk).update(is_mailed=False)
    return len(found)


@transaction.atomic
def _spread(pk: int) -> bool:
    """One batch; False where another worker is at it, or was."""
    matter = (
        Matter.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("post", "warning__origin", "warning__agency")
        .filter(pk=pk, done_at=None)
        .first()
    )
    if matter is None:
        return False
    now = source.now()
    if matter.warning is not None:
        is_last = not _still_matters(matter.warning) or _spread_warning(matter, matter.warning, now)
    else:
        assert matter.post is not None
        is_last = not matter.post.is_seen or _spread_post(matter, matter.post, now)
    matter.done_at = now if is_last else None
    matter.save(update_fields=["done_at", "told_through", "is_mailed"])
    return True


def _still_matters(warning: OfficialWarning) -> bool:
    """A warning that holds, or the end of one."""
    return warning.kind == OfficialWarning.Kind.CANCEL or public.is_in_force(warning)


def _spread_warning(matter: Matter, warning: OfficialWarning, now: datetime) -> bool:
    """One batch of everybody who lives where it holds, or heard of what it ends; whether that was the last."""
    earlier = heard.before(warning)
    is_cancel = warning.kind == OfficialWarning.Kind.CANCEL
    batch = readers.residents(matter.told_through, Q(account_id__in=heard.told_of(earlier)) if is_cancel else None)
    known = heard.by([one.account.pk for one in batch], earlier)
    inside = set() if is_cancel else {one.account.pk for one in batch if _holds(warning, one)}
    reached = readers.readers(one for one in batch if one.account.pk in inside or one.account.pk in known)
    told = []
    for reader in reached:
        pk = reader.account.pk
        delivery = _of_warning(matter, warning, reader, now, pk in inside, known.get(pk))
        if delivery is not None:
            told.append(_Tidings(reader, delivery))
    Delivery.objects.bulk_create([one.delivery for one in told], ignore_conflicts=True)
    ends = [one for one in told if one.delivery.is_end]
    news = [one for one in told if not one.delivery.is_end]
    _push_tidings(news, About.WARNING, warning.ref, warning.expires_at)
    if ends:
        last = max(one.expires_at for one in earlier)
        _push_tidings(ends, About.OVER, warning.ref, last)
        letters.say_over(warning, earlier, _to_write(ends), not_after=last)
    if mailed := _to_write(news):
        letters.warn(warning, mailed)
        matter.is_mailed = True
    return _go_on(matter, batch)


def _holds(warning: OfficialWarning, one: Lives) -> bool:
    return warning.everywhere or places.contains(warning.ranges, one.cell)


def _of_warning(
    matter: Matter, warning: OfficialWarning, reader: Reader, now: datetime, is_inside: bool, before: Heard | None
) -> Delivery | None:
    """How one person is told; None where they aren't."""
    wanted = is_inside and RANKS[warning.severity] <= _FROM[AlertWish.Warnings(reader.wish.warnings)]
    if before is None:
        way = Way.PUSH if reader.has_browser else Way.MAIL
        return _delivery(matter, reader, now, way, warning.severity, warning.expires_at) if wanted else None
    if wanted and public.says_the_same(warning, before.warning):
        return Delivery(matter=matter, account=reader.account, way=Way.KNOWN, due_at=now, told_at=now)
    # As loudly as what they heard, and by the way by which they heard it.
    way = Way.PUSH if reader.has_browser and before.way == Way.PUSH else Way.MAIL
    if wanted:
        return _delivery(matter, reader, now, way, _worse(warning, before.warning), warning.expires_at)
    if reader.wish.warnings == AlertWish.Warnings.NONE:
        return None
    ends_at = before.warning.expires_at
    return _delivery(matter, reader, now, way, before.warning.severity, ends_at, is_end=True)


def _worse(one: OfficialWarning, other: OfficialWarning) -> str:
    return min(one.severity, other.severity, key=RANKS.__getitem__)


def _delivery(
    matter: Matter, reader: Reader, now: datetime, way: str, severity: str, until: datetime, is_end: bool = False
) -> Delivery | None:
    """At an hour at which they want to hear of it; None where it is of no use by then or they want no email."""
    at_once = severity == Severity.EXTREME and reader.wish.extreme_at_any_hour
    due_at = now if at_once else reader.hours.free_from(now)
    if due_at >= until or (way == Way.MAIL and not reader.wish.warnings_by_mail):
        return None
    return Delivery(matter=matter, account=reader.account, way=way, due_at=due_at, told_at=now, is_end=is_end)


def _to_write(told: Iterable[_Tidings]) -> list[letters.Addressed]:
    return [
        (one.reader.account, readers.kept(one.reader.wish), one.delivery.due_at)
        for one in told
        if one.delivery.way == Way.MAIL
    ]


def _push_tidings(told: Sequence[_Tidings], about: About, subject: str, not_after: datetime) -> None:
    _push([one.delivery for one in told], [one.reader for one in told], about, subject, not_after)


def _spread_post(matter: Matter, post: Post, now: datetime) -> bool:
    """One batch of those around who wished for such posts; whether that was the last."""
    batch = readers.wishing(post, matter.told_through)
    reached = [reader for reader in readers.readers(batch) if _wants(reader, post)]
    made = [delivery for reader in reached if (delivery := _of_post(matter, reader, now)) is not None]
    Delivery.objects.bulk_create(made, ignore_conflicts=True)
    _push(made, reached, About.POST, post.ref, now + POST_LASTS)
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
    made: Iterable[Delivery], reached: Iterable[Reader], about: About, subject: str, not_after: datetime
) -> None:
    accounts = {reader.account.pk: reader.account for reader in reached}
    due = {one.account_id: one.due_at for one in made if one.way == Way.PUSH}
    if due:
        told = [accounts[account_id] for account_id in due]
        telling.tell(told, about=about, subject=subject, due=due, not_after=not_after)


def _go_on(matter: Matter, batch: Sequence[Lives]) -> bool:
    if batch:
        matter.told_through = batch[-1].account.pk
    return len(batch) < readers.BATCH
