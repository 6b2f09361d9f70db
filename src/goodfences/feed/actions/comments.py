"""Writing a comment, changing it, deleting it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import NotFound, Refused, refuse
from goodfences.feed import access, events, guarding, texts, whom
from goodfences.feed.guarding import NONE, Answers
from goodfences.feed.models import ONCE_LENGTH, UNDO, Comment, CommentVersion, FeedEvent, Post, Standing
from goodfences.people.models import Account


def write_comment(
    *, account: Account, ref: str, text: str, language: str, answers: Answers = NONE, once: str = ""
) -> Comment:
    """Say something about a post that the account may see. The same `once` again gives the same comment."""
    once = once[:ONCE_LENGTH]
    post = access.post(account, ref)
    if once and (sent := Comment.objects.filter(author=account, once=once).first()):
        return sent
    text = texts.tidy(text)
    if problems := texts.comment_problems(text):
        raise Refused(*problems)
    standing = _standing(post, text, language, answers)
    whom.check_may_write(account, "comment", post)
    with transaction.atomic():
        held = access.held_post(account, ref)
        if once and (sent := Comment.objects.filter(author=account, once=once).first()):
            return sent
        comment = Comment.objects.create(
            post=held,
            author=account,
            voice=_voice(held, account),
            text=text,
            language=language,
            written_at=source.now(),
            standing=standing,
            once=once,
        )
        _tell(comment, FeedEvent.What.COMMENT)
    return comment


def edit_comment(*, account: Account, ref: str, text: str, answers: Answers = NONE) -> Comment:
    """Say it in other words; what it said before is kept for its author."""
    before = access.own_comment(account, ref)
    text = texts.tidy(text)
    if problems := texts.comment_problems(text):
        raise Refused(*problems)
    standing = _standing(before.post, text, before.language, answers)
    whom.check_may_write(account, "edit")
    with transaction.atomic():
        comment = access.held_own_comment(account, ref)
        if comment.standing == Standing.REMOVED:
            raise refuse("feed.removed", "", _("This was removed. You can appeal, but not change it."))
        if comment.text == text:
            return comment
        began = comment.changed_at or comment.written_at
        CommentVersion.objects.create(comment=comment, text=comment.text, written_at=began)
        was_seen = comment.is_seen
        comment.text, comment.changed_at = text, source.now()
        if standing == Standing.HELD:
            comment.standing = standing
        comment.save(update_fields=["text", "changed_at", "standing"])
        if comment.is_seen:
            _tell(comment, FeedEvent.What.COMMENT_CHANGED)
        elif was_seen:
            _tell_gone(comment)
    return comment


def delete_comment(*, account: Account, ref: str) -> Comment:
    """Out of everybody's sight at once, for good after UNDO. Twice is once."""
    with transaction.atomic():
        comment = access.held_own_comment(account, ref)
        if comment.deleted_at is not None:
            return comment
        was_seen = comment.is_seen
        comment.deleted_at = source.now()
        comment.save(update_fields=["deleted_at"])
        if was_seen:
            _tell_gone(comment)
    return comment


def undelete_comment(*, account: Account, ref: str) -> Comment:
    """Take back within UNDO that it was deleted. Raises NotFound later than that."""
    with transaction.atomic():
        comment = access.held_own_comment(account, ref)
        if comment.deleted_at is None:
            return comment
        if comment.deleted_at + UNDO <= source.now():
            raise NotFound
        comment.deleted_at = None
        comment.save(update_fields=["deleted_at"])
        _tell(comment, FeedEvent.What.COMMENT)
    return comment


def _voice(post: Post, account: Account) -> int:
    """0 for the post's author; for others the number that they have in this thread, or the next. The post is held."""
    if post.author_id == account.pk:
        return 0
    said = post.comments.filter(author=account).values_list("voice", flat=True).first()
    if said is not None:
        return said
    return 1 + (post.comments.aggregate(last=Max("voice"))["last"] or 0)


def _standing(post: Post, text: str, language: str, answers: Answers) -> str:
    said = guarding.Words(post.kind, language, (("text", text),), before=f"{post.title}.\n{post.text}")
    return guarding.standing_of(said, answers=answers)


def _tell(comment: Comment, what: str) -> None:
    if comment.is_seen and comment.post.is_seen:
        events.record(comment.post, what, comment)


def _tell_gone(comment: Comment) -> None:
    if comment.post.is_seen:
        events.record(comment.post, FeedEvent.What.COMMENT_GONE, comment)
