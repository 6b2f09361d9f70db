"""Agencies, the public agreements they signed, and their officers."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_agency_ref() -> str:
    return source.new_ref("agency")


def new_agreement_ref() -> str:
    return source.new_ref("agreement")


def new_officer_ref() -> str:
    return source.new_ref("officer")


class Agency(models.Model):
    """A local public-safety agency. There is no kind for a federal or immigration agency, on purpose."""

    class Kind(models.TextChoices):
        POLICE = "police"
        SHERIFF = "sheriff"
        FIRE = "fire"

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


class Agreement(models.Model):
    """What an agency signed, in public. `stricter` holds policy limits of its own, only ever tighter."""

    ref = models.CharField(max_length=22, unique=True, default=new_agreement_ref, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="agreements")
    text = models.TextField()
    stricter = models.JSONField(default=dict, blank=True)
    signed_by = models.CharField(max_length=120, help_text="Name and office, as published")
    signed_at = models.DateTimeField(default=source.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    ledger_index = models.BigIntegerField(unique=True, help_text="Its entry in the public ledger")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency"], condition=models.Q(ended_at__isnull=True), name="one_agreement_in_force"
            )
        ]


class Officer(models.Model):
    """A person of an agency who signs in to the portal."""

    class Role(models.TextChoices):
        REQUESTER = "requester"
        APPROVER = "approver"
        ADMIN = "admin"
        AUDITOR = "auditor"

    ref = models.CharField(max_length=22, unique=True, default=new_officer_ref, editable=False)
    account = models.OneToOneField("people.Account", on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="officers")
    role = models.CharField(max_length=9, choices=Role)
    title = models.CharField(max_length=60, help_text="As owners read it: Officer, Sergeant")
    badge = models.CharField(max_length=20)
    contact = models.CharField(max_length=120, help_text="Telephone or email given in requests")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=source.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "badge"], name="one_officer_a_badge")]

    @property
    def shown_as(self) -> str:
        """How pages and mail name the officer: title and badge."""
        return f"{self.title} {self.badge}"
