"""The quarter's re-checks, and what an agency set up for its people to come in by."""

from __future__ import annotations

from django.db import models

from goodfences import source
from goodfences.agencies.models import Agency, Officer


def new_provider_ref() -> str:
    return source.new_ref("provider")


class Recheck(models.Model):
    """Once a quarter an agency's admin says of each officer that they still work there."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="rechecks")
    quarter = models.CharField(max_length=7, help_text="Such as 2026-Q4")
    began_at = models.DateTimeField(default=source.now)
    due_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    confirmed = models.PositiveIntegerField(default=0)
    deactivated = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "quarter"], name="one_recheck_a_quarter")]


class Confirmation(models.Model):
    """An admin said so of one officer."""

    recheck = models.ForeignKey(Recheck, on_delete=models.CASCADE, related_name="confirmations")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=source.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recheck", "officer"], name="one_confirmation_a_recheck")]


class Directory(models.Model):
    """The token by which an agency's directory tells who joins and leaves (SCIM 2.0); its digest alone."""

    agency = models.OneToOneField(Agency, on_delete=models.PROTECT, related_name="directory")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=source.now)
    used_at = models.DateTimeField(null=True, blank=True)


class Provider(models.Model):
    """Where the agency's officers sign in at their own house: an OpenID provider, or one that speaks SAML 2.0."""

    class Kind(models.TextChoices):
        OIDC = "oidc", "OpenID Connect"
        SAML = "saml", "SAML 2.0"

    ref = models.CharField(
        max_length=22, unique=True, default=new_provider_ref, help_text="Another issuer, another ref"
    )
    agency = models.OneToOneField(Agency, on_delete=models.PROTECT, related_name="provider")
    kind = models.CharField(max_length=4, choices=Kind)
    issuer = models.CharField(max_length=500, help_text="The issuer's URL, or the entity's ID")
    client_id = models.CharField(max_length=200, blank=True, help_text="OpenID Connect alone")
    sealed_secret = models.TextField(blank=True, help_text="OpenID Connect alone; boxes, purpose `provider`")
    metadata_url = models.CharField(max_length=500, blank=True, help_text="SAML alone; empty where it was pasted")
    sso_url = models.CharField(max_length=500, blank=True, help_text="SAML alone")
    certificates = models.JSONField(default=list, blank=True, help_text="SAML alone: base64 of DER, each may sign")
    read_at = models.DateTimeField(null=True, blank=True, help_text="When its metadata was read last; SAML alone")
    read_next_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="Why its metadata couldn't be taken since"
    )
    vouches = models.BooleanField(default=False, help_text="Its addresses count without it saying `email_verified`")
    counts_factor = models.BooleanField(default=False, help_text="A second factor that it saw counts here")
    required = models.BooleanField(default=False, help_text="No other way leads into the portal")
    set_at = models.DateTimeField(default=source.now)
    tried_at = models.DateTimeField(null=True, blank=True, help_text="An admin came back from it as themselves")
    on_since = models.DateTimeField(null=True, blank=True)


class Subject(models.Model):
    """Who an officer is at the provider, from the first sign-in on, until they are invited anew.

    An address that the provider later gives to somebody else doesn't let that one in.
    """

    provider_ref = models.CharField(max_length=22)
    subject = models.CharField(max_length=255)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    invited = models.PositiveSmallIntegerField(help_text="Of the officer, then")
    at = models.DateTimeField(default=source.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider_ref", "officer"], name="one_subject_an_officer")]
