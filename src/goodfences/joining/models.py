"""Applications of agencies, and what residents say about those that are announced."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_application_ref() -> str:
    return source.new_ref("application")


def new_remark_ref() -> str:
    return source.new_ref("remark")


class Application(models.Model):
    """What an agency wants to sign: to join, or, where `agency` is set from the start, to renew its agreement.

    Until its notice begins only the applicant and the operator see it. What is private (`admin`, `applicant_email`)
    is emptied when it ends, either way.
    """

    class State(models.TextChoices):
        APPLIED = "applied", "Waits for the agency to prove its domain and sign"
        SIGNED = "signed", "Waits for the operator"
        NOTICE = "notice", "Announced"
        IN_FORCE = "in_force", "In force"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Proof(models.TextChoices):
        DNS = "dns", "A record in its DNS"
        MAIL = "mail", "A link mailed to its published contact"

    ref = models.CharField(max_length=22, unique=True, default=new_application_ref, editable=False)
    agency = models.ForeignKey("agencies.Agency", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    renews = models.BooleanField(default=False)
    slug = models.SlugField()
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=9, choices=State, default=State.APPLIED)
    particulars = models.JSONField(help_text="As agencies.checks.AgencyParticulars; public once announced")
    admin = models.JSONField(default=dict, help_text="As agencies.checks.OfficerParticulars; private")
    applicant_email = models.EmailField(blank=True, help_text="Where news goes; private")
    oversight = models.JSONField(default=dict, help_text="name, person and email of the body that oversees it")
    signed_by = models.CharField(max_length=120)
    stricter = models.JSONField(default=dict)
    text = models.TextField()
    version = models.PositiveSmallIntegerField()
    statement = models.TextField(help_text="The canonical text that both sides sign")
    code = models.CharField(max_length=43, help_text="What its DNS must say")
    proven_by = models.CharField(max_length=4, blank=True, choices=Proof)
    proven_at = models.DateTimeField(null=True, blank=True)
    signature = models.TextField(blank=True, help_text="The agency's, as ssh-keygen wrote it")
    agency_key = models.CharField(max_length=60, blank=True, help_text="Fingerprint of the key that made it")
    signed = models.JSONField(default=dict, help_text="Both signatures and all that they need; public")
    applied_at = models.DateTimeField(default=source.now, editable=False)
    notice_from = models.DateTimeField(null=True, blank=True)
    notice_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it was refused")
    ledger_index = models.BigIntegerField(null=True, blank=True, help_text="The entry with which its notice began")

    class Meta:
        indexes = [
            models.Index(fields=["notice_until"], condition=models.Q(state="notice"), name="application_in_notice")
        ]


class Remark(models.Model):
    """What a resident says in public about an announced agreement. Nobody is told by whom."""

    ref = models.CharField(max_length=22, unique=True, default=new_remark_ref, editable=False)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="remarks")
    author = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    language = models.CharField(max_length=5)
    at = models.DateTimeField(default=source.now, editable=False)
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_reason = models.CharField(max_length=500, blank=True)
