"""What the email of an ask says. Its words are in templates/mail/ask.*; the outbox sends it.

Everything that is the same for all owners is one common part, so that a hundred thousand asks are written
and rendered fast. An owner's own part is the ask's reference alone. Each link allows one thing (`LOOK`,
`DECLINE`, `STOP`), names the ask, and decides nothing by being fetched (P4).
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse

from goodfences import source
from goodfences.mail import links, outbox
from goodfences.mail.models import CommonPart
from goodfences.mail.quoting import quoted
from goodfences.people.queries import OwnerContact
from goodfences.video_requests import incidents
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest

TEMPLATE = "ask"
# Purposes of goodfences.mail.links; the payload of each is the ask's reference.
LOOK, DECLINE, STOP = "ask.look", "ask.decline", "ask.stop"
_PAGES = {"look": ("email_look", LOOK), "decline": ("email_decline", DECLINE), "stop": ("email_stop", STOP)}


def once_key(request_ref: str, owner_id: int) -> str:
    """The idempotency key of one owner's email about one request (P8)."""
    return f"ask:{request_ref}:{owner_id}"


def reminder_key(ask_ref: str) -> str:
    """The idempotency key of the one reminder that an owner may ask for."""
    return f"ask-reminder:{ask_ref}"


def read_once_key(once: str) -> tuple[str, int]:
    """The request's reference and the owner's id out of `once_key`."""
    _, request_ref, owner_id = once.split(":")
    return request_ref, int(owner_id)


def common_key(request: VideoRequest) -> str:
    """Under which the outbox keeps what all emails of a request share."""
    return f"ask:{request.ref}"


def messages(
    request: VideoRequest, asks: Iterable[Ask], contacts: dict[int, OwnerContact]
) -> list[outbox.NewMessage]:
    """One message an ask, to be queued in the transaction that makes the asks. `contacts` by account id.

    Each waits for an hour at which its owner wants to be written to.
    """
    part, now = _common(request), source.now()
    return [
        outbox.NewMessage(
            once=once_key(request.ref, ask.owner_id),
            to=contacts[ask.owner_id].email,
            template=TEMPLATE,
            context={"ask": ask.ref},
            language=contacts[ask.owner_id].language,
            time_zone=contacts[ask.owner_id].time_zone,
            common=part,
            ref=ask.ref,
            not_before=contacts[ask.owner_id].hours.free_from(now, request.expires_at),
            not_after=request.expires_at,
        )
        for ask in asks
    ]


def link_to(page: str, ask_ref: str) -> str:
    """The owner's own link in an email: `look`, `decline` or `stop`."""
    name, purpose = _PAGES[page]
    return _address(name).replace("{token}", links.sign(purpose, ask_ref))


def unsubscribe(stop: str) -> dict[str, str]:
    """The headers by which a mail program stops such emails (RFC 2369, RFC 8058)."""
    headers = {"List-Unsubscribe": f"<{stop}>"}
    if settings.SECURE:
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058: over https alone
    return headers


def incident(request: VideoRequest, language: str) -> str:
    """The incident type in the reader's language; the policy's own label where it has no translation."""
    return incidents.in_words(request.incident_type, language)


def ledger_url(request: VideoRequest) -> str:
    """The public page of the entry that opened the request."""
    return settings.SITE_URL + reverse("public:entry", args=[request.ledger_index])


def _common(request: VideoRequest) -> CommonPart:
    assert request.expires_at is not None
    return outbox.common_part(
        key=common_key(request),
        context={
            "agency": request.agency.name,
            "officer": request.requester.shown_as,
            "contact": request.contact,
            "place": request.place_name,
            "incident": incident(request, "en"),
            "case_number": request.case_number,
            "urgent": "yes" if request.urgent else "",
            "urgent_reason": quoted(request.urgent_reason) if request.urgent else "",
            "reason": quoted(request.reason),
            "starts_at": request.starts_at.isoformat(),
            "ends_at": request.ends_at.isoformat(),
            "expires_at": request.expires_at.isoformat(),
            "ledger_index": str(request.ledger_index),
            "ledger_url": ledger_url(request),
            "words": {language: {"incident": incident(request, language)} for language in incidents.LANGUAGES},
        },
        links={name: (purpose, _address(page), "ask") for name, (page, purpose) in _PAGES.items()},
        headers=unsubscribe("{stop}"),
    )


def _address(page: str) -> str:
    return settings.SITE_URL + reverse(f"resident:{page}", args=["TOKEN"]).replace("TOKEN", "{token}")
