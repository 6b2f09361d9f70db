"""Whom one isn't shown: muted for a while, or blocked for good. The other can't notice either."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import NotFound, refuse
from goodfences.feed import access as feed
from goodfences.moderation import access, limits, rules
from goodfences.moderation.models import Block
from goodfences.people.models import Account

_KNOWN_BY = 120


def block(*, account: Account, post_ref: str = "", comment_ref: str = "") -> Block:
    """Never be shown again what the author of this writes."""
    return _keep_away(account, post_ref, comment_ref, None)


def mute(*, account: Account, post_ref: str = "", comment_ref: str = "") -> Block:
    """Not be shown for a while (`rules.mute`) what the author of this writes."""
    return _keep_away(account, post_ref, comment_ref, source.now() + rules.in_force().mute)


@transaction.atomic
def unblock(*, account: Account, ref: str) -> None:
    """Be shown again what they write. Raises NotFound."""
    access.block(account, ref).delete()


def _keep_away(account: Account, post_ref: str, comment_ref: str, ends_at: datetime | None) -> Block:
    if comment_ref:
        comment = feed.comment(account, comment_ref)
        author, known_by = comment.author_id, comment.text
    else:
        post = feed.post(account, post_ref)
        author, known_by = post.author_id, post.title
    if author is None:
        raise refuse("block.agency", "", _("That is an agency’s. Every neighbor is shown those."))
    if author == account.pk:
        raise NotFound
    limits.check(account, "block")
    with transaction.atomic():
        made, _new = Block.objects.update_or_create(
            account=account,
            other_id=author,
            defaults={"known_by": known_by[:_KNOWN_BY], "at": source.now(), "ends_at": ends_at},
        )
    return made
