"""Writing a post, changing it, saying how it ended, deleting it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.feed import access, cells, events, guarding, media, texts, whom, words
from goodfences.feed.guarding import NONE, Answers
from goodfences.feed.models import (
    ONCE_LENGTH,
    UNDO,
    Comment,
    FeedEvent,
    Follow,
    Kind,
    Post,
    PostMedia,
    PostVersion,
    Standing,
)
from goodfences.people import access as people
from goodfences.people.models import Account
from goodfences.visible import one_line

FARTHEST_KM = 25.0


def write_post(
    *,
    account: Account,
    kind: str,
    title: str,
    text: str,
    language: str,
    happened_at: datetime | None = None,
    place: int | None = None,
    answers: Answers = NONE,
    once: str = "",
) -> Post:
    """Post something around the account's home, or around `place` (a cell of resolution 11) near it.

    The post keeps the coarse cell of that place and nothing finer. The same `once` again gives the same post.
    Raises NotFound for who has no home, Refused.
    """
    home, once = people.home(account), once[:ONCE_LENGTH]
    if once and (sent := Post.objects.filter(author=account, once=once).first()):
        return sent
    title, text = one_line(title), texts.tidy(text)
    problems = texts.post_problems(kind, title, text, happened_at)
    cell, own = cells.coarse(place or home.cell), cells.coarse(home.cell)
    if cells.kilometers(cell, own) > FARTHEST_KM:
        message = _("That is far from your home. Choose a place at most %(km)d km away.") % {"km": FARTHEST_KM}
        problems.append(Problem("feed.place", "place", message, limit=f"{FARTHEST_KM:.0f} km"))
    if problems:
        raise Refused(*problems)
    standing = _standing(kind, language, title, text, answers)
    whom.check_may_write(account, "post")
    with transaction.atomic():
        people.hold(account)
        # Once more: the same may have been sent twice at once.
        if once and (sent := Post.objects.filter(author=account, once=once).first()):
            return sent
        now = source.now()
        post = Post.objects.create(
            author=account,
            kind=kind,
            title=title,
            text=text,
            language=language,
            cell=cell,
            area_cell=cells.area_of(cell),
            happened_at=happened_at,
            written_at=now,
            told_at=now,
            standing=standing,
            once=once,
        )
        words.index(post)
        Follow.objects.create(post=post, account=account)
        _tell(post, FeedEvent.What.POST)
    return post


def edit_post(*, account: Account, ref: str, kind: str, title: str, text: str, answers: Answers = NONE) -> Post:
    """Say it in other words. What it said before is kept for its author. Its place never changes."""
    before = access.own_post(account, ref)
    title, text = one_line(title), texts.tidy(text)
    if problems := texts.post_problems(kind, title, text, None):
        raise Refused(*problems)
    standing = _standing(kind, before.language, title, text, answers, was=before.kind)
    whom.check_may_write(account, "edit")
    with transaction.atomic():
        post = access.held_own_post(account, ref)
        _refuse_if_removed(post)
        if (post.kind, post.title, post.text) == (kind, title, text):
            return post
        PostVersion.objects.create(
            post=post,
            kind=post.kind,
            title=post.title,
            text=post.text,
            written_at=post.changed_at or post.written_at,
        )
        was_seen = post.is_seen
        post.kind, post.title, post.text, post.changed_at = kind, title, text, source.now()
        if standing == Standing.HELD:
            post.standing = standing
        post.save(update_fields=["kind", "title", "text", "changed_at", "standing"])
        words.index(post)
        _tell_change(post, was_seen, FeedEvent.What.CHANGED)
    return post


def resolve_post(*, account: Account, ref: str, outcome: str, answers: Answers = NONE) -> Post:
    """Say how it ended. It is shown as loudly as the post was: on top of the feed again, once for each outcome."""
    before = access.own_post(account, ref)
    outcome = one_line(outcome)
    if problems := texts.outcome_problems(outcome):
        raise Refused(*problems)
    said = guarding.Words(before.kind, before.language, (("outcome", outcome),))
    standing = guarding.standing_of(said, answers=answers)
    whom.check_may_write(account, "edit")
    with transaction.atomic():
        post = access.held_own_post(account, ref)
        _refuse_if_removed(post)
        if post.outcome == outcome:
            return post
        was_seen, was_open = post.is_seen, not post.is_resolved
        now = source.now()
        post.state, post.outcome, post.resolved_at = Post.State.RESOLVED, outcome, now
        if was_open:
            post.told_at = now
        if standing == Standing.HELD:
            post.standing = standing
        post.save(update_fields=["state", "outcome", "resolved_at", "told_at", "standing"])
        words.index(post)
        _tell_change(post, was_seen, FeedEvent.What.RESOLVED)
    return post


def reopen_post(*, account: Account, ref: str) -> Post:
    """It isn't over, after all. Twice is once."""
    with transaction.atomic():
        post = access.held_own_post(account, ref)
        _refuse_if_removed(post)
        if not post.is_resolved:
            return post
        post.state, post.outcome, post.resolved_at = Post.State.OPEN, "", None
        post.save(update_fields=["state", "outcome", "resolved_at"])
        words.index(post)
        _tell(post, FeedEvent.What.REOPENED)
    return post


def delete_post(*, account: Account, ref: str) -> Post:
    """Out of everybody's sight at once, for good after UNDO. Twice is once."""
    with transaction.atomic():
        post = access.held_own_post(account, ref)
        if post.deleted_at is not None:
            return post
        was_seen = post.is_seen
        post.deleted_at = source.now()
        post.save(update_fields=["deleted_at"])
        if was_seen:
            events.record(post, FeedEvent.What.GONE)
    return post


def undelete_post(*, account: Account, ref: str) -> Post:
    """Take back within UNDO that it was deleted. Raises NotFound later than that."""
    with transaction.atomic():
        post = access.held_own_post(account, ref)
        if post.deleted_at is None:
            return post
        if post.deleted_at + UNDO <= source.now():
            raise NotFound
        post.deleted_at = None
        post.save(update_fields=["deleted_at"])
        _tell(post, FeedEvent.What.POST)
    return post


@transaction.atomic
def end_due(limit: int) -> int:
    """End for good at most `limit` posts and comments whose time to be taken back is over; returns how many."""
    until = source.now() - UNDO
    done = 0
    for model in (Comment, Post):
        due = model._default_manager.filter(deleted_at__lte=until).order_by("deleted_at")
        gone = list(due.values_list("pk", flat=True)[:limit])
        if model is Post:
            media.end(list(PostMedia.objects.select_related("copy").filter(post__in=gone)))
        model._default_manager.filter(pk__in=gone).delete()
        done += len(gone)
    return done


def _standing(kind: str, language: str, title: str, text: str, answers: Answers, was: str = "") -> str:
    """Who tells of an unknown visitor says what they did; also of a post that `was` about something else."""
    others: list[Problem] = []
    if kind == Kind.UNKNOWN_VISITOR and was != kind and not answers.act:
        message = _("Choose what the visitor did. Ringing a bell or walking by is nothing to post.")
        others.append(Problem("feed.act", "act", message))
    said = guarding.Words(kind, language, (("title", title), ("text", text)))
    return guarding.standing_of(said, answers=answers, others=others)


def _refuse_if_removed(post: Post) -> None:
    if post.standing == Standing.REMOVED:
        raise refuse("feed.removed", "", _("This was removed. You can appeal, but not change it."))


def _tell(post: Post, what: str) -> None:
    if post.is_seen:
        events.record(post, what)


def _tell_change(post: Post, was_seen: bool, what: str) -> None:
    """A post that its own change put before a reviewer goes from the pages of the others."""
    if post.is_seen:
        events.record(post, what)
    elif was_seen:
        events.record(post, FeedEvent.What.GONE)
