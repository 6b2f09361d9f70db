"""Oversight bodies, who signs in for them, the agencies that they oversee, and their findings."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_seat_ref() -> str:
    return source.new_ref("seat")


def new_finding_ref() -> str:
    return source.new_ref("finding")


class Body(models.Model):
    """A council or another body that oversees agencies."""

    name = models.CharField(max_length=80)
    agencies = models.ManyToManyField("agencies.Agency", related_name="+")
    created_at = models.DateTimeField(default=source.now, editable=False)


class Seat(models.Model):
    """A person who signs in for a body. `account` is empty where the address already signed in as someone else: then
    nobody can act by this seat, and nobody is told why (P2; see agencies.Officer)."""

    ref = models.CharField(max_length=22, unique=True, default=new_seat_ref, editable=False)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="seats")
    account = models.ForeignKey("people.Account", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField()
    name = models.CharField(max_length=80)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=source.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=models.Q(active=True), name="one_active_seat_an_account"
            )
        ]


class Finding(models.Model):
    """What a body found about an agency. It stands on the agency's public page, under the body's name, for good."""

    ref = models.CharField(max_length=22, unique=True, default=new_finding_ref, editable=False)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="findings")
    agency = models.ForeignKey("agencies.Agency", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120)
    text = models.TextField()
    at = models.DateTimeField(default=source.now, editable=False)
    ledger_index = models.BigIntegerField(unique=True)
