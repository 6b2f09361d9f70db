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
    """A person of an agency who signs in to the portal.

    `account` is empty where the address already signed in as someone else (a resident, say) when the officer
    was added: then nobody can act as this officer. Nothing that an agency sees tells the two apart, because
    whether a person uses this instance is no agency's business (P2).
    """

    class Role(models.TextChoices):
        REQUESTER = "requester"
        APPROVER = "approver"
        ADMIN = "admin"
        AUDITOR = "auditor"

    ref = models.CharField(max_length=22, unique=True, default=new_officer_ref, editable=False)
    account = models.ForeignKey("people.Account", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField(blank=True, help_text="The address to sign in with, as the agency gave it")
    name = models.CharField(max_length=80, blank=True, help_text="For colleagues; never shown to owners")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="officers")
    role = models.CharField(max_length=9, choices=Role)
    title = models.CharField(max_length=60, help_text="As owners read it: Officer, Sergeant")
    badge = models.CharField(max_length=20)
    contact = models.CharField(max_length=120, help_text="Telephone or email given in requests")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=source.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "badge"], name="one_officer_a_badge"),
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(active=True), name="one_active_officer_an_account"
            ),
        ]

    @property
    def shown_as(self) -> str:
        """How pages and mail name the officer: title and badge."""
        return f"{self.title} {self.badge}"


class AgencyAct(models.Model):
    """One thing that an agency's officer did, for its own admins and auditors. Written in the act's transaction."""

    class Kind(models.TextChoices):
        AGENCY_ADMITTED = "agency.admitted", "Agency admitted"
        AGENCY_SUSPENDED = "agency.suspended", "Agency suspended"
        AGREEMENT_RENEWED = "agreement.renewed", "Agreement renewed"
        OFFICER_ADDED = "officer.added", "Officer added"
        OFFICER_CHANGED = "officer.changed", "Role of an officer changed"
        OFFICER_DEACTIVATED = "officer.deactivated", "Officer deactivated"
        OFFICER_REACTIVATED = "officer.reactivated", "Officer reactivated"
        REQUEST_SUBMITTED = "request.submitted", "Request submitted"
        REQUEST_TAKEN_BACK = "request.taken_back", "Request taken back before it was opened"
        REQUEST_OPENED = "request.opened", "Request approved and opened"
        REQUEST_REJECTED = "request.rejected", "Request rejected"
        REQUEST_WITHDRAWN = "request.withdrawn", "Request withdrawn"
        REQUEST_CLOSED = "request.closed", "Request closed"
        VIDEO_VIEWED = "video.viewed", "Shared video viewed"
        VIDEO_DOWNLOADED = "video.downloaded", "Shared video downloaded"
        POST_WRITTEN = "post.written", "Post published"
        POST_REPLIED = "post.replied", "Reply under a post"
        POST_RESOLVED = "post.resolved", "Said how a post ended"
        POST_TAKEN_DOWN = "post.taken_down", "Post taken down"
        POST_CONTESTED = "post.contested", "Asked for another look at a removed post"

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey(Officer, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24, choices=Kind)
    about = models.CharField(max_length=60, blank=True, help_text="As people name it: a case number, a badge")
    ref = models.CharField(max_length=22, blank=True, help_text="Of the video request, where there is one")
    at = models.DateTimeField(default=source.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["agency", "-at"], name="act_by_agency")]
