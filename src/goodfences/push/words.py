"""What a notification says before it is opened. No camera, no place, no picture: the browser asks us for the rest."""

from __future__ import annotations

import json

from django.utils import translation
from django.utils.translation import gettext as _

from goodfences.push.models import About, Note

PATHS = {
    About.REQUEST: "/requests/{}/",
    About.SILENCE: "/cameras/",
    About.POST: "/neighbors/{}/",
    About.WARNING: "/warnings/{}/",
    About.OVER: "/warnings/{}/",
    About.NEIGHBOR: "/requests/neighbors/{}/",
}


def payload(note: Note, language: str) -> bytes:
    """JSON for the app's worker: what to show, under which tag, and where a tap leads."""
    with translation.override(language):
        title, body = _texts()[About(note.about)]
    told = {"note": note.ref, "tag": f"{note.about}-{note.subject}", "title": title, "body": body, "url": path(note)}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def path(note: Note) -> str:
    """Where a tap leads."""
    return PATHS.get(About(note.about), "/home/clips/{}/").format(note.subject)


def _texts() -> dict[About, tuple[str, str]]:
    which = _("Open it to see which camera.")
    return {
        About.REQUEST: (
            _("You are asked for video"),
            _("Open it to see who asks, and why. Saying nothing is fine."),
        ),
        About.NEIGHBOR: (
            _("A neighbor asks for video"),
            _("Open it to see what happened. Saying nothing is fine."),
        ),
        About.SILENCE: (_("A hub or camera is silent"), _("Open it to see which one, and since when.")),
        About.POST: (_("A post near you"), _("Open it to read what happened.")),
        About.WARNING: (_("Official warning"), _("Open it to read what to do.")),
        About.OVER: (_("An official warning is no longer in force"), _("Open it to read what holds now.")),
        About.MOTION: (_("Something moved"), which),
        About.PERSON: (_("A person came by"), which),
        About.DOORBELL: (_("Somebody rang the doorbell"), which),
    }
