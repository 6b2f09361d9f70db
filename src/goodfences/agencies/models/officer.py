"""The people of an agency."""

from __future__ import annotations

from django.db import models

from goodfences import source
from goodfences.agencies.models.agency import Agency


def new_officer_ref() -> str:
    return source.new_ref("officer")


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
    badge = models.CharField(max_length=20, blank=True, help_text="Empty until whoever was invited accepts with it")
    contact = models.CharField(max_length=120, help_text="Telephone or email given in requests")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=source.now, editable=False)
    invited = models.PositiveSmallIntegerField(default=1, help_text="How often; only the newest link counts")
    accepted_at = models.DateTimeField(null=True, blank=True, help_text="When they followed the newest link")
    signed_in_at = models.DateTimeField(
        null=True, blank=True, help_text="Last; on the list of the quarter's re-check"
    )
    external_id = models.CharField(max_length=150, blank=True, help_text="How the agency's directory numbers them")
    user_name = models.CharField(max_length=150, blank=True, help_text="How the agency's directory names them")
    in_directory = models.BooleanField(default=True, help_text="Whether the agency's directory may see this officer")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "badge"], condition=~models.Q(badge=""), name="one_officer_a_badge"
            ),
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(active=True), name="one_active_officer_an_account"
            ),
        ]

    @property
    def address(self) -> str:
        """Where they are written to; empty for one of before addresses were kept, without an account."""
        return self.email or (self.account.email if self.account else "")

    @property
    def shown_as(self) -> str:
        """How pages and mail name the officer: title and badge. Without one they can't act yet."""
        return f"{self.title} {self.badge or '(no badge number yet)'}"
