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


class SharedVideo(models.Model):
    """One cut given to one request. Where in the request's area it was taken stands nowhere (P9).

    `share_ref` and `blob` are for the owner's side and the vault alone and never shown to an officer. An empty
    `blob` says that the file of a video that was taken back is gone.
    """

    ref = models.CharField(max_length=22, unique=True, default=new_shared_video_ref, editable=False)
    video_request = models.ForeignKey("video_requests.VideoRequest", on_delete=models.PROTECT, related_name="+")
    share_ref = models.CharField(max_length=22, db_index=True)
    blob = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64, help_text="Of the cut, unsealed")
    size = models.BigIntegerField(help_text="Bytes, unsealed")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    looks_at = models.CharField(max_length=8)
    facts = models.JSONField(help_text="codec, width, height, frames, reencoded, audio, sha512, crc32")
    receipt = models.JSONField(help_text="The signed consent receipt; empty once it was taken back")
    told = models.JSONField(default=dict, blank=True)
    shared_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    downloaded_at = models.DateTimeField(null=True, blank=True, help_text="First download; no undo after it")

    class Meta:
        indexes = [
            models.Index(fields=["video_request", "shared_at", "ref"], name="shared_by_request"),
            models.Index(
                fields=["withdrawn_at"],
                condition=models.Q(withdrawn_at__isnull=False) & ~models.Q(blob=""),
                name="shared_video_to_sweep",
            ),
        ]


class CustodyEvent(models.Model):
    """One thing that happened to a shared video, in order and chained by hash. The owner sees each at once (P10)."""

    class Kind(models.TextChoices):
        SHARED = "shared"
        VIEWED = "viewed"
        DOWNLOADED = "downloaded"
        WITHDRAWN = "withdrawn"

    video = models.ForeignKey(SharedVideo, on_delete=models.PROTECT, related_name="custody")
    sequence = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    officer = models.ForeignKey("agencies.Officer", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    shown = models.JSONField(null=True, blank=True, help_text="{name, agency} of the officer as they were then")
    details = models.JSONField(default=dict, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["video", "sequence"], name="custody_in_order")]
