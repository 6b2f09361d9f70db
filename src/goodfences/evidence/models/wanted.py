"""What an owner wants to see of what is still at home. Nothing an officer can reach imports this module (P1, P2)."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_wanted_ref() -> str:
    return source.new_ref("wanted")


class WantedPart(models.Model):
    """A part of a camera's home buffer that its owner asked their own hub for, to look at it for one ask.

    waiting: the hub hasn't answered. brought: it lies among the owner's clips, theirs alone. refused: the hub didn't
    send it; `why` says so, in one of a few words.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        BROUGHT = "brought"
        REFUSED = "refused"

    class Why(models.TextChoices):
        NOT_FROM_AWAY = "not_from_away", "The hub answers from home alone"
        GONE = "gone", "It isn't at home any more"
        FAILED = "failed", "It couldn't be sent"

    ref = models.CharField(max_length=22, unique=True, default=new_wanted_ref, editable=False)
    ask = models.ForeignKey("video_requests.Ask", on_delete=models.CASCADE, related_name="+")
    camera = models.ForeignKey("cameras.Camera", on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    why = models.CharField(max_length=13, choices=Why, blank=True)
    created_at = models.DateTimeField(default=source.now, editable=False)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="wanted_ends_after_start"
            )
        ]
        indexes = [models.Index(fields=["ask", "created_at"], name="wanted_of_ask")]
