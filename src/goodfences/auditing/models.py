"""What an agency's auditor looks into: what a detector points at, and what was found."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_flag_ref() -> str:
    return source.new_ref("flag")


class OwnNeighborhood(models.Model):
    """Where an officer lives, if they said so: an H3 cell at resolution 9, about 0.1 square kilometers (P9).

    Nobody is shown it. It is there so that a request about one's own street is looked at by somebody else.
    """

    officer = models.OneToOneField("agencies.Officer", on_delete=models.CASCADE, related_name="+")
    cell = models.BigIntegerField()
    named_at = models.DateTimeField(default=source.now, editable=False)


class Screening(models.Model):
    """That the detectors read a request as it was submitted at that time."""

    video_request = models.OneToOneField(
        "video_requests.VideoRequest", on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    submitted_at = models.DateTimeField()


class ViewsRead(models.Model):
    """Up to when the detectors read who opened shared video. One row."""

    until = models.DateTimeField()


class Flag(models.Model):
    """One detector points at one request, or at how an officer opened video of it.

    An auditor of the agency says in words what came of it.
    """

    class Finding(models.TextChoices):
        FINE = "fine", "Fine"
        NOT_FINE = "not_fine", "Not fine"

    ref = models.CharField(max_length=22, unique=True, default=new_flag_ref, editable=False)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey("agencies.Officer", on_delete=models.PROTECT, related_name="+")
    video_request = models.ForeignKey(
        "video_requests.VideoRequest",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Empty where it was taken back and its draft erased: the flag stays",
    )
    case_number = models.CharField(max_length=40)
    detector = models.CharField(max_length=40, help_text="A key of detectors.toml")
    words = models.CharField(max_length=300, help_text="What it saw")
    raised_at = models.DateTimeField(default=source.now, editable=False)
    finding = models.CharField(max_length=8, choices=Finding, blank=True)
    finding_words = models.CharField(max_length=500, blank=True)
    reviewed_by = models.ForeignKey(
        "agencies.Officer", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["detector", "video_request", "officer"], name="one_flag_a_detector")
        ]
        indexes = [models.Index(fields=["agency", "-raised_at"], name="flag_by_agency")]
