"""The one email of an archive: that it is ready."""

from __future__ import annotations

from django.conf import settings

from goodfences.mail import outbox
from goodfences.people.models import Archive


def ready(archive: Archive) -> None:
    """Say so to its owner, in the caller's transaction. The email holds no way to the file without signing in."""
    assert archive.expires_at is not None
    outbox.queue(
        once=f"archive:{archive.pk}",
        to=archive.account.email,
        template="archive_ready",
        context={
            "link": f"{settings.SITE_URL}/settings/data/",
            "expires_at": archive.expires_at.isoformat(),
            "instance_name": settings.INSTANCE_NAME,
        },
        language=archive.account.language,
        time_zone=archive.account.time_zone,
        not_after=archive.expires_at,
    )
