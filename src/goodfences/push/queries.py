"""What the page about notifications reads."""

from __future__ import annotations

from collections.abc import Iterable

from goodfences.people.models import Account
from goodfences.push.models import Note, Subscription, Wish


def browsers_of(account: Account) -> list[Subscription]:
    """The browsers that are notified, the newest first."""
    return list(Subscription.objects.filter(account=account).order_by("-created_at", "-pk"))


def wishes_of(account: Account) -> set[str]:
    """As `actions.choose` takes them."""
    found = Wish.objects.filter(account=account, camera__removed_at=None).select_related("camera")
    return {f"{wish.about}:{wish.camera.ref}" if wish.camera else wish.about for wish in found}


def notified(account_ids: Iterable[int]) -> set[int]:
    """Those of the accounts that are notified in a browser in which they are signed in."""
    found = Subscription.objects.filter(account_id__in=list(account_ids)).exclude(browser__session_key="")
    return set(found.values_list("account_id", flat=True))


def unsent(about: str, subject: str, account_ids: Iterable[int]) -> set[int]:
    """Those of the accounts to which a note about it was written, and none has left. Notes are kept for two days."""
    notes = Note.objects.filter(about=about, subject=subject, subscription__account__in=list(account_ids))
    states = set(notes.values_list("subscription__account_id", "state"))
    return {pk for pk, _state in states} - {pk for pk, state in states if state == Note.State.SENT}
