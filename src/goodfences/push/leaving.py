"""What a person takes along. All of it goes with the account by itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from goodfences.push.models import Note, Wish
from goodfences.push.queries import browsers_of


def export(account: Any, household: Any) -> dict[str, Any]:
    """Browsers, wishes, and what was sent these two days."""
    notes = Note.objects.filter(subscription__account=account).order_by("pk")
    wishes = Wish.objects.filter(account=account).select_related("camera").order_by("pk")
    return {
        "browsers": [
            {
                "ref": browser.ref,
                "name": browser.name,
                "push_service": urlsplit(browser.endpoint).hostname or "",
                "created_at": browser.created_at,
                "told_at": browser.told_at,
                "failures": browser.failures,
            }
            for browser in browsers_of(account)
        ],
        "wishes": [
            {"about": wish.about, "camera": wish.camera.ref if wish.camera else "", "created_at": wish.created_at}
            for wish in wishes
        ],
        "notes": [
            {
                "ref": note.ref,
                "about": note.about,
                "subject": note.subject,
                "state": note.state,
                "happened_at": note.happened_at,
                "due_at": note.due_at,
                "not_after": note.not_after,
                "created_at": note.created_at,
            }
            for note in notes
        ],
    }
