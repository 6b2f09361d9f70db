"""Official warnings, and who sends them."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_source_ref() -> str:
    return source.new_ref("warning_source")


def new_warning_ref() -> str:
    return source.new_ref("warning")


class Severity(models.TextChoices):
    """As CAP has them, the worst first."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class WarningSource(models.Model):
    """Somebody whose warnings this instance takes, as its operator registered them.

    own: what this instance's operator or an agency warns of itself. file: files that an operator imports. feed: an
    Atom or RSS feed of CAP files, or one CAP file, that the worker looks at.
    """

    class Kind(models.TextChoices):
        OWN = "own"
        FILE = "file"
        FEED = "feed"

    ref = models.CharField(max_length=22, unique=True, default=new_source_ref, editable=False)
    kind = models.CharField(max_length=4, choices=Kind)
    name = models.CharField(max_length=80, help_text="As residents read it")
    senders = models.JSONField(default=list, help_text="The <sender>s that are taken; others are refused")
    url = models.URLField(max_length=500, blank=True, help_text="Of a feed")
    hosts = models.JSONField(
        default=list, help_text="Where the files that the feed names may lie, besides its own host"
    )
    certificate = models.TextField(blank=True, help_text="PEM; where given, only what it signed is taken")
    covers_all = models.BooleanField(default=False, help_text="A warning without a place reaches everybody here")
    created_at = models.DateTimeField(default=source.now, editable=False)
    stopped_at = models.DateTimeField(null=True, blank=True, help_text="Nothing more is taken since")
    next_look_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True, help_text="When it last answered as it should")
    etag = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=300, blank=True, help_text="Of the last look; empty where it went well")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], name="one_source_a_name"),
            models.CheckConstraint(
                condition=models.Q(kind="feed") & ~models.Q(url="") | ~models.Q(kind="feed") & models.Q(url=""),
                name="feeds_have_a_url",
            ),
        ]


class SeenFile(models.Model):
    """A file that a feed named, and what became of it, so that it is fetched once."""

    origin = models.ForeignKey(WarningSource, on_delete=models.CASCADE, related_name="files")
    url = models.URLField(max_length=500)
    version = models.CharField(max_length=64, blank=True, help_text="As the feed dates it")
    problem = models.CharField(max_length=300, blank=True, help_text="Why it wasn't taken; empty where it was")
    seen_at = models.DateTimeField(default=source.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["origin", "url"], name="one_row_a_file_of_a_feed")]


class OfficialWarning(models.Model):
    """One CAP message that was taken: a warning, its update, or the end of one.

    It is in force while `ended_at` is empty and `expires_at` is to come. `original` is the file as it came; all else
    was read from it.
    """

    class Kind(models.TextChoices):
        ALERT = "Alert"
        UPDATE = "Update"
        CANCEL = "Cancel"

    ref = models.CharField(max_length=22, unique=True, default=new_warning_ref, editable=False)
    origin = models.ForeignKey(WarningSource, on_delete=models.PROTECT, related_name="warnings")
    agency = models.ForeignKey(
        "agencies.Agency", null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Of its own"
    )
    identifier = models.CharField(max_length=200)
    sender = models.CharField(max_length=200)
    kind = models.CharField(max_length=6, choices=Kind)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    severity = models.CharField(max_length=8, choices=Severity, help_text="The worst of its infos")
    is_test = models.BooleanField(default=False, help_text="An exercise or a test: shown as such, told to nobody")
    signed = models.BooleanField(default=False, help_text="By the certificate of its source")
    infos = models.JSONField(help_text="What it says, language by language; see alerts.showing")
    cells = models.JSONField(help_text="Coarse cells of one resolution; none where it has no place that can be drawn")
    ranges = models.JSONField(help_text="The same as ranges of resolution 11, as places.contains reads them")
    everywhere = models.BooleanField(default=False, help_text="Without a place, of a source that speaks to all")
    original = models.BinaryField()
    received_at = models.DateTimeField(default=source.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Replaced or cancelled by a later message")
    ended_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="ended")
    told_through = models.BigIntegerField(default=0, help_text="The last account that was looked at for telling it")
    told_at = models.DateTimeField(null=True, blank=True, help_text="When all were looked at")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "identifier"], name="one_row_a_message")]
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(ended_at=None), name="warning_in_force"),
            models.Index(fields=["received_at"], condition=models.Q(told_at=None), name="warning_to_tell"),
            models.Index(fields=["sent_at"], name="warning_by_age"),
        ]


class Referred(models.Model):
    """An earlier message that a warning names: it is ended by it, even where it comes later."""

    warning = models.ForeignKey(OfficialWarning, on_delete=models.CASCADE, related_name="references")
    sender = models.CharField(max_length=200)
    identifier = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["sender", "identifier"], name="referred_message")]


class Geocode(models.Model):
    """The shape of a code that warnings use in place of a drawing, as the operator gave it."""

    name = models.CharField(max_length=60, help_text="Of the list: SAME, UGC, FIPS6")
    value = models.CharField(max_length=60)
    rings = models.JSONField(help_text="Outlines, (longitude, latitude)")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "value"], name="one_shape_a_geocode")]
