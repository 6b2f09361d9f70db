"""An event becomes notes, in the transaction of the act that made it: one a browser of whoever wished for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from goodfences import source
from goodfences.cameras import rights
from goodfences.clips.models import Clip
from goodfences.people import queries as people
from goodfences.people.models import Account
from goodfences.push.models import About, Note, Subscription, Wish

FRESH = timedelta(minutes=15)
"""A clip that comes later than this after it began is no news."""
NEWS_LASTS = timedelta(hours=1)
SILENCE_LASTS = timedelta(days=1)


def tell_of_clip(clip: Clip) -> None:
    """A clip can be watched. In quiet hours nobody is told: by the morning it is no news. Days away are no bar."""
    now = source.now()
    if now - clip.starts_at > FRESH:
        return
    for account in _who_wished(about=clip.kind, camera_id=clip.camera_id):
        if rights.of(account, clip.camera).watch and not people.hours_of(account).is_quiet(now):
            _write([account], clip.kind, clip.ref, clip.starts_at, {}, now + NEWS_LASTS)


def tell_of_asks(asks: Sequence[Any]) -> None:
    """Owners were asked by an agency."""
    _tell_of(About.REQUEST, {ask.owner_id: (ask.ref, ask.video_request.expires_at) for ask in asks})


def tell_of_neighbors_asks(asks: Sequence[Any]) -> None:
    """Owners were asked by a neighbor."""
    _tell_of(About.NEIGHBOR, {ask.owner_id: (ask.ref, ask.expires_at) for ask in asks})


def _tell_of(about: About, by_owner: dict[int, tuple[str, datetime]]) -> None:
    """Asks, by their owner. At an hour at which they want to hear of it, and never on days away."""
    if not by_owner:
        return
    now = source.now()
    for account in _who_wished(about=About.REQUEST, account_id__in=list(by_owner)):
        ref, ends_at = by_owner[account.pk]
        due_at = people.hours_of(account).free_from(now, ends_at)
        _write([account], about, ref, now, {account.pk: due_at}, ends_at)


def tell_of_silence(household_id: int, household_ref: str) -> None:
    """A hub or camera fell silent."""
    now = source.now()
    accounts = _who_wished(about=About.SILENCE, account__memberships__household_id=household_id)
    due = {account.pk: people.hours_of(account).free_from(now, now + SILENCE_LASTS) for account in accounts}
    _write(accounts, About.SILENCE, household_ref, now, due, now + SILENCE_LASTS)


def tell(
    accounts: Iterable[Account], *, about: About, subject: str, due: dict[int, datetime], not_after: datetime
) -> None:
    """Another room's matter, told to whom and when that room says; in its transaction."""
    _write(accounts, about, subject, source.now(), due, not_after)


def _who_wished(**which: Any) -> list[Account]:
    wishes = Wish.objects.filter(account__is_active=True, **which).select_related("account").order_by("pk")
    return list({wish.account_id: wish.account for wish in wishes}.values())


def _write(
    accounts: Iterable[Account],
    about: str,
    subject: str,
    happened_at: datetime,
    due: dict[int, datetime],
    not_after: datetime,
) -> None:
    """One note a browser; a second one about the same event is never made."""
    now = source.now()
    browsers = Subscription.objects.filter(account__in=list(accounts)).exclude(browser__session_key="").order_by("pk")
    # A silence is an event of its moment; a clip or an ask is one event, whenever it is told.
    event = f"{subject}@{int(happened_at.timestamp())}" if about == About.SILENCE else subject
    notes = [
        Note(
            once=f"{about}:{event}:{browser.pk}",
            subscription=browser,
            about=about,
            subject=subject,
            happened_at=happened_at,
            due_at=due.get(browser.account_id, now),
            not_after=not_after,
            created_at=now,
        )
        for browser in browsers
    ]
    Note.objects.bulk_create(notes, ignore_conflicts=True)
