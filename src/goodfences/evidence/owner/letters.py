"""Emails about a video after its share: to its owner, unknown to the agency, and to the agency's own address.

Their words are in templates/mail/. Each link to the owner leads past the sign-in, but for “not for this case” and the
one that stops such emails, which work without one (P4).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from goodfences import source
from goodfences.evidence.models.after import DeletionRequest, HandOn, LegalHold, Question, Reuse
from goodfences.evidence.models.share import Share
from goodfences.evidence.models.shared_video import SharedVideo
from goodfences.mail import links, outbox
from goodfences.mail.quoting import quoted
from goodfences.people import queries as people
from goodfences.people.models import Account
from goodfences.rows import the_row
from goodfences.video_requests import letters
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.queries import mutes_of

NEWS, QUESTION, REUSE, DELETION = "video_news", "video_question", "video_reuse", "deletion_asked"
NOT_FOR_THIS = "video.not_for_this"
"""Purpose of goodfences.mail.links; the payload is the reference of the Reuse."""


def handed_on(ask: Ask, done: HandOn) -> None:
    """To whom, and for what."""
    to = _to_words(done.to, ask.owner.language)
    said = {"officer": done.officer.shown_as, "to": to, "name": quoted(done.name), "why": quoted(done.why)}
    _news(ask, done.video, f"handed-on:{done.pk}", {"handed_on": True, **said})


def held(ask: Ask, hold: LegalHold) -> None:
    """On what ground, and until when."""
    said = {"officer": hold.officer.shown_as, "why": quoted(hold.ground), "ends_at": hold.ends_at.isoformat()}
    _news(ask, hold.video, f"held:{hold.pk}", {"held": True, **said})


def answered(ask: Ask, request: DeletionRequest) -> None:
    """Deleted, or kept and why."""
    said = {request.answer: True, "why": quoted(request.why), "law": quoted(request.law)}
    _news(ask, request.video, f"deletion-answered:{request.video.ref}", said)


def destroyed(video: SharedVideo) -> None:
    """The copy that was kept here is gone. To whoever shared it, if they are still here."""
    ask = ask_of(video)
    if ask is not None:
        _news(ask, video, f"video-destroyed:{video.ref}", {"destroyed": True})


def question(ask: Ask, asked: Question) -> None:
    """What an officer asks; nothing where the owner wants to hear nothing of this agency."""
    said = {"officer": asked.officer.shown_as, "said": quoted(asked.text)}
    _asking(ask, asked.video, QUESTION, f"question:{asked.video.ref}", said)


def reuse(ask: Ask, asked: Reuse) -> None:
    """For which other case, and why."""
    assert asked.expires_at is not None
    said = {
        "officer": asked.officer.shown_as,
        "other_case": asked.case_number,
        "said": quoted(asked.reason),
        "expires_at": asked.expires_at.isoformat(),
        "decline": settings.SITE_URL + reverse("resident:email_reuse", args=[links.sign(NOT_FOR_THIS, asked.ref)]),
    }
    _asking(ask, asked.video, REUSE, f"reuse:{asked.ref}", said)


def deletion_asked(request: DeletionRequest) -> None:
    """To the agency's published address, in the transaction of the owner's act."""
    asked = request.video.video_request
    agency = asked.agency
    outbox.queue(
        once=f"deletion:{request.video.ref}",
        to=agency.contact_email,
        template=DELETION,
        context={
            "agency": agency.name,
            "case_number": asked.case_number,
            "due_at": request.due_at.isoformat(),
            "page": settings.SITE_URL + reverse("portal:shared_after", args=[request.video.ref]),
        },
        language="en",
        time_zone=agency.time_zone,
    )


def ask_of(video: SharedVideo) -> Ask | None:
    """The ask of whoever shared it; None once they left."""
    share = the_row(
        Share.objects.select_related("ask__owner", "ask__video_request__agency").filter(ref=video.share_ref)
    )
    ask = share.ask if share else None
    return ask if ask and ask.owner.is_active else None


def page_of(ask: Ask, video: SharedVideo) -> str:
    """The owner's page of the video."""
    return settings.SITE_URL + reverse("resident:ask_video", args=[ask.ref, video.ref])


def _news(ask: Ask, video: SharedVideo, once: str, said: dict[str, Any]) -> None:
    _queue(ask, video, NEWS, once, said, {})


def _asking(ask: Ask, video: SharedVideo, template: str, once: str, said: dict[str, Any]) -> None:
    """An email that wants something: it can be stopped, and isn't written to whoever did so."""
    muted = {mute.agency_id for mute in mutes_of(ask.owner_id)}
    if None in muted or ask.video_request.agency_id in muted:
        return
    stop = letters.link_to("stop", ask.ref)
    _queue(ask, video, template, once, {**said, "stop": stop}, letters.unsubscribe(stop))


def _queue(
    ask: Ask, video: SharedVideo, template: str, once: str, said: dict[str, Any], headers: dict[str, str]
) -> None:
    owner: Account = ask.owner
    request = ask.video_request
    outbox.queue(
        once=once,
        to=owner.email,
        template=template,
        context={
            "agency": request.agency.name,
            "case_number": request.case_number,
            "starts_at": video.starts_at.isoformat(),
            "page": page_of(ask, video),
            **said,
        },
        language=owner.language,
        time_zone=owner.time_zone,
        headers=headers,
        not_before=people.hours_of(owner).free_from(source.now()),
    )


def _to_words(to: str, language: str) -> str:
    with translation.override(language):
        return {
            "defense": translation.gettext("the defense"),
            "prosecutor": translation.gettext("the prosecutor"),
            "court": translation.gettext("the court"),
        }.get(to, translation.gettext("another agency"))
