"""Agencies, and the public agreements they signed."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_agency_ref() -> str:
    return source.new_ref("agency")


def new_agreement_ref() -> str:
    return source.new_ref("agreement")


class Agency(models.Model):
    """A local public-safety agency. There is no kind for a federal or immigration agency, on purpose."""

    class Kind(models.TextChoices):
        POLICE = "police"
        SHERIFF = "sheriff"
        FIRE = "fire"

    class Reuse(models.TextChoices):
        """For what an agency may use what it was given. Another case is a new request, always."""

        CASE = "case", "For that case alone"
        COURT = "court", "For that case, its prosecution, its defense and its court"

    ref = models.CharField(max_length=22, unique=True, default=new_agency_ref, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8, choices=Kind)
    jurisdiction = models.CharField(max_length=160, help_text="The town, city or county that it serves")
    contact_email = models.EmailField(help_text="A public address for questions about its requests")
    website = models.URLField(blank=True)
    time_zone = models.CharField(max_length=64)
    place_cell = models.BigIntegerField(help_text="H3 cell, resolution 8: the middle of its jurisdiction")
    joined_at = models.DateTimeField(default=source.now, editable=False)
    suspended_at = models.DateTimeField(null=True, blank=True)
    terminated_at = models.DateTimeField(null=True, blank=True, help_text="For good; then it is suspended, too")
    domain = models.CharField(max_length=253, blank=True, help_text="The official domain that it proved; as in DNS")
    area = models.JSONField(null=True, blank=True, help_text="The jurisdiction as a GeoJSON Polygon; public")
    responsible = models.CharField(max_length=120, blank=True, help_text="Name and office of who answers; public")
    retention_days = models.PositiveSmallIntegerField(default=90, help_text="How long it keeps what it was given")
    reuse = models.CharField(max_length=8, choices=Reuse, default=Reuse.COURT)


class Agreement(models.Model):
    """What an agency signed, in public. `stricter` holds policy limits of its own, only ever tighter."""

    ref = models.CharField(max_length=22, unique=True, default=new_agreement_ref, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="agreements")
    version = models.PositiveSmallIntegerField(default=1, help_text="The first that this agency signed is 1")
    text = models.TextField()
    signed = models.JSONField(default=dict, blank=True, help_text="Both signatures and all that they need; public")
    stricter = models.JSONField(default=dict, blank=True)
    signed_by = models.CharField(max_length=120, help_text="Name and office, as published")
    signed_at = models.DateTimeField(default=source.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    ledger_index = models.BigIntegerField(unique=True, help_text="Its entry in the public ledger")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency"], condition=models.Q(ended_at__isnull=True), name="one_agreement_in_force"
            ),
            models.UniqueConstraint(fields=["agency", "version"], name="one_agreement_a_version"),
        ]
