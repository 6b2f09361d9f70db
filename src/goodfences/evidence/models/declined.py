"""That an owner said no to another case. Nothing an officer can reach imports this module (P1, P2)."""

from __future__ import annotations

from django.db import models

from goodfences import source
from goodfences.evidence.models.after import Reuse


class ReuseDecline(models.Model):
    """For the owner's own page alone, which stops asking; to everyone else it is as if nobody had answered."""

    reuse = models.OneToOneField(Reuse, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=source.now, editable=False)
