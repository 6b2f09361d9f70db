"""Posts, what is said about them, and what happens that others see live. A place is a coarse cell, never finer."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from goodfences import source

# Mode 1 (a cell) and the resolution fill the top twelve bits of an H3 index: 5 to 8, no finer (P9).
LOWEST_CELL = 0x0850_0000_0000_0000
HIGHEST_CELL = 0x088F_FFFF_FFFF_FFFF


def cell_is_coarse(name: str) -> models.CheckConstraint:
    """The database itself refuses a `cell` that is finer than resolution 8 (P9)."""
    return models.CheckConstraint(condition=models.Q(cell__range=(LOWEST_CELL, HIGHEST_CELL)), name=name)


def new_post_ref() -> str:
    return source.new_ref("post")


def new_comment_ref() -> str:
    return source.new_ref("comment")


class Kind(models.TextChoices):
    """What a post is about."""

    CRIME = "crime", _("Crime")
    HAZARD = "hazard", _("Hazard")
    LOST_FOUND = "lost_found", _("Lost and found")
    MISSING_PET = "missing_pet", _("Missing pet")
    UNKNOWN_VISITOR = "unknown_visitor", _("Unknown visitor")
    QUESTION = "question", _("Question")
    THANKS = "thanks", _("Thanks")
    HELPED = "helped", _("It helped")


_LABELS = dict(Kind.choices)


class Standing(models.TextChoices):
    """Whether others see it. held: until a moderator looked; removed: by a ruling. Its author always sees which."""

    PUBLISHED = "published"
    HELD = "held"
    REMOVED = "removed"


UNDO = timedelta(minutes=10)
"""How long its author can take back that a post or comment was deleted."""
ONCE_LENGTH = 43
"""Of what a form brings, so that sending it again is the same."""
IS_SEEN = models.Q(standing=Standing.PUBLISHED, deleted_at__isnull=True)


class Post(models.Model):
    """What one neighbor, or an agency, tells those around. `told_at` orders the feed: written, or resolved since."""

    class State(models.TextChoices):
        OPEN = "open"
        RESOLVED = "resolved"

    ref = models.CharField(max_length=22, unique=True, default=new_post_ref, editable=False)
    author = models.ForeignKey("people.Account", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    agency = models.ForeignKey("agencies.Agency", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    officer_label = models.CharField(
        max_length=90, blank=True, help_text="Who wrote it for the agency, as people read it"
    )
    kind = models.CharField(max_length=15, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    outcome = models.CharField(max_length=200, blank=True, help_text="found; was the meter reader")
    title = models.CharField(max_length=120)
    text = models.TextField(max_length=4000, blank=True)
    language = models.CharField(max_length=5)
    cell = models.BigIntegerField(help_text="H3 cell, resolution 5 to 8, with at least 500 homes; never changes")
    area_cell = models.BigIntegerField(help_text="The resolution-5 cell around it")
    happened_at = models.DateTimeField(null=True, blank=True)
    written_at = models.DateTimeField(default=source.now)
    changed_at = models.DateTimeField(null=True, blank=True, help_text="When its words were last changed")
    resolved_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(default=source.now)
    standing = models.CharField(max_length=9, choices=Standing, default=Standing.PUBLISHED)
    ruling_ref = models.CharField(max_length=22, blank=True, help_text="Of the public ruling by which it was removed")
    contested_at = models.DateTimeField(null=True, blank=True, help_text="When its agency said that this was wrong")
    contest = models.TextField(max_length=1000, blank=True, help_text="Why, in the agency's words")
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="By its author, who may take it back")
    once = models.CharField(
        max_length=ONCE_LENGTH, blank=True, help_text="Sent again with the same, it is the same post"
    )

    class Meta:
        indexes = [
            models.Index(fields=["cell", "-told_at", "-id"], condition=IS_SEEN, name="post_by_cell"),
            models.Index(fields=["area_cell", "-told_at", "-id"], condition=IS_SEEN, name="post_by_area"),
            models.Index(fields=["author", "-written_at"], name="post_by_author"),
            models.Index(fields=["agency", "-written_at"], name="post_by_agency"),
            models.Index(fields=["deleted_at"], condition=models.Q(deleted_at__isnull=False), name="post_to_end"),
            models.Index(fields=["written_at"], condition=models.Q(standing="held"), name="post_held"),
            models.Index(
                fields=["area_cell", "-told_at"], condition=models.Q(standing="removed"), name="post_removed"
            ),
            models.Index(
                fields=["contested_at"], condition=models.Q(contested_at__isnull=False), name="post_contested"
            ),
        ]
        constraints = [
            cell_is_coarse("post_cell_is_coarse"),
            models.CheckConstraint(
                condition=models.Q(author__isnull=True, agency__isnull=False)
                | models.Q(author__isnull=False, agency__isnull=True),
                name="post_has_one_author",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", outcome="", resolved_at__isnull=True)
                | (models.Q(state="resolved", resolved_at__isnull=False) & ~models.Q(outcome="")),
                name="post_resolved_says_how",
            ),
            models.UniqueConstraint(
                fields=["author", "once"], condition=~models.Q(once=""), name="one_post_however_often_it_is_sent"
            ),
        ]

    @property
    def is_seen(self) -> bool:
        return self.standing == Standing.PUBLISHED and self.deleted_at is None

    @property
    def is_resolved(self) -> bool:
        return self.state == Post.State.RESOLVED

    @property
    def kind_words(self) -> str:
        """As `get_kind_display`, which makes a dictionary of all kinds each time; a list asks twenty times."""
        return str(_LABELS.get(self.kind, self.kind))


class PostVersion(models.Model):
    """What a post said before it was changed; for its author and for moderators."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="versions")
    kind = models.CharField(max_length=15, choices=Kind)
    title = models.CharField(max_length=120)
    text = models.TextField(max_length=4000, blank=True)
    written_at = models.DateTimeField(help_text="When it began to say so")

    class Meta:
        indexes = [models.Index(fields=["post", "written_at"], name="version_by_post")]


class Word(models.Model):
    """That a post has a word, for search around a place: rows of one area lie together, the newest post first.

    Not the databases' own full text search: on SQLite that keeps deleted words in its segments (P12).
    """

    area_cell = models.BigIntegerField()
    word = models.CharField(max_length=24)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="words")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area_cell", "word", "post"], name="one_row_a_word")]


class Comment(models.Model):
    """What somebody says about a post. `voice` tells the neighbors of a thread apart; 0 is the post's author."""

    ref = models.CharField(max_length=22, unique=True, default=new_comment_ref, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey("people.Account", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    agency = models.ForeignKey("agencies.Agency", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    officer_label = models.CharField(max_length=90, blank=True)
    voice = models.PositiveIntegerField(default=0)
    text = models.TextField(max_length=2000)
    language = models.CharField(max_length=5)
    written_at = models.DateTimeField(default=source.now)
    changed_at = models.DateTimeField(null=True, blank=True)
    standing = models.CharField(max_length=9, choices=Standing, default=Standing.PUBLISHED)
    deleted_at = models.DateTimeField(null=True, blank=True)
    once = models.CharField(max_length=ONCE_LENGTH, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["post", "written_at", "id"], name="comment_by_post"),
            models.Index(fields=["author", "-written_at"], name="comment_by_author"),
            models.Index(fields=["deleted_at"], condition=models.Q(deleted_at__isnull=False), name="comment_to_end"),
            models.Index(fields=["written_at"], condition=models.Q(standing="held"), name="comment_held"),
            models.Index(
                fields=["post", "written_at"], condition=models.Q(standing="removed"), name="comment_removed"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(author__isnull=True, agency__isnull=False)
                | models.Q(author__isnull=False, agency__isnull=True),
                name="comment_has_one_author",
            ),
            models.UniqueConstraint(
                fields=["author", "once"], condition=~models.Q(once=""), name="one_comment_however_often_it_is_sent"
            ),
        ]

    @property
    def is_seen(self) -> bool:
        return self.standing == Standing.PUBLISHED and self.deleted_at is None


class CommentVersion(models.Model):
    """What a comment said before it was changed; for its author and for moderators."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="versions")
    text = models.TextField(max_length=2000)
    written_at = models.DateTimeField(help_text="When it began to say so")


def new_media_ref() -> str:
    return source.new_ref("post.media")


class PostMedia(models.Model):
    """A picture, or a copy of a part of one's own clip, that goes with a post.

    A picture lies sealed. Until its author has seen what is covered in it (`is_shown`) it is theirs alone; what they
    covered is destroyed, and so is the key of the picture as it came. A video ends with the clip that it was made of.
    """

    class Kind(models.TextChoices):
        PICTURE = "picture"
        VIDEO = "video"

    ref = models.CharField(max_length=22, unique=True, default=new_media_ref, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="media")
    kind = models.CharField(max_length=7, choices=Kind)
    is_shown = models.BooleanField(default=False)
    key = models.ForeignKey("vault.SealedKey", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    blob = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the picture, unsealed")
    size = models.BigIntegerField(default=0)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    areas = models.JSONField(default=list, blank=True, help_text="Where faces were found; then what was covered")
    copy = models.OneToOneField(
        "redaction.Copy", null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="Of a clip"
    )
    added_at = models.DateTimeField(default=source.now)

    class Meta:
        indexes = [models.Index(fields=["post", "added_at", "id"], name="media_by_post")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="picture", key__isnull=False, copy__isnull=True)
                | models.Q(kind="video", key__isnull=True, copy__isnull=False, is_shown=True),
                name="media_is_a_picture_or_a_copy",
            )
        ]


class _Mark(models.Model):
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=source.now)

    class Meta:
        abstract = True


class Thanks(_Mark):
    """One neighbor's thanks for a post. Nobody sees whose; it moves nothing in the feed."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "account"], name="one_thanks_a_neighbor")]


class Follow(_Mark):
    """That a neighbor wants to know how it goes on; the author follows their own post."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "account"], name="one_follow_a_neighbor")]


class Save(_Mark):
    """That a neighbor keeps a post to find it again; seen by nobody else."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "account"], name="one_save_a_neighbor")]
        indexes = [models.Index(fields=["account", "-at"], name="save_by_account")]


class FeedEvent(models.Model):
    """One thing that pages show live. Numbers follow the order of commits without a gap; see `feed.events`."""

    class What(models.TextChoices):
        POST = "post"
        CHANGED = "changed"
        RESOLVED = "resolved"
        REOPENED = "reopened"
        GONE = "gone"
        COMMENT = "comment"
        COMMENT_CHANGED = "comment_changed"
        COMMENT_GONE = "comment_gone"

    number = models.BigIntegerField(unique=True)
    what = models.CharField(max_length=15, choices=What)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    comment = models.ForeignKey(Comment, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    cell = models.BigIntegerField(help_text="The post's")
    at = models.DateTimeField(default=source.now)

    class Meta:
        indexes = [models.Index(fields=["at"], name="event_to_forget")]
        constraints = [cell_is_coarse("event_cell_is_coarse")]


class Counter(models.Model):
    """One row, held by whoever adds an event until they commit: so numbers and commits have one order."""

    last_number = models.BigIntegerField(default=0)
