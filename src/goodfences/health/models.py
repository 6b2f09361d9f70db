"""How hubs and their cameras do, as each hub said last."""

from __future__ import annotations

from django.db import models


class HubHealth(models.Model):
    """A hub's own state. Times are by this server's clock."""

    device = models.OneToOneField("cameras.Device", on_delete=models.CASCADE, related_name="health")
    version = models.CharField(max_length=40)
    heard_at = models.DateTimeField()
    clock_off_s = models.BigIntegerField(default=0, help_text="Seconds that the hub's clock is behind ours")


class CameraHealth(models.Model):
    """One camera as one hub sees it. Times are by this server's clock; nothing of it is a picture or an address."""

    hub = models.ForeignKey(HubHealth, on_delete=models.CASCADE, related_name="cameras")
    camera = models.ForeignKey("cameras.Camera", on_delete=models.CASCADE, related_name="health")
    is_steady = models.BooleanField(help_text="Gives pictures all the time; a folder gives them now and then")
    last_frame_at = models.DateTimeField(null=True, blank=True)
    days = models.JSONField(default=list, help_text="[[day in UTC, bytes recorded, bytes uploaded], ...]")
    clips_waiting = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hub", "camera"], name="one_health_a_hub_and_camera")]


class Gap(models.Model):
    """When a hub recorded nothing of a camera, as it told: a missing hour never looks like a quiet one.

    Kept for as long as clips are. Times are by this server's clock.
    """

    class Why(models.TextChoices):
        CAMERA = "camera"
        HUB = "hub"

    camera = models.ForeignKey("cameras.Camera", on_delete=models.CASCADE, related_name="gaps")
    device = models.ForeignKey("cameras.Device", on_delete=models.CASCADE, related_name="gaps")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="None: it goes on, as far as was told")
    why = models.CharField(max_length=6, choices=Why)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["camera", "device", "starts_at"], name="one_gap_a_beginning"),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("starts_at")),
                name="gap_ends_after_start",
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="gap_by_end")]


class OfflineMail(models.Model):
    """Whether the owner of a household gets mail when a hub or camera falls silent, and after how long.

    A household without a row has what these fields say by default.
    """

    class Grace(models.IntegerChoices):
        TEN_MINUTES = 10
        HALF_AN_HOUR = 30
        AN_HOUR = 60
        TWO_HOURS = 120
        SIX_HOURS = 360
        A_DAY = 1440

    household = models.OneToOneField("people.Household", on_delete=models.CASCADE, related_name="offline_mail")
    is_on = models.BooleanField(default=True)
    grace_minutes = models.PositiveSmallIntegerField(choices=Grace, default=Grace.HALF_AN_HOUR)


class Silence(models.Model):
    """A hub that isn't heard, or a camera that gives its hub no picture, for longer than its household's grace.

    Made in the transaction that writes its mail, so that there is one mail of it however often a worker dies.
    """

    household = models.ForeignKey("people.Household", on_delete=models.CASCADE, related_name="silences")
    device = models.ForeignKey("cameras.Device", on_delete=models.CASCADE, related_name="silences")
    camera = models.ForeignKey(
        "cameras.Camera", null=True, blank=True, on_delete=models.CASCADE, related_name="silences"
    )
    since = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True, help_text="When its mail was written; empty where none was")
    seen_again_at = models.DateTimeField(null=True, blank=True)
    over_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device"],
                condition=models.Q(camera__isnull=True, over_at__isnull=True),
                name="one_silence_a_hub",
            ),
            models.UniqueConstraint(
                fields=["device", "camera"], condition=models.Q(over_at__isnull=True), name="one_silence_a_camera"
            ),
        ]
        indexes = [models.Index(fields=["over_at"], name="silence_by_end")]
