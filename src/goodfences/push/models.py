"""Browsers that a person wants to be notified in, of what, and what is to be sent to each."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_subscription_ref() -> str:
    return source.new_ref("push.subscription")


def new_note_ref() -> str:
    return source.new_ref("push.note")


class About(models.TextChoices):
    """What a person may be notified of: kinds of clips camera by camera; posts and warnings as `alerts` has it."""

    REQUEST = "request"
    SILENCE = "silence"
    MOTION = "motion"
    PERSON = "person"
    DOORBELL = "doorbell"
    POST = "post"
    WARNING = "warning"
    OVER = "over"  # that a warning is; for whoever was told of it
    NEIGHBOR = "neighbor"  # asks; who wishes to hear of requests hears of these too


class Subscription(models.Model):
    """One browser of one person, as the Push API describes it. Only that browser can read what is sent to it."""

    ref = models.CharField(max_length=22, unique=True, default=new_subscription_ref, editable=False)
    account = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    browser = models.ForeignKey(
        "people.Browser",
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Where the person is signed in: signed out from elsewhere, it is told nothing more",
    )
    endpoint = models.URLField(max_length=500, unique=True, help_text="Where its push service takes messages for it")
    p256dh = models.CharField(max_length=88, help_text="The browser's public key (RFC 8291), Base64url")
    auth = models.CharField(max_length=24, help_text="The secret that the browser shares with us, Base64url")
    name = models.CharField(max_length=60, help_text="As its owner tells it from others")
    created_at = models.DateTimeField(default=source.now, editable=False)
    told_at = models.DateTimeField(null=True, blank=True, help_text="When a message was last taken for it")
    failures = models.PositiveSmallIntegerField(default=0, help_text="Messages refused since")


class Wish(models.Model):
    """One thing that a person wants to be notified of; nothing is wished for at first."""

    account = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    about = models.CharField(max_length=8, choices=About)
    camera = models.ForeignKey("cameras.Camera", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=source.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "about", "camera"], condition=~models.Q(camera=None), name="one_wish_a_camera"
            ),
            models.UniqueConstraint(
                fields=["account", "about"], condition=models.Q(camera__isnull=True), name="one_wish_a_matter"
            ),
            models.CheckConstraint(
                condition=models.Q(about__in=["request", "silence"], camera__isnull=True)
                | models.Q(about__in=["motion", "person", "doorbell"], camera__isnull=False),
                name="clips_are_wished_by_camera",
            ),
        ]
        indexes = [models.Index(fields=["camera", "about"], name="wish_by_camera")]


class Note(models.Model):
    """One message to one browser about one event, written in the transaction of the act that made the event.

    `once` keeps a second one of the same event from being made. What it says is put into words when it is sent.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"

    ref = models.CharField(max_length=22, unique=True, default=new_note_ref, editable=False)
    once = models.CharField(max_length=80, unique=True)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="notes")
    about = models.CharField(max_length=8, choices=About)
    subject = models.CharField(
        max_length=22, help_text="The reference of the clip or ask; of a household for a silence"
    )
    happened_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    not_after = models.DateTimeField(help_text="Of no use to its reader after this")
    error = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(default=source.now, editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="note_due"),
            models.Index(fields=["created_at"], name="note_by_age"),
        ]
