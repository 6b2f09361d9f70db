"""Cameras and who may do what with them, the devices that upload for them, what those hold at home, pairing codes."""

from __future__ import annotations

from django.db import models

from goodfences import source
from goodfences.people.models import cell_is_res_11


def new_camera_ref() -> str:
    return source.new_ref("camera")


def new_device_ref() -> str:
    return source.new_ref("device")


class Camera(models.Model):
    """One camera of a household. `may_be_asked` is off until its owner switches it on."""

    class LooksAt(models.TextChoices):
        STREET = "street"
        DOOR = "door"
        YARD = "yard"
        INDOORS = "indoors"

    ref = models.CharField(max_length=22, unique=True, default=new_camera_ref, editable=False)
    household = models.ForeignKey("people.Household", on_delete=models.CASCADE, related_name="cameras")
    name = models.CharField(max_length=60)
    looks_at = models.CharField(max_length=8, choices=LooksAt)
    cell = models.BigIntegerField(help_text="H3 cell, resolution 11: its household's")
    may_be_asked = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=source.now, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(may_be_asked=True, removed_at__isnull=False), name="removed_is_never_asked"
            ),
            models.CheckConstraint(
                condition=~models.Q(looks_at="indoors", may_be_asked=True), name="indoors_is_never_asked"
            ),
            cell_is_res_11("camera_cell_is_res_11"),
        ]
        indexes = [
            # Covers matching whole: a request reads this index and never the table. SQLite calls an index
            # covering only if it holds the column of its own condition too.
            models.Index(
                fields=["cell", "household", "id", "may_be_asked"],
                condition=models.Q(may_be_asked=True),
                name="camera_askable_by_cell",
            )
        ]


class CameraRights(models.Model):
    """What a member of the household may do with the clips of one camera; `rights.DEFAULT` where there is no row."""

    membership = models.ForeignKey("people.Membership", on_delete=models.CASCADE, related_name="+")
    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="+")
    may_watch = models.BooleanField()
    may_mark = models.BooleanField(help_text="Star, note, save")
    may_download = models.BooleanField()
    may_delete = models.BooleanField()
    changed_at = models.DateTimeField(default=source.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "camera"], name="one_row_of_rights"),
            models.CheckConstraint(
                condition=models.Q(may_watch=True) | models.Q(may_mark=False, may_download=False, may_delete=False),
                name="who_may_do_anything_may_watch",
            ),
        ]


class Device(models.Model):
    """A hub or camera that uploads for a household. Its token is kept as a SHA-256 digest only."""

    ref = models.CharField(max_length=22, unique=True, default=new_device_ref, editable=False)
    household = models.ForeignKey("people.Household", on_delete=models.CASCADE, related_name="devices")
    name = models.CharField(max_length=60)
    token_digest = models.CharField(max_length=64, unique=True)
    decision_key = models.CharField(
        max_length=200, blank=True, help_text="The public key (C2SP) that signs what its owner decides at home"
    )
    by_hand = models.BooleanField(
        default=False, help_text="Stands for the owner's own browser; nobody has a token of it"
    )
    created_at = models.DateTimeField(default=source.now, editable=False)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["household"], condition=models.Q(by_hand=True), name="one_uploader_by_hand_a_household"
            )
        ]


class Held(models.Model):
    """A span of time that a hub at home still has continuous video of, as it said last.

    What that shows, nobody here knows. A few rows a camera, replaced whole whenever the hub speaks; by the hub's own
    clock, as its clips are.
    """

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="held")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="held")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="held_ends_after_start"
            )
        ]
        # Covers `queries.cameras_holding` whole.
        indexes = [models.Index(fields=["camera", "ends_at", "starts_at"], name="held_by_camera_time")]


class PrivacyZone(models.Model):
    """A part of a camera's picture that is covered in everything that leaves this instance.

    A hub may have masks of its own at home, which are burnt in before a clip comes here.
    """

    camera = models.ForeignKey(Camera, on_delete=models.CASCADE, related_name="zones")
    points = models.JSONField(help_text="[[x, y], ...], in ten-thousandths of the picture from its top left corner")
    created_at = models.DateTimeField(default=source.now, editable=False)


class PairingCode(models.Model):
    """A short code shown on the resident's page, good once and for ten minutes (in the manner of RFC 8628)."""

    household = models.ForeignKey("people.Household", on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    code_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=source.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
