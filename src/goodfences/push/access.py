"""The only way to a subscription or a note for a person."""

from __future__ import annotations

from goodfences.errors import NotFound
from goodfences.people.models import Account
from goodfences.push.models import Note, Subscription


def subscription(account: Account, ref: str) -> Subscription:
    """A browser of the account's own."""
    found = Subscription.objects.filter(account_id=account.pk, ref=ref).first()
    if found is None:
        raise NotFound
    return found


def note(account: Account, ref: str) -> Note:
    """What was sent to a browser of the account's own."""
    found = Note.objects.select_related("subscription").filter(subscription__account_id=account.pk, ref=ref).first()
    if found is None:
        raise NotFound
    return found
