"""One email about the posts of a day or a week, for who chose so. A post is in one of them at most, and an empty one
isn't sent."""

from __future__ import annotations

from django.db import transaction

from goodfences import source
from goodfences.alerts import letters
from goodfences.alerts.models import AlertWish, Delivery
from goodfences.errors import NotFound
from goodfences.feed import access
from goodfences.feed.models import Post
from goodfences.people.models import Account

LISTED = 30


def write_due(limit: int) -> int:
    """Write the digests of at most `limit` people whose hour has come; returns how many people that were."""
    due = Delivery.objects.filter(way=Delivery.Way.DIGEST, told_at=None, due_at__lte=source.now())
    found = list(due.order_by("due_at").values_list("account_id", flat=True)[: limit * LISTED])
    for account_id in (chosen := list(dict.fromkeys(found))[:limit]):
        _write(account_id)
    return len(chosen)


@transaction.atomic
def _write(account_id: int) -> None:
    account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
    now = source.now()
    waiting = Delivery.objects.filter(
        account=account, way=Delivery.Way.DIGEST, told_at=None, due_at__lte=now
    ).select_related("matter__post__agency")
    posts = [delivery.matter.post for delivery in waiting.order_by("-matter__post__written_at", "-pk")]
    wish = AlertWish.objects.filter(account=account).first()
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in waiting]).update(told_at=now)
    if wish is None or wish.way not in (AlertWish.Way.DAILY, AlertWish.Way.WEEKLY):
        return
    shown = [post for post in posts if post is not None and _still_seen(account, post)]
    if shown:
        ref = source.new_ref("post_digest")
        more = max(0, len(shown) - LISTED)
        letters.digest(account=account, wish=wish, ref=ref, posts=shown[:LISTED], more=more)


def _still_seen(account: Account, post: Post) -> bool:
    """Whether the person may read it now: it may be gone, or its author unseen, or they moved away."""
    try:
        return access.post(account, post.ref).is_seen
    except NotFound:
        return False
