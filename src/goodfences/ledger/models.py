"""The rows of the append-only public log (RFC 6962)."""

from __future__ import annotations

from django.db import models

from goodfences import source


class LedgerEntry(models.Model):
    """One public entry. The leaf holds a salted commitment to `body`; body and salt are shown beside it."""

    index = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=40, db_index=True)
    at = models.DateTimeField(default=source.now)
    subject = models.CharField(max_length=60, db_index=True, help_text="agency:REF, request:REF, policy")
    body = models.JSONField(null=True, help_text="What is public, in full; empty once erased by law")
    salt = models.CharField(max_length=64, blank=True)
    leaf = models.BinaryField(help_text="The leaf's bytes, exactly as hashed")
    leaf_hash = models.BinaryField()


class LedgerNode(models.Model):
    """The hash of one full subtree, so that roots and proofs cost a logarithm."""

    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="one_hash_a_node")]


class SignedCheckpoint(models.Model):
    """A checkpoint that was signed and published (C2SP tlog-checkpoint)."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField(default=source.now)
