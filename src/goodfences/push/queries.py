"""What the page about notifications reads."""

from __future__ import annotations

from goodfences.people.models import Account
from goodfences.push.models import Subscription, Wish


def browsers_of(account: Account) -> list[Subscription]:
    """The browsers that are notified, the newest first."""
    return list(Subscription.objects.filter(account=account).order_by("-created_at", "-pk"))


def wishes_of(account: Account) -> set[str]:
    """As `actions.choose` takes them."""
    found = Wish.objects.filter(account=account, camera__removed_at=None).select_related("camera")
    return {f"{wish.about}:{wish.camera.ref}" if wish.camera else wish.about for wish in found}
