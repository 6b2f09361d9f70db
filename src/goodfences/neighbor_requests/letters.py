"""What the emails of neighbors' requests say. Their words are in templates/mail/neighbor_*; the outbox sends them.

Neither side learns who the other one is: an email to an owner holds what the asker wrote, and one to the asker
nothing of an owner. Each link allows one thing and decides nothing by being fetched (P4).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from goodfences import source
from goodfences.mail import links, outbox
from goodfences.mail.quoting import quoted
from goodfences.neighbor_requests.models import NeighborAsk, NeighborRequest
from goodfences.people.queries import OwnerContact

__all__ = ["quoted"]

ASK, DIGEST, VIDEO, THANKS = "neighbor_ask", "neighbor_digest", "neighbor_video", "neighbor_thanks"
STOPPED = "neighbor_stopped"
# Purposes of goodfences.mail.links; the payload of each is the ask's reference.
LOOK, DECLINE, STOP = "neighbor.look", "neighbor.decline", "neighbor.stop"
_PAGES = {
    "look": ("email_neighbor_look", LOOK),
    "decline": ("email_neighbor_decline", DECLINE),
    "stop": ("email_neighbor_stop", STOP),
}


def once_key(request_ref: str, owner_id: int) -> str:
    """The idempotency key of one owner's email about one request (P8)."""
    return f"neighbor-ask:{request_ref}:{owner_id}"


def read_once_key(once: str) -> tuple[str, int]:
    """The request's reference and the owner's id out of `once_key`."""
    _kind, request_ref, owner_id = once.split(":")
    return request_ref, int(owner_id)


def message(ask: NeighborAsk, contact: OwnerContact) -> outbox.NewMessage:
    """The email of one ask, to be queued in the transaction that makes it, for an hour at which its owner reads."""
    stop = link_to("stop", ask.ref)
    return outbox.NewMessage(
        once=once_key(ask.request.ref, ask.owner_id),
        to=contact.email,
        template=ASK,
        context={**line(ask, contact.language), "stop": stop},
        language=contact.language,
        time_zone=contact.time_zone,
        headers=unsubscribe(stop),
        not_before=contact.hours.free_from(source.now(), ask.expires_at),
        not_after=ask.expires_at,
    )


def line(ask: NeighborAsk, language: str) -> dict[str, Any]:
    """What an email says of one ask, and its two links."""
    request = ask.request
    return {
        "name": quoted(request.name),
        "kind": in_words(request, language),
        "reason": quoted(request.reason),
        "radius": request.radius_meters,
        "feet": round(request.radius_meters / 0.3048 / 50) * 50,
        "starts_at": request.starts_at.isoformat(),
        "ends_at": request.ends_at.isoformat(),
        "expires_at": request.expires_at.isoformat(),
        "look": link_to("look", ask.ref),
        "decline": link_to("decline", ask.ref),
    }


def in_words(request: NeighborRequest, language: str) -> str:
    """What happened, as the reader reads it."""
    with translation.override(language):
        return {
            "car_hit": translation.gettext("a car or bicycle was hit"),
            "theft": translation.gettext("something was stolen"),
            "damage": translation.gettext("something was damaged"),
            "lost_pet": translation.gettext("a pet is lost"),
        }.get(request.kind, translation.gettext("something happened to a neighbor"))


def link_to(name: str, ask_ref: str) -> str:
    """The owner's own link in an email: `look`, `decline` or `stop`."""
    view, purpose = _PAGES[name]
    return page(view, links.sign(purpose, ask_ref))


def page(view: str, argument: str) -> str:
    return settings.SITE_URL + reverse(f"resident:{view}", args=[argument])


def unsubscribe(stop: str) -> dict[str, str]:
    """The headers by which a mail program stops such emails (RFC 2369, RFC 8058)."""
    headers = {"List-Unsubscribe": f"<{stop}>"}
    if settings.SECURE:
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058: over https alone
    return headers
