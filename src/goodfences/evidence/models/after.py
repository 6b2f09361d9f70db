"""What becomes of a shared video after the share: the agency's own acts, and what its owner answered (P2).

An officer's pages are a function of these rows. Whether an owner read, ignored or declined something stands
in no row of this module. `told_at` is when the worker brought an act to the owner, whether there still is
one or not; `ledger_index` is the public entry, without which nothing is brought to anybody (P5).
"""

from __future__ import annotations

from datetime import datetime

from django.db import models

from goodfences import source
from goodfences.agencies.models.hold import Hold
from goodfences.evidence.models.shared_video import SharedVideo


def new_reuse_ref() -> str:
    return source.new_ref("reuse")


def new_reuse_salt() -> str:
    return source.random_bytes("reuse.salt", 32).hex()


def _untold(name: str) -> models.Index:
    return models.Index(fields=["ledger_index"], condition=models.Q(told_at__isnull=True), name=name)


class DeletionRequest(models.Model):
    """An owner asks an agency to delete a video that it has downloaded: a task with a deadline, answered once."""

    class Answer(models.TextChoices):
        DELETED = "deleted"
        KEPT = "kept"

    video = models.OneToOneField(SharedVideo, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=source.now, editable=False)
    due_at = models.DateTimeField()
    overdue_at = models.DateTimeField(null=True, blank=True, help_text="When the record said that it isn't answered")
    answer = models.CharField(max_length=7, choices=Answer, blank=True)
    why = models.CharField(max_length=500, blank=True, help_text="Published: why it is kept, or how it was destroyed")
    law = models.CharField(max_length=200, blank=True, help_text="Published: the law by which it is kept")
    answered_at = models.DateTimeField(null=True, blank=True)
    officer = models.ForeignKey("agencies.Officer", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ledger_index = models.BigIntegerField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            _untold("deletion_to_tell"),
            models.Index(
                fields=["due_at"], condition=models.Q(answer="", overdue_at__isnull=True), name="deletion_due"
            ),
        ]


class LegalHold(Hold):
    """The hold of a shared video, whose owner is told."""

    video = models.ForeignKey(SharedVideo, on_delete=models.PROTECT, related_name="+")
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [_untold("hold_to_tell"), models.Index(fields=["video", "ends_at"], name="hold_of_video")]


class HandOn(models.Model):
    """The agency gave the video to somebody else, and said so."""

    class To(models.TextChoices):
        DEFENSE = "defense", "Defense"
        PROSECUTOR = "prosecutor", "Prosecutor"
        COURT = "court", "Court"
        AGENCY = "agency", "Another agency with an agreement"

    video = models.ForeignKey(SharedVideo, on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey("agencies.Officer", on_delete=models.PROTECT, related_name="+")
    to = models.CharField(max_length=10, choices=To)
    name = models.CharField(max_length=120, help_text="Name or office; its owner reads it, the public doesn't")
    why = models.CharField(max_length=500, help_text="For what; as above")
    at = models.DateTimeField(default=source.now, editable=False)
    ledger_index = models.BigIntegerField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [_untold("hand_on_to_tell"), models.Index(fields=["video", "at"], name="hand_on_of_video")]


class Question(models.Model):
    """The one question that officers may put to the owner of a video, and its answer, if there ever is one."""

    video = models.OneToOneField(SharedVideo, on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey("agencies.Officer", on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=500)
    asked_at = models.DateTimeField(default=source.now, editable=False)
    answer = models.CharField(max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    ledger_index = models.BigIntegerField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [_untold("question_to_tell")]


class Reuse(models.Model):
    """The owner is asked whether a video may serve another case. Proposed by one officer, opened by another.

    `allowed_at` is the only thing that an owner can change about it: no answer and a no are the same row.
    """

    ref = models.CharField(max_length=22, unique=True, default=new_reuse_ref, editable=False)
    video = models.ForeignKey(SharedVideo, on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey("agencies.Officer", on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey(
        "agencies.Officer", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    case_number = models.CharField(max_length=40)
    case_key = models.CharField(max_length=40)
    reason = models.TextField(max_length=2000)
    salt = models.CharField(max_length=64, default=new_reuse_salt, editable=False)
    proposed_at = models.DateTimeField(default=source.now, editable=False)
    opened_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    allowed_at = models.DateTimeField(null=True, blank=True)
    receipt = models.JSONField(default=dict, blank=True, help_text="Signed, once its owner allowed it")
    ledger_index = models.BigIntegerField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["video", "case_key"], name="one_reuse_a_case")]
        indexes = [_untold("reuse_to_tell")]

    def takes_answers(self, now: datetime) -> bool:
        return self.allowed_at is None and self.expires_at is not None and now < self.expires_at
