"""The owner's side of a share. Nothing an officer can reach imports this module (P1, P2)."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_share_ref() -> str:
    return source.new_ref("share")


class Share(models.Model):
    """What one owner gave to one request: which clips, from when to when, and nothing about the owner
    but what the owner added in `told` (keys out of name, email, phone, address, note)."""

    class State(models.TextChoices):
        PREPARING = "preparing"
        READY = "ready"
        FAILED = "failed"
        WITHDRAWN = "withdrawn"

    ref = models.CharField(max_length=22, unique=True, default=new_share_ref, editable=False)
    ask = models.OneToOneField("video_requests.Ask", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State, default=State.PREPARING)
    cuts = models.JSONField(help_text="[{clip, starts_ms, ends_ms, exact, audio}] as the owner chose")
    told = models.JSONField(default=dict, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=source.now, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
