"""Whose turn it is."""

from __future__ import annotations

from django.db import models


class Turn(models.Model):
    """Work that one process of all machines does at a time: whose turn it is, and until when unless it is renewed."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=40)
    until = models.DateTimeField(help_text="By the database's clock, which is the same for every machine")
