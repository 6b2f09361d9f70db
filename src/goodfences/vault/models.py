"""Keys. The sealed files themselves are blobs; deleting a key deletes what it sealed (P7)."""

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
