"""Public appeals, and the videos that anybody handed in for one. Nothing here says who handed something in."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from goodfences import source
from goodfences.agencies.models.hold import Hold


def new_appeal_ref() -> str:
    return source.new_ref("appeal")


def new_details_salt() -> str:
    return source.random_bytes("appeal.salt", 32).hex()


def new_hand_in_ref() -> str:
    return source.new_ref("hand_in")


class Appeal(models.Model):
    """An agency's public call for video. Everything of it is public but the case number, which a commitment covers.

    `place_cells` are H3 cells at resolution 8, and there is nothing finer (P9).
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted"
        OPEN = "open"
        CLOSED = "closed"
        REJECTED = "rejected"

    ref = models.CharField(max_length=22, unique=True, default=new_appeal_ref, editable=False)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    writer = models.ForeignKey("agencies.Officer", on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey("agencies.Officer", null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.SUBMITTED)

    case_number = models.CharField(max_length=40)
    case_key = models.CharField(max_length=40, help_text="The case number without its punctuation")
    incident_type = models.CharField(max_length=40, help_text="A key of the policy's list")
    title = models.CharField(max_length=90)
    words = models.TextField(max_length=2000, help_text="What happened, and what a video could show")
    why_public = models.CharField(max_length=500, help_text="Why owners aren't asked one by one")
    place_name = models.CharField(max_length=80)
    place_cells = models.JSONField(default=list)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64, help_text="Of the agency, for printing the window")

    policy_hash = models.CharField(max_length=64, help_text="SHA-256 of the policy that it was checked by")
    details_salt = models.CharField(max_length=64, default=new_details_salt, editable=False)
    submitted_at = models.DateTimeField(default=source.now, editable=False)
    opened_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    rejection_reason = models.CharField(max_length=500, blank=True)
    ledger_index = models.BigIntegerField(null=True, unique=True)
    end_ledger_index = models.BigIntegerField(null=True, unique=True)
    feed_post = models.CharField(max_length=22, blank=True, help_text="Of its post in the feed, where there is one")

    class Meta:
        indexes = [
            models.Index(fields=["agency", "-submitted_at"], name="appeal_by_agency"),
            models.Index(fields=["state", "expires_at"], name="appeal_due"),
        ]

    def takes_video(self, now: datetime) -> bool:
        """Whether anybody can hand something in: open, and not past its end even if no worker has closed it yet."""
        return self.state == self.State.OPEN and self.expires_at is not None and now < self.expires_at


class HandIn(models.Model):
    """One video on its way to an agency, or there.

    receiving: bytes come. received: all are here, and it waits for its check. kept: checked, sealed to the agency.
    refused: it failed the check, and nothing of it is left but the reason. withdrawn: taken back by its link.
    The link itself is a token of which the digest is kept. `key` seals the uploaded parts, and is destroyed with
    them; what is kept is sealed to the agency's key.
    """

    class State(models.TextChoices):
        RECEIVING = "receiving"
        RECEIVED = "received"
        KEPT = "kept"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    ref = models.CharField(max_length=22, unique=True, default=new_hand_in_ref, editable=False)
    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="hand_ins")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the link's token")
    state = models.CharField(max_length=9, choices=State, default=State.RECEIVING)
    consent = models.CharField(max_length=20, help_text="Which version of the consent words was agreed to")
    sound = models.BooleanField(default=False, help_text="Whether sound is given too")
    told = models.JSONField(
        default=dict, help_text="name, email, phone, note: what whoever handed it in chose to add"
    )

    key = models.ForeignKey("vault.SealedKey", null=True, on_delete=models.PROTECT, related_name="+")
    size = models.BigIntegerField(help_text="Bytes, as announced")
    received = models.BigIntegerField(default=0)
    parts = models.JSONField(default=list, help_text="[{blob, size}] in order; empty once it was checked")
    check_after = models.DateTimeField(null=True, help_text="Claimed, or put off, until then")
    check_failures = models.PositiveSmallIntegerField(default=0)
    refusal = models.CharField(max_length=300, blank=True)

    blob = models.CharField(max_length=120, blank=True)
    facts = models.JSONField(
        default=dict, help_text="codec, width, height, frames, duration_ms, sha512, crc32, scanned"
    )
    original = models.JSONField(default=dict, help_text="size, sha256, sha512 of the file as it was handed in")
    kept_size = models.BigIntegerField(default=0)
    kept_sha256 = models.CharField(max_length=64, blank=True)
    receipt = models.JSONField(
        default=dict, help_text="Signed; empty until it is kept, and once it was taken back or destroyed"
    )

    created_at = models.DateTimeField(default=source.now, editable=False)
    expires_at = models.DateTimeField(help_text="An upload that stands still until then is dropped")
    kept_at = models.DateTimeField(null=True)
    downloaded_at = models.DateTimeField(null=True, help_text="First download; it can't be taken back after it")
    ended_at = models.DateTimeField(null=True, help_text="When it was refused or withdrawn")
    keep_until = models.DateTimeField(null=True, help_text="When its agency's retention ends")
    destroyed_at = models.DateTimeField(
        null=True, help_text="When the sealed copy was destroyed; the row stays, without what was told, as proof"
    )
    deletion_receipt = models.JSONField(default=dict, help_text="Signed, once it was destroyed")

    class Meta:
        indexes = [
            models.Index(
                fields=["keep_until"],
                condition=models.Q(state="kept", destroyed_at__isnull=True),
                name="hand_in_to_destroy",
            ),
            models.Index(fields=["appeal", "kept_at", "ref"], name="hand_in_by_appeal"),
            models.Index(fields=["created_at"], condition=models.Q(state="received"), name="hand_in_to_check"),
        ]


class HandInHold(Hold):
    """Retention waits for this video. Whoever handed it in sees it by their link; nobody can write to them."""

    video = models.ForeignKey(HandIn, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["video", "ends_at"], name="hand_in_hold_of_video")]


class HandInEvent(models.Model):
    """One thing that happened to a kept video, in order and chained by hash. Its link shows each at once (P10)."""

    class Kind(models.TextChoices):
        HANDED_IN = "handed_in"
        VIEWED = "viewed"
        DOWNLOADED = "downloaded"
        HELD = "held"
        HOLD_LIFTED = "hold_lifted"
        DESTROYED = "destroyed"

    video = models.ForeignKey(HandIn, on_delete=models.PROTECT, related_name="custody")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=17, choices=Kind)
    at = models.DateTimeField()
    officer = models.ForeignKey("agencies.Officer", null=True, on_delete=models.PROTECT, related_name="+")
    shown = models.JSONField(null=True, help_text="{name, agency} of the officer as they were then")
    details = models.JSONField(default=dict, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["video", "sequence"], name="hand_in_custody_in_order")]
