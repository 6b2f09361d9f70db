"""Legal demands, whom they are about, and what the public record committed to.

Operators stand here by their address, not by a link to their account: what they did stays when they leave.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models

from goodfences import source


def new_demand_ref() -> str:
    return source.new_ref("legal_demand")


def new_salt() -> str:
    return source.random_bytes("legal_demand.salt", 32).hex()


class LegalDemand(models.Model):
    """One demand and what became of it.

    `confirmed_at` empty: it waits for a second operator, and nobody is told. `secret_until` is the moment at which a
    court's order of silence ends, as it was computed when it was entered: from then on everybody is told, whatever
    zone the machine is in. `authority`, `scope` and `handed_over` are published as they stand.
    """

    class Kind(models.TextChoices):
        WARRANT = "warrant"
        SUBPOENA = "subpoena"
        COURT_ORDER = "court_order"
        EMERGENCY = "emergency"

    class Outcome(models.TextChoices):
        NOTHING = "nothing"
        PART = "part"
        ALL = "all"

    ref = models.CharField(max_length=22, unique=True, default=new_demand_ref, editable=False)
    kind = models.CharField(max_length=11, choices=Kind)
    authority = models.CharField(max_length=160)
    reference = models.CharField(max_length=80, help_text="Its number at the authority; never published")
    scope = models.TextField(max_length=2000)
    received_on = models.DateField()
    outcome = models.CharField(max_length=7, choices=Outcome)
    handed_over = models.TextField(max_length=2000, help_text="The least that satisfies it, or why nothing")

    document_blob = models.CharField(max_length=120)
    document_type = models.CharField(max_length=40)
    document_sha256 = models.CharField(max_length=64)
    key = models.ForeignKey("vault.SealedKey", on_delete=models.PROTECT, related_name="+")

    secret_until = models.DateTimeField(null=True)
    secrecy_order = models.CharField(max_length=200, blank=True, help_text="Court and number of the order of silence")

    entered_by = models.EmailField()
    entered_at = models.DateTimeField(default=source.now, editable=False)
    confirmed_by = models.EmailField(blank=True)
    confirmed_at = models.DateTimeField(null=True)
    salt = models.CharField(max_length=64, default=new_salt, editable=False)
    year = models.PositiveSmallIntegerField(null=True, help_text="In which it is counted, as UTC counts years")
    slot = models.PositiveIntegerField(null=True, help_text="Its place in that year's commitment, drawn by lot")
    told_at = models.DateTimeField(null=True, help_text="When everybody concerned was told")
    published_at = models.DateTimeField(null=True)
    ledger_index = models.BigIntegerField(null=True, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["year", "slot"], name="one_demand_a_slot")]
        indexes = [
            models.Index(
                fields=["secret_until"],
                condition=models.Q(confirmed_at__isnull=False, published_at__isnull=True),
                name="legal_demand_due",
            )
        ]

    @property
    def due_at(self) -> datetime | None:
        """From when on everybody may know."""
        return self.secret_until or self.confirmed_at


class DemandSubject(models.Model):
    """Somebody whom a demand is about. Told once; nobody is told after they left."""

    demand = models.ForeignKey(LegalDemand, on_delete=models.CASCADE, related_name="subjects")
    account = models.ForeignKey("people.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["demand", "account"], name="told_of_a_demand_once")]


class DemandCount(models.Model):
    """One entry of counts in the ledger, and what is needed to prove later what it committed to."""

    year = models.PositiveSmallIntegerField()
    at = models.DateTimeField(default=source.now)
    bands = models.JSONField(help_text="By kind: how many, in bands")
    leaves = models.JSONField(help_text="{slot: leaf hash} of the demands that it covers")
    seed = models.CharField(max_length=64, default=new_salt, help_text="Of the leaves that stand for no demand")
    ledger_index = models.BigIntegerField(unique=True)
