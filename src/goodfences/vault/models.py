"""Keys, what the scrub found, and when all was backed up. Sealed files themselves are blobs; deleting a key deletes
what it sealed (P7).
"""

from __future__ import annotations

from django.db import models

from goodfences import source


class SealedKey(models.Model):
    """An age identity of its own for one sealed thing, itself sealed to the instance's master key."""

    purpose = models.CharField(max_length=20, help_text="What it seals, in a word")
    recipient = models.CharField(max_length=80, help_text="age1... (X25519)")
    sealed_identity = models.BinaryField(null=True, help_text="age file; empty once the key was destroyed")
    created_at = models.DateTimeField(default=source.now, editable=False)
    destroyed_at = models.DateTimeField(null=True, blank=True)


class Scrub(models.Model):
    """One round of the worker over every blob: how far it is, and what it found. Only the last two are kept."""

    begun_at = models.DateTimeField(default=source.now)
    ended_at = models.DateTimeField(null=True)
    holding = models.CharField(max_length=40, blank=True, help_text="The table that it reads now (vault.inventory)")
    after = models.BigIntegerField(default=0, help_text="The key of the last of its rows that were read")
    read = models.BigIntegerField(default=0, help_text="Blobs")
    size = models.BigIntegerField(default=0, help_text="Bytes of them, unsealed where we have the key")
    missing = models.BigIntegerField(default=0)
    broken = models.BigIntegerField(default=0)
    orphans = models.BigIntegerField(default=0, help_text="Of strangers, too; known once it ended")


class BackedUp(models.Model):
    """What became of the instance's backups: a row of whole ones, and one of what is written down between two."""

    kind = models.CharField(max_length=10, primary_key=True)
    made_at = models.DateTimeField(null=True, help_text="When the last one was finished")
    failed_at = models.DateTimeField(null=True, help_text="When one was last tried in vain")
    trouble = models.CharField(max_length=40, blank=True, help_text="What kind of error that was")
    deleting_nothing_until = models.DateTimeField(
        null=True, help_text="No file is deleted before that, by the database's clock, which all machines share"
    )
