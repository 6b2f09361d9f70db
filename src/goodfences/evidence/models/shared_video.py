"""What an agency holds: the cut that an owner shared, sealed to the agency's key, and who touched it.

An officer's pages are a function of these rows alone (P2).
"""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_shared_video_ref() -> str:
    return source.new_ref("shared_video")


class AgencyKey(models.Model):
    """The age key that a share is sealed to."""

    agency = models.OneToOneField("agencies.Agency", on_delete=models.PROTECT, related_name="+", primary_key=True)
    recipient = models.CharField(max_length=80, help_text="age1... (X25519)")
    key = models.ForeignKey("vault.SealedKey", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=source.now, editable=False)


class OwnKey(models.Model):
    """An age recipient whose key the agency alone holds: what was shared while it was in force is sealed to it."""

    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    recipient = models.CharField(max_length=2000, help_text="age1...; X25519 or a plugin's")
    set_by = models.ForeignKey("agencies.Officer", on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=source.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency"], condition=models.Q(ended_at__isnull=True), name="one_own_key_in_force"
            )
        ]


class SharedVideo(models.Model):
    """One cut given to one request. Where in the request's area it was taken stands nowhere (P9).

    `share_ref` and `blob` are for the owner's side and the vault alone and never shown to an officer. An empty
    `blob` says that the file of a video that was taken back is gone.
    """

    ref = models.CharField(max_length=22, unique=True, default=new_shared_video_ref, editable=False)
    video_request = models.ForeignKey("video_requests.VideoRequest", on_delete=models.PROTECT, related_name="+")
    share_ref = models.CharField(max_length=22, db_index=True)
    blob = models.CharField(max_length=120, blank=True)
    own_key = models.ForeignKey(
        OwnKey,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The agency's own key that it is sealed to; empty for the one that this instance holds",
    )
    sha256 = models.CharField(max_length=64, help_text="Of the cut, unsealed")
    size = models.BigIntegerField(help_text="Bytes, unsealed")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    looks_at = models.CharField(max_length=8)
    facts = models.JSONField(
        help_text="codec, width, height, frames, reencoded, audio, sha512, crc32; sealed: its file's hashes"
    )
    receipt = models.JSONField(help_text="The signed consent receipt; empty once it was taken back")
    credentials = models.BinaryField(
        default=b"", blank=True, help_text="Its content credentials (C2PA); empty once it was taken back"
    )
    told = models.JSONField(default=dict, blank=True)
    shared_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    downloaded_at = models.DateTimeField(null=True, blank=True, help_text="First download; no undo after it")
    keep_until = models.DateTimeField(null=True, blank=True, help_text="When its agency's retention ends")
    destroyed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the sealed copy kept here was destroyed; the row stays, as proof"
    )
    deletion_receipt = models.JSONField(default=dict, blank=True, help_text="Signed, once it was destroyed")

    class Meta:
        indexes = [
            models.Index(fields=["video_request", "shared_at", "ref"], name="shared_by_request"),
            models.Index(
                fields=["withdrawn_at"],
                condition=models.Q(withdrawn_at__isnull=False) & ~models.Q(blob=""),
                name="shared_video_to_sweep",
            ),
            models.Index(
                fields=["keep_until"],
                condition=models.Q(withdrawn_at__isnull=True, destroyed_at__isnull=True),
                name="shared_video_to_destroy",
            ),
        ]


class CustodyEvent(models.Model):
    """One thing that happened to a shared video, in order and chained by hash. The owner sees each at once (P10)."""

    class Kind(models.TextChoices):
        SHARED = "shared"
        VIEWED = "viewed"
        DOWNLOADED = "downloaded"
        WITHDRAWN = "withdrawn"
        HELD = "held"
        HOLD_LIFTED = "hold_lifted"
        HANDED_ON = "handed_on"
        ASKED = "asked"
        REUSE_ALLOWED = "reuse_allowed"
        DELETION_ASKED = "deletion_asked"
        DELETION_ANSWERED = "deletion_answered"
        DESTROYED = "destroyed"

    video = models.ForeignKey(SharedVideo, on_delete=models.PROTECT, related_name="custody")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=17, choices=Kind)
    at = models.DateTimeField()
    officer = models.ForeignKey("agencies.Officer", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    shown = models.JSONField(null=True, blank=True, help_text="{name, agency} of the officer as they were then")
    details = models.JSONField(default=dict, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["video", "sequence"], name="custody_in_order")]
