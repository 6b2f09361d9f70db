"""What owners are asked, and what they chose. Nothing an officer can reach imports this module (P1, P2)."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_ask_ref() -> str:
    return source.new_ref("ask")


class Ask(models.Model):
    """One owner's copy of a video request."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        OPENED = "opened"
        SHARED = "shared"
        DECLINED = "declined"
        EXPIRED = "expired"

    ref = models.CharField(max_length=22, unique=True, default=new_ask_ref, editable=False)
    video_request = models.ForeignKey("video_requests.VideoRequest", on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    household = models.ForeignKey("people.Household", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    created_at = models.DateTimeField(default=source.now, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    digest_due_at = models.DateTimeField(
        null=True, blank=True, help_text="Its owner's one email of the day may tell of it from then on"
    )
    digest = models.CharField(max_length=22, blank=True, help_text="The one email of the day that tells of it")
    remind_at = models.DateTimeField(null=True, blank=True, help_text="The owner asked to be reminded, once")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["video_request", "owner"], name="one_ask_an_owner")]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="ask_by_owner"),
            models.Index(
                fields=["video_request"],
                condition=models.Q(state__in=["waiting", "sent", "opened"]),
                name="ask_undecided",
            ),
            models.Index(
                fields=["digest_due_at"], condition=models.Q(digest_due_at__isnull=False), name="ask_for_digest"
            ),
            models.Index(fields=["digest"], condition=~models.Q(digest=""), name="ask_in_digest"),
        ]


class Matching(models.Model):
    """How far the workers have come with the fan-out of one open request; safe to run twice.

    It is cut into batches of households first. `cleared_at` is set once the request has ended and its undecided
    asks have expired.
    """

    video_request = models.OneToOneField(
        "video_requests.VideoRequest", on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    cut_at = models.DateTimeField(null=True, blank=True, help_text="When its batches were made")
    turn_at = models.DateTimeField(null=True, blank=True, help_text="When a worker last took one of them")
    below_floor = models.BooleanField(default=False, help_text="Too few homes: nobody is asked")
    finished_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["cleared_at"], condition=models.Q(cleared_at__isnull=True), name="matching_to_clear"
            ),
            models.Index(fields=["turn_at"], name="matching_by_turn"),
        ]


class AskingBatch(models.Model):
    """Households of one request whose owners one worker asks in one go. Gone once they were asked."""

    matching = models.ForeignKey(Matching, on_delete=models.CASCADE, related_name="+")
    after = models.BigIntegerField(help_text="Households with a higher id than this")
    through = models.BigIntegerField(null=True, blank=True, help_text="Up to this one; the last batch has no end")
    taken_by = models.CharField(max_length=22, blank=True)
    taken_until = models.DateTimeField(null=True, blank=True, help_text="From then on another worker may take it")


class Mute(models.Model):
    """An owner's wish not to be asked: by one agency, or by any (`agency` empty)."""

    owner = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    agency = models.ForeignKey("agencies.Agency", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=source.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "agency"], name="one_mute_an_agency"),
            # To a constraint empty fields all differ, and SQLite can't be told otherwise.
            models.UniqueConstraint(
                fields=["owner"], condition=models.Q(agency__isnull=True), name="one_mute_of_all"
            ),
        ]
