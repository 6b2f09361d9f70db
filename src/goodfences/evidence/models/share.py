"""The owner's side of a share. Nothing an officer can reach imports this module (P1, P2)."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_share_ref() -> str:
    return source.new_ref("share")


class Share(models.Model):
    """What one owner gave to one request: which clips, from when to when, and nothing about the owner
    but what the owner added in `told` (keys out of name, email, phone, address, note). A cut holds what is covered in
    it too, as `redaction.plans.Plan.as_data`.

    preparing: acknowledged to the owner, waits for the worker. ready: the agency can see it. failed: nothing left,
    `failure` says why. withdrawn: taken back before anything was downloaded. `ask` is empty once its owner
    left the instance; such a row is deleted as soon as its files are.
    """

    class State(models.TextChoices):
        PREPARING = "preparing"
        READY = "ready"
        FAILED = "failed"
        WITHDRAWN = "withdrawn"

    ref = models.CharField(max_length=22, unique=True, default=new_share_ref, editable=False)
    ask = models.ForeignKey("video_requests.Ask", null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.PREPARING)
    cuts = models.JSONField(help_text="[{clip, starts_ms, ends_ms, exact, audio, seen_sha256}], snapped as shown")
    told = models.JSONField(default=dict, blank=True)
    decision = models.TextField(
        blank=True,
        help_text="What the owner decided at home, signed by their hub; never the agency's: its key is one home's",
    )
    failure = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=source.now, help_text="When the worker may try (again)")
    created_at = models.DateTimeField(default=source.now, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    swept_at = models.DateTimeField(
        null=True, blank=True, help_text="When the files of a failed or withdrawn share were deleted"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ask"], condition=models.Q(state__in=["preparing", "ready"]), name="one_live_share_an_ask"
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(state="preparing"), name="share_to_prepare"),
            models.Index(
                fields=["swept_at"],
                condition=models.Q(state__in=["failed", "withdrawn"], swept_at__isnull=True),
                name="share_to_sweep",
            ),
        ]

    def blob_names(self) -> list[str]:
        """Where its sealed cuts lie: the same names at each try, so that a killed worker leaves no stray file."""
        return [f"shared/{self.ref}-{number}.age" for number in range(len(self.cuts))]
