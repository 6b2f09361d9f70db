"""The clip index and uploads under way."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_clip_ref() -> str:
    return source.new_ref("clip")


def new_upload_ref() -> str:
    return source.new_ref("upload")


class Clip(models.Model):
    """A recorded event of one camera.

    announced: a device said that it exists. stored: its sealed file is durable; `checked_at` empty means
    that nobody can see it yet. A clip that failed its check is deleted, with `refusal` kept for its owner.
    deleted with `undo_until`: out of sight, with its key still there, so that its people can take it back.
    """

    class State(models.TextChoices):
        ANNOUNCED = "announced"
        STORED = "stored"
        EXPIRED = "expired"
        DELETED = "deleted"

    class Kind(models.TextChoices):
        MOTION = "motion"
        PERSON = "person"
        DOORBELL = "doorbell"
        MANUAL = "manual"

    ref = models.CharField(max_length=22, unique=True, default=new_clip_ref, editable=False)
    camera = models.ForeignKey("cameras.Camera", on_delete=models.CASCADE, related_name="clips")
    state = models.CharField(max_length=9, choices=State, default=State.ANNOUNCED)
    kind = models.CharField(max_length=8, choices=Kind)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    announced_size = models.BigIntegerField(help_text="Bytes, as the device announced")
    announced_sha256 = models.CharField(max_length=64, help_text="Of the file as the device made it")
    size = models.BigIntegerField(default=0, help_text="Bytes kept, after metadata was stripped, unsealed")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the file as kept, unsealed")
    blob = models.CharField(max_length=120, blank=True)
    poster_blob = models.CharField(max_length=120, blank=True)
    stills_blob = models.CharField(max_length=120, blank=True, help_text="A sheet of small stills; `facts` say which")
    key = models.ForeignKey("vault.SealedKey", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    facts = models.JSONField(
        default=dict,
        blank=True,
        help_text="codec, width, height, frames, keyframes_ms, duration_ms, has_audio, stills",
    )
    clock_off_ms = models.BigIntegerField(
        null=True, blank=True, help_text="Our clock less its device's when it was announced, network included"
    )
    camera_drift_ms = models.BigIntegerField(
        null=True, blank=True, help_text="By which its device's clock was ahead of the camera's own time in the end"
    )
    expires_on = models.DateField(db_index=True, help_text="The day whose folder it is filed under")
    created_at = models.DateTimeField(default=source.now, editable=False)
    stored_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    check_after = models.DateTimeField(null=True, blank=True, help_text="Claimed, or put off, until then")
    check_failures = models.PositiveSmallIntegerField(default=0, help_text="Checks that ended for no fault of it")
    refusal = models.CharField(max_length=300, blank=True)
    label = models.CharField(
        max_length=40, blank=True, help_text="What it shows, in a word: the device's or a person's"
    )
    note = models.CharField(max_length=280, blank=True, help_text="Its people's own")
    words = models.CharField(max_length=700, null=True, blank=True, help_text="Label and note as search reads them")
    starred_at = models.DateTimeField(null=True, blank=True)
    saved_at = models.DateTimeField(null=True, blank=True, help_text="Kept beyond its day, until it is deleted")
    undo_until = models.DateTimeField(null=True, blank=True, help_text="Deleted, and its key stays until then")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["camera", "announced_sha256"], name="the_same_clip_once")]
        indexes = [
            # With `kind`, so that a rare one is found without reading every clip of the home.
            models.Index(fields=["camera", "starts_at", "kind"], name="clip_by_time_and_kind"),
            models.Index(
                fields=["stored_at"],
                condition=models.Q(state="stored", checked_at__isnull=True),
                name="clip_to_check",
            ),
            # What is over stays as a row, and must not be passed by again and again.
            models.Index(
                fields=["expires_on", "id"],
                condition=models.Q(state__in=["announced", "stored"], saved_at__isnull=True),
                name="clip_to_expire",
            ),
            models.Index(
                fields=["created_at"],
                condition=models.Q(state="announced", key__isnull=True),
                name="clip_never_sent",
            ),
            # What few clips have, in order of time. `words` and `kind` let search read the index alone.
            models.Index(
                fields=["camera", "starts_at", "words", "kind"],
                condition=models.Q(words__isnull=False),
                name="clip_by_words",
            ),
            models.Index(
                fields=["camera", "label", "starts_at"], condition=~models.Q(label=""), name="clip_by_label"
            ),
            models.Index(
                fields=["camera", "starts_at"], condition=models.Q(starred_at__isnull=False), name="clip_starred"
            ),
            models.Index(
                fields=["camera", "starts_at"], condition=models.Q(saved_at__isnull=False), name="clip_saved"
            ),
            models.Index(
                fields=["camera", "undo_until"],
                condition=models.Q(undo_until__isnull=False),
                name="clip_to_take_back",
            ),
        ]

    @property
    def taken(self) -> int:
        """What it counts for in its household's room, in bytes."""
        if self.state not in (self.State.ANNOUNCED, self.State.STORED) and self.undo_until is None:
            return 0
        return self.announced_size if self.checked_at is None else self.size


FILES = ("blob", "poster_blob", "stills_blob")
"""Where a clip names its sealed files, all under its key."""


class Room(models.Model):
    """What a household's clips take up: the sum of their `taken`, kept by `clips.room`.

    A sum over all of a home's clips, made while the home is locked, would grow with the home.
    """

    household = models.OneToOneField("people.Household", primary_key=True, on_delete=models.CASCADE, related_name="+")
    taken = models.BigIntegerField(default=0, help_text="Bytes")


class Upload(models.Model):
    """A tus upload of one clip: which sealed parts have arrived durably."""

    ref = models.CharField(max_length=22, unique=True, default=new_upload_ref, editable=False)
    clip = models.OneToOneField(Clip, on_delete=models.CASCADE, related_name="upload")
    device = models.ForeignKey("cameras.Device", on_delete=models.CASCADE, related_name="+")
    received = models.BigIntegerField(default=0, help_text="Bytes durably received: the tus Upload-Offset")
    parts = models.JSONField(default=list, help_text="[{blob, size}] in order")
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of it all, where it came in one request")
    created_at = models.DateTimeField(default=source.now, editable=False)
    expires_at = models.DateTimeField()
