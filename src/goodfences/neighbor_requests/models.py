"""A neighbor's own request, the owners who were asked, and what they shared. No officer reaches any of it (P1)."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from goodfences import source
from goodfences.neighbor_requests import place
from goodfences.people.models import cell_is_res_11
from goodfences.places import Ranges


def new_request_ref() -> str:
    return source.new_ref("neighbor_request")


def new_ask_ref() -> str:
    return source.new_ref("neighbor_ask")


def new_share_ref() -> str:
    return source.new_ref("neighbor_share")


def new_video_ref() -> str:
    return source.new_ref("neighbor_video")


def new_letter() -> str:
    return source.new_ref("neighbor_letter")


class NeighborRequest(models.Model):
    """“My car was hit last night: may anyone's camera have seen it?” Asked around the asker's own place.

    `cell` is where the household lived when it asked. Pages of the asker are a function of this row and of what was
    shared for it (P2): how far the asking has come stands in `NeighborMatching`.
    """

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    class Kind(models.TextChoices):
        CAR_HIT = "car_hit", _("My car or bicycle was hit")
        THEFT = "theft", _("Something of mine was stolen")
        DAMAGE = "damage", _("Something of mine was damaged")
        LOST_PET = "lost_pet", _("My pet is lost")
        OTHER = "other", _("Something else happened to me")

    ref = models.CharField(max_length=22, unique=True, default=new_request_ref, editable=False)
    asker = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    household = models.ForeignKey("people.Household", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    kind = models.CharField(max_length=8, choices=Kind)
    reason = models.TextField(max_length=1000)
    name = models.CharField(max_length=40, blank=True, help_text="As the asker wants to be called; empty: not told")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cell = models.BigIntegerField(help_text="H3 cell, resolution 11")
    radius_meters = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField(default=source.now, editable=False)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True, help_text="A moderator kept or ended it then")
    ended_why = models.CharField(
        max_length=500, blank=True, help_text="What the moderator who ended it told the asker"
    )

    class Meta:
        constraints = [cell_is_res_11("neighbor_request_cell_is_res_11")]
        indexes = [
            models.Index(fields=["asker", "-created_at"], name="neighbor_request_by_asker"),
            models.Index(fields=["household", "-created_at"], name="neighbor_request_by_home"),
            models.Index(fields=["state", "expires_at"], name="neighbor_request_due"),
        ]

    @property
    def ranges(self) -> Ranges:
        return place.around(self.cell, self.radius_meters)

    def takes_answers(self, now: datetime) -> bool:
        """Whether owners can still answer, even if the worker hasn't closed it yet."""
        return self.state == self.State.OPEN and now < self.expires_at


class NeighborAsk(models.Model):
    """One owner's copy of a neighbor's request."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        OPENED = "opened"
        SHARED = "shared"
        DECLINED = "declined"
        EXPIRED = "expired"

    ref = models.CharField(max_length=22, unique=True, default=new_ask_ref, editable=False)
    request = models.ForeignKey(NeighborRequest, on_delete=models.CASCADE, related_name="+")
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
    reported_at = models.DateTimeField(null=True, blank=True, help_text="Its owner asked a moderator to look at it")
    report = models.CharField(max_length=500, blank=True, help_text="Why, in the owner's words")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "owner"], name="one_neighbor_ask_an_owner")]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="neighbor_ask_by_owner"),
            models.Index(
                fields=["digest_due_at"],
                condition=models.Q(digest_due_at__isnull=False),
                name="neighbor_ask_for_digest",
            ),
            models.Index(fields=["digest"], condition=~models.Q(digest=""), name="neighbor_ask_in_digest"),
            models.Index(
                fields=["reported_at"], condition=models.Q(reported_at__isnull=False), name="neighbor_ask_reported"
            ),
        ]

    @property
    def expires_at(self) -> datetime:
        return self.request.expires_at


class NeighborMatching(models.Model):
    """How far the worker has come with one request: owners asked, and cleared up after its end."""

    request = models.OneToOneField(NeighborRequest, on_delete=models.CASCADE, related_name="+", primary_key=True)
    below_floor = models.BooleanField(default=False, help_text="Too few homes: nobody is asked")
    finished_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)


class NeighborShare(models.Model):
    """What one owner gave to one neighbor: for that neighbor's eyes, until a day, or until the owner ends it."""

    class End(models.TextChoices):
        TAKEN_BACK = "taken_back"
        EXPIRED = "expired"
        GONE = "gone"

    ref = models.CharField(max_length=22, unique=True, default=new_share_ref, editable=False)
    ask = models.ForeignKey(NeighborAsk, on_delete=models.CASCADE, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    receipt = models.JSONField(help_text="Signed; what was given and what wasn't")
    created_at = models.DateTimeField(default=source.now, editable=False)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end = models.CharField(max_length=10, choices=End, blank=True, help_text="How it ended; its keys are destroyed")
    letter = models.CharField(
        max_length=22,
        default=new_letter,
        editable=False,
        help_text="Under which its emails are kept, so that nothing of them leads to a share that is gone",
    )
    thanks = models.CharField(max_length=500, blank=True, help_text="The one word of thanks of the neighbor")
    thanked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ask"], condition=models.Q(ended_at__isnull=True), name="one_live_share_a_neighbor_ask"
            )
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], condition=models.Q(ended_at__isnull=True), name="neighbor_share_to_end"
            )
        ]


class NeighborVideo(models.Model):
    """One video of a share. `copy` is empty once it has ended: the key is destroyed and the file gone."""

    ref = models.CharField(max_length=22, unique=True, default=new_video_ref, editable=False)
    share = models.ForeignKey(NeighborShare, on_delete=models.CASCADE, related_name="videos")
    copy = models.OneToOneField("redaction.Copy", null=True, on_delete=models.SET_NULL, related_name="+")
    starts_at = models.DateTimeField(help_text="Of the copy")
    ends_at = models.DateTimeField()


class NeighborWatch(models.Model):
    """That the neighbor watched a video, and when: shown to who shared it (P10)."""

    video = models.ForeignKey(NeighborVideo, on_delete=models.CASCADE, related_name="watches")
    visit = models.CharField(max_length=64, help_text="Digest of what the page gave its player")
    at = models.DateTimeField(default=source.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["video", "visit"], name="a_neighbors_visit_counts_once")]


class NeighborMute(models.Model):
    """An owner's wish not to be asked by neighbors. Agencies' requests are another matter."""

    owner = models.OneToOneField("people.Account", on_delete=models.CASCADE, related_name="+", primary_key=True)
    created_at = models.DateTimeField(default=source.now, editable=False)


class HomeMoved(models.Model):
    """When a household last gave another place as its own: who has just come may not ask around there yet."""

    household = models.OneToOneField("people.Household", on_delete=models.CASCADE, related_name="+", primary_key=True)
    at = models.DateTimeField()
