"""Legal hold: what rooms that keep video for agencies have alike. No table of its own."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from goodfences import source


class Hold(models.Model):
    """Retention waits until the hold ends, by itself or lifted before."""

    officer = models.ForeignKey("agencies.Officer", on_delete=models.PROTECT, related_name="+")
    ground = models.CharField(max_length=300, help_text="In law; its owner reads it, the public doesn't")
    begins_at = models.DateTimeField(default=source.now, editable=False)
    ends_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    ledger_index = models.BigIntegerField()

    class Meta:
        abstract = True

    def is_in_force(self, now: datetime) -> bool:
        return self.lifted_at is None and now < self.ends_at
