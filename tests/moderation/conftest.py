"""Max and Mara moderate; Olive has written something, Nadia and the stranger read it."""

from __future__ import annotations

from typing import Any

import pytest

from goodfences.feed import actions as feeding
from goodfences.feed.models import Post
from goodfences.moderation import actions
from goodfences.moderation.models import Review, Ruling
from goodfences.people.models import Account
from tests.persons import make_account

REASONS = "It says who somebody seems to be and tells of nothing that they did."


@pytest.fixture
def mara(db: None) -> Account:
    """A second moderator."""
    return make_account("Mara", Account.Kind.MODERATOR)


@pytest.fixture
def mo(db: None) -> Account:
    """A third one."""
    return make_account("Mo", Account.Kind.MODERATOR)


def write(account: Account, title: str = "A ladder at the corner", **fields: Any) -> Post:
    given = {"kind": "question", "text": "It simply stood there for a while", "language": "en", **fields}
    return feeding.write_post(account=account, title=title, **given)


def reported(post: Post, *reporters: Account, rule: str = "profile") -> Review:
    for each in reporters:
        actions.report(account=each, post_ref=post.ref, rule=rule)
    return Review.objects.get(post=post, state="open")


def ruled(moderator: Account, review: Review, outcome: str, rule: str = "profile", reasons: str = REASONS) -> Ruling:
    actions.claim(moderator=moderator, ref=review.ref)
    return actions.rule(moderator=moderator, ref=review.ref, outcome=outcome, rule=rule, reasons=reasons)
