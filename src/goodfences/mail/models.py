"""The durable outbox."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_message_ref() -> str:
    return source.new_ref("mail")


class CommonPart(models.Model):
    """What many messages have in common, so that it is stored and rendered once and not for each reader.

    `links` maps the name that templates use to `[purpose, url, key]`: the reader's own value under
    `key` is signed for `purpose` (goodfences.mail.links) and put in place of `{token}` in `url`.
    """

    key = models.CharField(max_length=80, unique=True)
    context = models.JSONField(default=dict)
    links = models.JSONField(default=dict, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=source.now, editable=False)


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

    class Priority(models.IntegerChoices):
        URGENT = 0, "A person waits for it this minute: a sign-in code"
        NORMAL = 5, "An ask"
        LOW = 9, "Can wait behind everything else"

    ref = models.CharField(max_length=22, unique=True, default=new_message_ref, editable=False)
    once = models.CharField(max_length=120, unique=True)
    to = models.EmailField(blank=True, help_text="Forgotten once sent")
    to_digest = models.CharField(max_length=64, help_text="Keyed digest of the address, to tie a bounce to it")
    language = models.CharField(max_length=5, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    template = models.CharField(max_length=60)
    common = models.ForeignKey(CommonPart, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    context = models.JSONField(default=dict, blank=True, help_text="Forgotten once sent")
    headers = models.JSONField(default=dict, blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.NORMAL)
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=source.now)
    not_before = models.DateTimeField(null=True, blank=True, help_text="Its reader wants to be left alone until then")
    not_after = models.DateTimeField(null=True, blank=True, help_text="Of no use to its reader after this")
    claimed_by = models.CharField(max_length=60, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    provider_id = models.CharField(max_length=120, blank=True, help_text="The name that a mail provider gave it")
    last_error = models.CharField(max_length=300, blank=True, help_text="Without addresses")
    created_at = models.DateTimeField(default=source.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["priority", "due_at"], condition=models.Q(state="waiting"), name="outbox_due"),
            models.Index(fields=["claimed_by"], condition=models.Q(state="claimed"), name="outbox_claimed"),
            models.Index(fields=["common"], condition=models.Q(state="waiting"), name="outbox_common"),
            models.Index(fields=["provider_id"], condition=~models.Q(provider_id=""), name="outbox_provider"),
            models.Index(
                fields=["created_at"], condition=models.Q(state__in=["uncertain", "failed"]), name="outbox_troubles"
            ),
            models.Index(fields=["state"], condition=~models.Q(state="sent"), name="outbox_not_sent"),
            models.Index(fields=["to_digest"], condition=~models.Q(to_digest=""), name="outbox_reader"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk} ({self.state})"


class Suppression(models.Model):
    """An address that bounced for good; nothing more is sent to it until its person confirms it anew."""

    address_digest = models.CharField(max_length=64, unique=True, help_text="See goodfences.mail.addresses.digest")
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=source.now, editable=False)


class Pace(models.Model):
    """How much is left of one rate at which mail may leave (goodfences.mail.pace)."""

    name = models.CharField(max_length=20, primary_key=True)
    left = models.FloatField(help_text="Messages that may leave at once")
    at = models.DateTimeField(help_text="Until when what comes back is counted in")
