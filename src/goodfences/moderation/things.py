"""The post or comment that a review is about, as moderators read it: without its place and its author."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from goodfences.errors import NotFound
from goodfences.feed import standing
from goodfences.feed.models import Comment, Post
from goodfences.moderation import rules
from goodfences.moderation.models import Review


@dataclass(frozen=True)
class Thing:
    """What is looked at. `under` is the heading of the post that a comment is about."""

    ref: str
    title: str
    text: str
    outcome: str
    language: str
    about: str
    standing: str
    written_at: datetime
    changed_at: datetime | None
    agency: str
    is_news: bool
    deleted: bool
    under: str = ""
    under_text: str = ""
    voice: int = 0
    contest: str = ""
    """Why its agency says that the ruling on it is wrong."""

    @property
    def said_at(self) -> datetime:
        """Since when it says what it says now."""
        return self.changed_at or self.written_at

    @property
    def words(self) -> str:
        return f"{self.title} {self.text} {self.outcome}"


def of(review: Review) -> Thing | None:
    """None where it is gone for good."""
    try:
        if review.post_id is not None:
            return _post(standing.post_without_place(review.post_id))
        if review.comment_id is not None:
            return _comment(standing.comment_without_place(review.comment_id))
    except NotFound:
        pass
    return None


def change(review: Review, to: str, *, on_top: bool = False, ruling_ref: str = "") -> None:
    """Publish, hold or remove it, in the caller's transaction. What is gone stays gone."""
    if review.post_id is not None:
        standing.change_post(review.post_id, to, on_top=on_top, ruling_ref=ruling_ref)
    elif review.comment_id is not None:
        standing.change_comment(review.comment_id, to)


def is_news(post: Post) -> bool:
    """Whether its removal takes something from the public that two should agree on."""
    return post.agency_id is not None or post.kind in rules.in_force().news


def _post(post: Post) -> Thing:
    return Thing(
        ref=post.ref,
        title=post.title,
        text=post.text,
        outcome=post.outcome,
        language=post.language,
        about=post.kind,
        standing=post.standing,
        written_at=post.written_at,
        changed_at=post.changed_at,
        agency=post.agency.name if post.agency else "",
        is_news=is_news(post),
        contest=post.contest,
        deleted=post.deleted_at is not None,
    )


def _comment(comment: Comment) -> Thing:
    return Thing(
        ref=comment.ref,
        title="",
        text=comment.text,
        outcome="",
        language=comment.language,
        about=comment.post.kind,
        standing=comment.standing,
        written_at=comment.written_at,
        changed_at=comment.changed_at,
        agency=comment.agency.name if comment.agency else "",
        is_news=comment.agency_id is not None,
        deleted=comment.deleted_at is not None,
        under=comment.post.title,
        under_text=comment.post.text,
        voice=comment.voice,
    )
