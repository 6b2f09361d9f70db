"""The rows of the append-only public log (RFC 6962)."""

from __future__ import annotations

from django.db import models

from goodfences import source


class LedgerEntry(models.Model):
    """One public entry. The leaf holds a salted commitment to subject and body, which are shown beside it."""

    index = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=40, db_index=True)
    at = models.DateTimeField(help_text="Whole seconds, as the leaf writes it")
    subject = models.CharField(max_length=60, db_index=True, help_text="agency:REF, request:REF, policy")
    body = models.JSONField(null=True, help_text="What is public, in full; empty once erased by law")
    salt = models.CharField(max_length=64, blank=True, help_text="Hexadecimal; empty once erased by law")
    leaf = models.BinaryField(help_text="The leaf's bytes, exactly as hashed")

    @property
    def erased(self) -> bool:
        """Whether what it said was erased. The leaf stays, so that every proof still holds."""
        return self.body is None


class LedgerNode(models.Model):
    """The hash of one full subtree (level 0: a leaf), so that roots and proofs cost a logarithm."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField()


class LedgerLock(models.Model):
    """One row, locked by whoever appends or signs, so that on PostgreSQL they come one after the other.

    On SQLite a transaction that writes is alone anyway (settings: transaction_mode IMMEDIATE).
    """

    id = models.PositiveSmallIntegerField(primary_key=True)


class SignedCheckpoint(models.Model):
    """A checkpoint that was signed and published (C2SP tlog-checkpoint)."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField(default=source.now)


class Cosignature(models.Model):
    """A witness's word that it saw a checkpoint, and that the log had only grown until then."""

    checkpoint = models.ForeignKey(SignedCheckpoint, on_delete=models.CASCADE, related_name="cosignatures")
    witness = models.CharField(max_length=400, help_text="Its key, as C2SP writes it")
    line = models.TextField(help_text="The signature line, as it stands below the checkpoint")
    at = models.DateTimeField(help_text="As the witness says")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["checkpoint", "witness"], name="one_cosignature_a_witness")]

    @property
    def name(self) -> str:
        """What the witness is called."""
        return self.witness.split("+", 1)[0]


class WitnessContact(models.Model):
    """How we stand with one witness: what it cosigned last, and when it may be asked again."""

    witness = models.CharField(max_length=400, unique=True, help_text="Its key, as C2SP writes it")
    size = models.BigIntegerField(default=0, help_text="Of the newest checkpoint that it says it knows")
    due_at = models.DateTimeField(default=source.now)
    failures = models.PositiveIntegerField(default=0, help_text="In a row")
    refusal = models.CharField(
        max_length=300, blank=True, help_text="Why it won't cosign what we signed: public, and an alarm"
    )

    @property
    def name(self) -> str:
        """What the witness is called."""
        return self.witness.split("+", 1)[0]
