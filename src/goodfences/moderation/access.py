"""The only way to a review, a ruling, an appeal or a block."""

from __future__ import annotations

from goodfences import source
from goodfences.errors import NotFound
from goodfences.moderation import rules
from goodfences.moderation.models import TURNED_DOWN, Appeal, Block, Review, Ruling
from goodfences.people import access as people
from goodfences.people.models import Account


def require_moderator(account: Account) -> None:
    """Raises NotFound for everybody else."""
    if account.kind != Account.Kind.MODERATOR:
        raise NotFound
    if not account.is_active:
        raise NotFound


def review(moderator: Account, ref: str) -> Review:
    """A review, whatever became of it."""
    require_moderator(moderator)
    found = Review.objects.filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found


def held_review(moderator: Account, ref: str) -> Review:
    """`review`, held until the open transaction ends."""
    require_moderator(moderator)
    found = Review.objects.select_for_update(no_key=True).filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found


def appeal_to_decide(moderator: Account, ref: str) -> Appeal:
    """An appeal that waits."""
    require_moderator(moderator)
    found = Appeal.objects.select_related("ruling__review", "ruling__public").filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found


def ruling_for(account: Account, ref: str) -> tuple[Ruling, str]:
    """A ruling in force (or overturned since) on something that the account wrote or reported, and its side."""
    people.home(account)
    found = Ruling.objects.select_related("review", "public").filter(ref=ref, public__isnull=False).first()
    if found is None:
        raise NotFound
    if found.review.author_id == account.pk:
        return found, Appeal.Side.AUTHOR
    if not found.review.reports.filter(reporter=account).exists():
        raise NotFound
    return found, Appeal.Side.REPORTER


def may_appeal(account: Account, ruling: Ruling, side: str) -> bool:
    """Whether it isn't too late, and there is something to appeal against. Once is enough."""
    if ruling.state != Ruling.State.IN_FORCE or ruling.in_force_at is None:
        return False
    if source.now() >= ruling.in_force_at + rules.in_force().appeal:
        return False
    if (ruling.outcome == "kept") if side == Appeal.Side.AUTHOR else (ruling.outcome not in TURNED_DOWN):
        return False
    return not ruling.appeals.filter(account=account).exists()


def block(account: Account, ref: str) -> Block:
    """One of the account's own."""
    people.home(account)
    found = Block.objects.filter(account=account, ref=ref).first()
    if found is None:
        raise NotFound
    return found
