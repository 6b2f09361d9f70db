"""Reports, what moderators rule, and what follows. What is public of a ruling leads to no account and no post."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from goodfences import source


def new_review_ref() -> str:
    return source.new_ref("review")


def new_report_ref() -> str:
    return source.new_ref("report")


def new_ruling_ref() -> str:
    return source.new_ref("ruling")


def new_public_ref() -> str:
    return source.new_ref("public_ruling")


def new_appeal_ref() -> str:
    return source.new_ref("appeal")


def new_block_ref() -> str:
    return source.new_ref("block")


class Thing(models.TextChoices):
    POST = "post", _("a post")
    COMMENT = "comment", _("a comment")


class Outcome(models.TextChoices):
    """What a ruling does with a post or comment."""

    KEPT = "kept", _("It stays")
    NOTED = "noted", _("It stays, with a note")
    EDIT = "edit", _("Its author is asked to change it")
    WARNED = "warned", _("It stays, and its author is warned")
    REMOVED = "removed", _("It is removed")


TURNED_DOWN = (Outcome.KEPT, Outcome.NOTED)
"""Outcomes by which a report wasn't followed."""
_FREE = models.Q(state__in=("open", "second"))


class Review(models.Model):
    """A post or comment that waits for a moderator, or did: reported, held by a guardrail, or appealed about."""

    class State(models.TextChoices):
        OPEN = "open"
        SECOND = "second"  # one moderator wants it removed; a second one decides
        DECIDED = "decided"

    class Why(models.TextChoices):
        REPORTED = "reported"
        HELD = "held"
        APPEALED = "appealed"

    ref = models.CharField(max_length=22, unique=True, default=new_review_ref, editable=False)
    thing = models.CharField(max_length=7, choices=Thing)
    about = models.CharField(max_length=15, help_text="What the post is about, as it was then")
    post = models.ForeignKey("feed.Post", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    comment = models.ForeignKey("feed.Comment", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    author = models.ForeignKey("people.Account", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    why = models.CharField(max_length=8, choices=Why)
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    urgency = models.PositiveSmallIntegerField()
    voices = models.PositiveIntegerField(default=0, help_text="Reporters who are independent of each other")
    opened_at = models.DateTimeField(default=source.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(
        "people.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    after = models.ForeignKey(
        "moderation.Ruling",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The ruling that was overturned, whose moderators don't rule again",
    )

    class Meta:
        indexes = [
            models.Index(fields=["urgency", "-voices", "opened_at"], condition=_FREE, name="review_queue"),
            models.Index(fields=["author", "-opened_at"], name="review_by_author"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["post"], condition=_FREE, name="one_open_review_a_post"),
            models.UniqueConstraint(fields=["comment"], condition=_FREE, name="one_open_review_a_comment"),
        ]


class Report(models.Model):
    """That a resident says which rule a post or comment breaks. One a person and thing."""

    ref = models.CharField(max_length=22, unique=True, default=new_report_ref, editable=False)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    rule = models.CharField(max_length=20)
    note = models.CharField(max_length=500, blank=True, help_text="For moderators alone")
    voice = models.CharField(max_length=20, help_text="Reports with the same count as one")
    at = models.DateTimeField(default=source.now)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["reporter", "-at"], name="report_by_reporter")]
        constraints = [models.UniqueConstraint(fields=["review", "reporter"], name="one_report_a_person_and_review")]


class PublicRuling(models.Model):
    """What anyone can read of a ruling. Leads to nobody, so that it stays when its author leaves."""

    ref = models.CharField(max_length=22, unique=True, default=new_public_ref, editable=False)
    thing = models.CharField(max_length=7, choices=Thing)
    about = models.CharField(max_length=15)
    why = models.CharField(max_length=8, choices=Review.Why)
    outcome = models.CharField(max_length=7, choices=Outcome)
    rule = models.CharField(max_length=20)
    reasons = models.TextField(max_length=1000)
    language = models.CharField(max_length=5, default="en")
    by_two = models.BooleanField(default=False)
    at = models.DateTimeField(default=source.now)
    waited_seconds = models.PositiveIntegerField(help_text="From the first report, or since it was held")
    appealed = models.BooleanField(default=False)
    upheld_at = models.DateTimeField(null=True, blank=True)
    overturned_at = models.DateTimeField(null=True, blank=True)
    overturned_reasons = models.TextField(max_length=1000, blank=True, help_text="What an appeal was answered")

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="public_ruling_newest")]


class Ruling(models.Model):
    """What one moderator decided. proposed: until a second one agrees. dropped: the second one didn't."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        DROPPED = "dropped"
        IN_FORCE = "in_force"
        OVERTURNED = "overturned"

    ref = models.CharField(max_length=22, unique=True, default=new_ruling_ref, editable=False)
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="rulings")
    state = models.CharField(max_length=10, choices=State)
    by = models.ForeignKey("people.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    second = models.ForeignKey("people.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=7, choices=Outcome)
    rule = models.CharField(max_length=20)
    reasons = models.TextField(max_length=1000)
    at = models.DateTimeField(default=source.now)
    in_force_at = models.DateTimeField(null=True, blank=True)
    public = models.ForeignKey(PublicRuling, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(second__isnull=True) | ~models.Q(second=models.F("by")),
                name="a_second_moderator_is_another",
            ),
            models.UniqueConstraint(
                fields=["review"],
                condition=models.Q(state__in=("proposed", "in_force")),
                name="one_ruling_a_review",
            ),
        ]


class Appeal(models.Model):
    """That somebody whom a ruling concerns wants another moderator to look. Once a person and ruling."""

    class Side(models.TextChoices):
        AUTHOR = "author"
        REPORTER = "reporter"

    class Outcome(models.TextChoices):
        UPHELD = "upheld"
        OVERTURNED = "overturned"

    ref = models.CharField(max_length=22, unique=True, default=new_appeal_ref, editable=False)
    ruling = models.ForeignKey(Ruling, on_delete=models.CASCADE, related_name="appeals")
    account = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    side = models.CharField(max_length=8, choices=Side)
    text = models.TextField(max_length=1000)
    at = models.DateTimeField(default=source.now)
    decided_by = models.ForeignKey(
        "people.Account", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    reasons = models.TextField(max_length=1000, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["at"], condition=models.Q(decided_at__isnull=True), name="appeal_queue"),
        ]
        constraints = [models.UniqueConstraint(fields=["ruling", "account"], name="one_appeal_a_person_and_ruling")]


def lasting() -> models.Q:
    """Of measures and blocks those without an end, and those whose end is to come."""
    return models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=source.now())


class Measure(models.Model):
    """A rung of the ladder on which a ruling put somebody. Without an end it is for good."""

    account = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    ruling = models.ForeignKey(Ruling, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    rule = models.CharField(max_length=20)
    reasons = models.TextField(max_length=1000)
    rung = models.PositiveSmallIntegerField(help_text="0 is the lowest")
    begins_at = models.DateTimeField(default=source.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-begins_at"], name="measure_by_account")]


class Block(models.Model):
    """That somebody isn't shown what another writes. The other can't notice. Without an end it is for good."""

    ref = models.CharField(max_length=22, unique=True, default=new_block_ref, editable=False)
    account = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    known_by = models.CharField(max_length=120, help_text="By what its owner knows whom it is about")
    at = models.DateTimeField(default=source.now)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "other"], name="one_block_a_pair"),
            models.CheckConstraint(condition=~models.Q(account=models.F("other")), name="nobody_blocks_themselves"),
        ]


class Tally(models.Model):
    """How many reports named a rule in a month: stays when reporters and posts go."""

    month = models.DateField(help_text="Its first day")
    rule = models.CharField(max_length=20)
    reports = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["month", "rule"], name="one_tally_a_month_and_rule")]
