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
