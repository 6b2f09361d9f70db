"""Links, and when they were opened. Nothing of who opened them."""

from __future__ import annotations

from django.db import models

from goodfences import source


def new_link_ref() -> str:
    return source.new_ref("link")


class Link(models.Model):
    """The way to one sealed copy of a clip, for whoever has the link.

    The link itself is a token of which the digest is kept. `copy` is empty once the link has ended: its key is
    destroyed and its file gone.
    """

    ref = models.CharField(max_length=22, unique=True, default=new_link_ref, editable=False)
    account = models.ForeignKey("people.Account", on_delete=models.CASCADE, related_name="+")
    copy = models.OneToOneField("redaction.Copy", null=True, on_delete=models.SET_NULL, related_name="+")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token")
    passphrase = models.CharField(max_length=200, blank=True, help_text="Hashed; empty where there is none")
    starts_at = models.DateTimeField(help_text="Of the copy")
    ends_at = models.DateTimeField()
    created_at = models.DateTimeField(default=source.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was revoked, ran out, or lost its clip")

    class Meta:
        indexes = [
            models.Index(fields=["account", "-created_at"], name="link_by_account"),
            models.Index(fields=["expires_at"], condition=models.Q(ended_at__isnull=True), name="link_to_end"),
        ]


class Opening(models.Model):
    """That the video behind a link was opened: when, and not by whom."""

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="openings")
    visit = models.CharField(max_length=64, help_text="Digest of what the page gave its player; says nothing of who")
    at = models.DateTimeField(default=source.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "visit"], name="a_visit_counts_once")]
