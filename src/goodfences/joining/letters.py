"""The mails to an applicant and to an agency's published contact. Their words are in templates/mail/joining*."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language

from goodfences import source
from goodfences.joining import access
from goodfences.joining.models import Application
from goodfences.mail import links, outbox


def begun(application: Application) -> None:
    """The applicant's own link, in the transaction that takes the application."""
    url = _address("joining:application", access.own_link(application))
    _write(application, "begun", to=application.applicant_email, what="begun", link=url)


def proof(application: Application) -> None:
    """The link by which the published contact proves the domain."""
    url = _address("joining:prove", links.sign(access.PROOF, application.ref))
    once = f"proof:{source.new_token('joining.mail')[:16]}"
    _write(application, once, to=application.particulars["contact_email"], what="proof", link=url)


def told(application: Application, state: Application.State, *, reason: str = "") -> None:
    """What became of it, before the address is forgotten."""
    if not application.applicant_email or state == Application.State.WITHDRAWN:
        return
    page = "public:notice" if application.notice_from is not None else ""
    link = _address(page, application.ref) if page else settings.SITE_URL
    _write(application, str(state), to=application.applicant_email, what=str(state), link=link, reason=reason)


def _write(application: Application, once: str, *, to: str, what: str, link: str, reason: str = "") -> None:
    outbox.queue(
        once=f"joining:{application.ref}:{once}",
        to=to,
        template="joining",
        context={
            "what": what,
            "name": application.name,
            "link": link,
            "reason": reason,
            "days": settings.NOTICE_DAYS,
            "instance_name": settings.INSTANCE_NAME,
        },
        language=(get_language() or "en").split("-")[0],
        time_zone=application.particulars["time_zone"],
        not_after=source.now() + timedelta(days=7),
    )


def _address(page: str, argument: str) -> str:
    return settings.SITE_URL + reverse(page, args=[argument])
