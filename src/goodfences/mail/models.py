"""The durable outbox."""

from __future__ import annotations

from django.db import models

from goodfences import source


class OutboxMessage(models.Model):
    """One email to one person, written in the transaction of the act that caused it.

    `once` is the idempotency key: a second message with the same key is never made, so no owner gets
    the same email twice (P8). Personal parts are forgotten once the message was sent.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        CLAIMED = "claimed"
        SENT = "sent"
        UNCERTAIN = "uncertain"
        FAILED = "failed"

    once = models.CharField(max_length=120, unique=True)
    to = models.EmailField(blank=True)
    language = models.CharField(max_length=5, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    template = models.CharField(max_length=60)
    context = models.JSONField(default=dict)
    headers = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=source.now)
    claimed_by = models.CharField(max_length=60, blank=True)
    message_id = models.CharField(max_length=120, blank=True, db_index=True)
    last_error = models.CharField(max_length=300, blank=True, help_text="Without addresses")
    created_at = models.DateTimeField(default=source.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="waiting"), name="outbox_due"),
            models.Index(fields=["claimed_by"], condition=models.Q(state="claimed"), name="outbox_claimed"),
        ]


class Suppression(models.Model):
    """An address that bounced for good; nothing more is sent to it until its person confirms it anew."""

    address_digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the lower-case address")
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=source.now, editable=False)
