"""What an agency asks for. The portal may import this module, and never its neighbor `ask`."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from goodfences import source


def new_request_ref() -> str:
    return source.new_ref("video_request")


def new_details_salt() -> str:
    return source.random_bytes("video_request.salt", 32).hex()


class VideoRequest(models.Model):
    """Area, time window, case number, incident type and reason, put to the owners in the area.

    The area is kept as sorted, merged H3 ranges at resolution 11 (inclusive `[low, high]` pairs of
    signed 64-bit integers), never as coordinates (P9). In a draft, an empty list of ranges means that no
    area was drawn yet, and a window that ends where it starts that none was chosen.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        OPEN = "open"
        CLOSED = "closed"
        WITHDRAWN = "withdrawn"
        REJECTED = "rejected"

    ref = models.CharField(max_length=22, unique=True, default=new_request_ref, editable=False)
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="video_requests")
    requester = models.ForeignKey("agencies.Officer", on_delete=models.PROTECT, related_name="+")
    approver = models.ForeignKey(
        "agencies.Officer", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)

    case_number = models.CharField(max_length=40, blank=True)
    case_key = models.CharField(max_length=40, blank=True, help_text="The case number without its punctuation")
    incident_type = models.CharField(max_length=40, blank=True, help_text="A key of the policy's list")
    reason = models.TextField(max_length=2000, blank=True)
    contact = models.CharField(max_length=120, blank=True)
    ranges = models.JSONField(default=list, blank=True)
    area_m2 = models.FloatField(default=0, help_text="Of the drawn area, geodesic, square meters")
    place_cells = models.JSONField(
        default=list, blank=True, help_text="H3 cells at resolution 8 that the area touches: what is public"
    )
    area_parts = models.JSONField(
        default=list, blank=True, help_text="Square meters of each, where it is several areas; empty where it is one"
    )
    place_name = models.CharField(
        max_length=80, blank=True, help_text="A neighborhood or a street, as the officer names it"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    time_zone = models.CharField(max_length=64, help_text="Of the agency, for printing the window")

    urgent = models.BooleanField(default=False, help_text="Changes a subject line and an order, and nothing else")
    urgent_reason = models.CharField(max_length=500, blank=True, help_text="Why it can't wait")

    draft_name = models.CharField(max_length=60, blank=True, help_text="For its author alone")
    saved_at = models.DateTimeField(null=True, blank=True, help_text="When its author saved it last")
    discarded_at = models.DateTimeField(
        null=True, blank=True, help_text="A draft that its author deleted, and can have back for a day"
    )

    policy_hash = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the policy that it was checked by"
    )
    details_salt = models.CharField(
        max_length=64,
        default=new_details_salt,
        editable=False,
        help_text="Salts the ledger's commitment to what owners read and the public doesn't",
    )
    created_at = models.DateTimeField(default=source.now, editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    rejection_reason = models.CharField(max_length=500, blank=True)
    ledger_index = models.BigIntegerField(
        null=True, blank=True, unique=True, help_text="The entry that opened or rejected it"
    )
    end_ledger_index = models.BigIntegerField(null=True, blank=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["agency", "-created_at"], name="request_by_agency"),
            models.Index(fields=["agency", "case_key"], name="request_by_case"),
            models.Index(fields=["state", "expires_at"], name="request_due"),
            models.Index(fields=["submitted_at"], name="request_by_submission"),
            models.Index(
                fields=["discarded_at"], condition=models.Q(discarded_at__isnull=False), name="request_discarded"
            ),
        ]

    @property
    def has_area(self) -> bool:
        return bool(self.ranges)

    @property
    def number_of_areas(self) -> int:
        return len(self.area_parts) or int(self.has_area)

    @property
    def has_window(self) -> bool:
        return self.ends_at != self.starts_at

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    def takes_answers(self, now: datetime) -> bool:
        """Whether owners can still answer: open, and not past its end even if the worker hasn't closed it yet."""
        return self.is_open and self.expires_at is not None and now < self.expires_at

    @property
    def is_published(self) -> bool:
        """Whether the ledger, and so anyone, knows of it."""
        return self.ledger_index is not None
