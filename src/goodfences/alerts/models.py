"""Official warnings and who sends them; what people want to be alerted of, and what they were."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_source_ref() -> str:
    return source.new_ref("warning_source")


def new_warning_ref() -> str:
    return source.new_ref("warning")


def new_agency_warning_ref() -> str:
    return source.new_ref("agency_warning")


def new_wish_ref() -> str:
    return source.new_ref("alert_wish")


class Severity(models.TextChoices):
    """As CAP has them, the worst first."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


RANKS = {severity: rank for rank, severity in enumerate(Severity.values)}
"""0 is the worst."""


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

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "identifier"], name="one_row_a_message")]
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(ended_at=None), name="warning_in_force"),
            models.Index(fields=["sent_at"], name="warning_by_age"),
        ]


class Referred(models.Model):
    """An earlier message that a warning names: it is ended by it, even where it comes later."""

    warning = models.ForeignKey(OfficialWarning, on_delete=models.CASCADE, related_name="references")
    sender = models.CharField(max_length=200)
    identifier = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["sender", "identifier"], name="referred_message")]


class AgencyWarning(models.Model):
    """A warning in an agency's name, from when one officer wrote it: a second one issues it.

    Nothing of it is public before. Issued, it has its `warning`, of the same reference; that is forgotten after its
    time, while this row and the public ledger stay. `cells` are coarse (P9).
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted"
        ISSUED = "issued"

    ref = models.CharField(max_length=22, unique=True, default=new_agency_warning_ref, editable=False)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    writer = models.ForeignKey("agencies.Officer", on_delete=models.PROTECT, related_name="+")
    issuer = models.ForeignKey("agencies.Officer", null=True, on_delete=models.PROTECT, related_name="+")
    replaces = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", help_text="The one in force that it updates"
    )
    state = models.CharField(max_length=9, choices=State, default=State.SUBMITTED)
    words = models.JSONField(help_text="[{language, event, headline, description, instruction}]")
    category = models.CharField(max_length=9)
    severity = models.CharField(max_length=8, choices=Severity)
    urgency = models.CharField(max_length=9)
    certainty = models.CharField(max_length=9)
    expires_at = models.DateTimeField()
    area_name = models.CharField(max_length=160)
    cells = models.JSONField()
    submitted_at = models.DateTimeField(default=source.now, editable=False)
    issued_at = models.DateTimeField(null=True)
    warning = models.OneToOneField(OfficialWarning, null=True, on_delete=models.SET_NULL, related_name="+")
    called_off_at = models.DateTimeField(null=True)
    called_off_by = models.ForeignKey("agencies.Officer", null=True, on_delete=models.PROTECT, related_name="+")
    called_off_why = models.CharField(max_length=500, blank=True, help_text="Published")
    ledger_index = models.BigIntegerField(null=True, unique=True)
    end_ledger_index = models.BigIntegerField(null=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["agency", "-submitted_at"], name="agency_warning_by_age")]

    @property
    def headline(self) -> str:
        """In the first language, which is English."""
        return str(self.words[0]["headline"])


class Geocode(models.Model):
    """The shape of a code that warnings use in place of a drawing, as the operator gave it."""

    name = models.CharField(max_length=60, help_text="Of the list: SAME, UGC, FIPS6")
    value = models.CharField(max_length=60)
    rings = models.JSONField(help_text="Outlines, (longitude, latitude)")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "value"], name="one_shape_a_geocode")]


class AlertWish(models.Model):
    """What one person wants to be alerted of. No row: official warnings that are Severe or Extreme, and no post."""

    class Way(models.TextChoices):
        """How posts come. Once a post came one way, it comes no other."""

        NONE = "none"
        PUSH = "push"
        DAILY = "daily"
        WEEKLY = "weekly"

    class Warnings(models.TextChoices):
        """From which severity on."""

        NONE = "none"
        EXTREME = "extreme"
        SEVERE = "severe"
        ALL = "all"

    ref = models.CharField(max_length=22, unique=True, default=new_wish_ref, editable=False)
    account = models.OneToOneField("people.Account", on_delete=models.CASCADE, related_name="+")
    way = models.CharField(max_length=6, choices=Way, default=Way.NONE)
    kinds = models.JSONField(default=list, help_text="Of neighbors' posts")
    agencies = models.BooleanField(default=False, help_text="Whatever an agency posts, too")
    radius_km = models.PositiveSmallIntegerField(default=2)
    warnings = models.CharField(max_length=7, choices=Warnings, default=Warnings.SEVERE)
    extreme_at_any_hour = models.BooleanField(default=True, help_text="In quiet hours and on days away, too")
    warnings_by_mail = models.BooleanField(default=True, help_text="Where no browser is notified")
    changed_at = models.DateTimeField(default=source.now)

    class Meta:
        indexes = [models.Index(fields=["account"], condition=~models.Q(way="none"), name="wish_for_posts")]


class Matter(models.Model):
    """A post or a warning that people are to be told of, account by account from the first to the last.

    Once `done_at` is set it is never told to anybody again, whatever becomes of the deliveries.
    """

    post = models.OneToOneField("feed.Post", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    warning = models.OneToOneField(OfficialWarning, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    made_at = models.DateTimeField(default=source.now)
    told_through = models.BigIntegerField(default=0, help_text="The last account that was looked at")
    done_at = models.DateTimeField(null=True, blank=True)
    is_mailed = models.BooleanField(default=False, help_text="An email about it may wait in the outbox")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(post__isnull=False, warning__isnull=True)
                | models.Q(post__isnull=True, warning__isnull=False),
                name="matter_is_one_thing",
            )
        ]
        indexes = [
            models.Index(fields=["made_at"], condition=models.Q(done_at=None), name="matter_to_tell"),
            models.Index(fields=["id"], condition=models.Q(is_mailed=True), name="matter_mailed"),
        ]


class Delivery(models.Model):
    """That a matter reaches one person, one way: one row a person and matter, so it comes once over all ways.

    known: they were told of the warning that this one updates, in the same words. `told_at` is empty while a post
    waits for its digest.
    """

    class Way(models.TextChoices):
        PUSH = "push"
        MAIL = "mail"
        DIGEST = "digest"
        KNOWN = "known"

    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="deliveries")
    account = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    way = models.CharField(max_length=6, choices=Way)
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    is_end = models.BooleanField(default=False, help_text="That what they were warned of is over, or over for them")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "account"], name="one_delivery_a_person")]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(told_at=None), name="delivery_due"),
            models.Index(fields=["account", "due_at"], name="delivery_by_account"),
        ]
