"""Whether what was shared for a request helped. The portal may import this module."""

from __future__ import annotations

from django.db import models

from goodfences import source
from goodfences.video_requests.models.request import VideoRequest


class Outcome(models.Model):
    """What the agency said about a request that has ended, once. Until then, whether it was reminded to."""

    class Answer(models.TextChoices):
        HELPED = "helped"
        NOT = "not"

    video_request = models.OneToOneField(
        VideoRequest, on_delete=models.CASCADE, related_name="outcome", primary_key=True
    )
    created_at = models.DateTimeField(default=source.now, editable=False)
    reminded_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=6, choices=Answer, blank=True)
    said_at = models.DateTimeField(null=True, blank=True)
    officer = models.ForeignKey("agencies.Officer", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ledger_index = models.BigIntegerField(null=True, blank=True)
    thanked_at = models.DateTimeField(null=True, blank=True, help_text="When those who shared were told")

    class Meta:
        indexes = [
            models.Index(
                fields=["ledger_index"],
                condition=models.Q(thanked_at__isnull=True, ledger_index__isnull=False),
                name="outcome_to_tell",
            )
        ]
