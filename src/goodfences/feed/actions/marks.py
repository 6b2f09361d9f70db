"""What a neighbor does with somebody's post without words. None of it moves a post in the feed."""

from __future__ import annotations

from django.db import transaction

from goodfences.feed import access
from goodfences.feed.models import Follow, Save, Thanks
from goodfences.people.models import Account


@transaction.atomic
def thank(*, account: Account, ref: str, on: bool = True) -> None:
    """Thank for somebody else's post, or take that back. One's own is left as it is."""
    post = access.post(account, ref)
    if post.author_id != account.pk:
        _mark(Thanks, account, post.pk, on)


@transaction.atomic
def follow(*, account: Account, ref: str, on: bool = True) -> None:
    """Want to know how a post goes on, or no longer."""
    _mark(Follow, account, access.post(account, ref).pk, on)


@transaction.atomic
def save(*, account: Account, ref: str, on: bool = True) -> None:
    """Keep a post to find it again, or no longer."""
    _mark(Save, account, access.post(account, ref).pk, on)


def _mark(model: type[Thanks] | type[Follow] | type[Save], account: Account, post_id: int, on: bool) -> None:
    if on:
        model.objects.get_or_create(account=account, post_id=post_id)
    else:
        model.objects.filter(account=account, post_id=post_id).delete()
