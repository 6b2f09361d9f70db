"""What the demo town's moderators have to do with: by the acts that pages call, then dated back."""

from __future__ import annotations

from datetime import timedelta

from goodfences import source
from goodfences.feed import actions as feed
from goodfences.feed.models import Post
from goodfences.moderation import actions as moderation
from goodfences.people.models import Account

_LIVED_HERE = timedelta(days=90)
REPORTED = ("Cheap roofs, this week alone", "I do roofs and gutters. Ask me for a price.")
REMOVED = ("Best gutters in town", "Order from my brother, half price until Friday.")
REASONS = "It advertises a business; there is a place for that elsewhere in town."


def tell(homes: list[Account], moderator: Account) -> None:
    """A post that two neighbors reported and nobody has ruled on, and one that was removed, with an appeal."""
    long_ago = source.now() - _LIVED_HERE
    Account.objects.filter(pk__in=[home.pk for home in homes], created_at__gt=long_ago).update(created_at=long_ago)
    for home in homes:
        home.refresh_from_db()
    removed = _write(homes[4], REMOVED, hours=30)
    made = moderation.report(account=homes[3], post_ref=removed, rule="spam")
    moderation.claim(moderator=moderator, ref=made.review.ref)
    given = {"outcome": "removed", "rule": "spam", "reasons": REASONS}
    ruling = moderation.rule(moderator=moderator, ref=made.review.ref, **given)
    moderation.appeal(account=homes[4], ref=ruling.ref, text="A neighbor had asked for a roofer.")
    reported = _write(homes[5], REPORTED, hours=14)
    for account in (homes[1], homes[6]):
        moderation.report(account=account, post_ref=reported, rule="spam", note="Every week the same.")


def _write(account: Account, said: tuple[str, str], *, hours: float) -> str:
    title, text = said
    post = feed.write_post(account=account, kind="question", title=title, text=text, language="en")
    at = source.now() - timedelta(hours=hours)
    Post.objects.filter(pk=post.pk).update(written_at=at, told_at=at)
    return post.ref
