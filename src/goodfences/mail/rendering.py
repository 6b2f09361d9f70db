"""From an outbox row to the bytes of a message."""

from __future__ import annotations

import base64
import re
import threading
import zoneinfo
from collections import OrderedDict
from datetime import datetime
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.template import Context, TemplateDoesNotExist
from django.template.loader import get_template
from django.utils import timezone, translation

from goodfences import source
from goodfences.mail import links
from goodfences.mail.addresses import on_the_wire
from goodfences.mail.backend import READY_MADE
from goodfences.mail.mime import Mold, Slots, mold
from goodfences.mail.models import CommonPart, OutboxMessage

_DEFAULT_LANGUAGE = "en"
_KEPT_MOLDS = 128
_BRACED = re.compile(r"\{(\w+)\}")


class Words(NamedTuple):
    """What a reader reads; `html` may be empty."""

    subject: str
    text: str
    html: str


class Renderer:
    """Renders rows, keeping the molds of batches. For one worker; threads may share it."""

    def __init__(self) -> None:
        self._molds: OrderedDict[tuple[Any, ...], Mold] = OrderedDict()
        self._lock = threading.Lock()

    def render(self, row: OutboxMessage) -> bytes:
        """The whole message, lines ending in CRLF. Raises if its template is missing or broken."""
        own = {
            "message_to": on_the_wire(row.to),
            "message_id": message_id(row.ref),
            "message_date": format_datetime(source.now()),
        }
        if row.common is None:
            return _cast(row, row.context, row.headers, list(own), {}).fill(own)
        filled = {**row.context, **own}
        for name, (purpose, url, key) in row.common.links.items():
            filled[name] = url.replace("{token}", links.sign(purpose, row.context[key]))
        return self._mold_for(row, row.common, list(filled)).fill(filled)

    def _mold_for(self, row: OutboxMessage, common: CommonPart, names: list[str]) -> Mold:
        # A common part never changes, so its number stands for all that it holds.
        key = (row.template, row.language, row.time_zone, common.pk, *names)
        with self._lock:
            if key not in self._molds:
                self._molds[key] = _cast(row, common.context, common.headers, names, common.links)
                while len(self._molds) > _KEPT_MOLDS:
                    self._molds.popitem(last=False)
            return self._molds[key]


def words(template: str, language: str, time_zone: str, context: dict[str, Any]) -> Words:
    """The subject and both twins in the reader's language and zone; English where there is no translation."""
    if template == READY_MADE:
        return Words(context["subject"], context["text"], context["html"])
    language = _language_of(template, language)
    spoken = {**_with_times(context), **context.get("words", {}).get(language, {})}
    spoken.update(instance_name=settings.INSTANCE_NAME, site_url=settings.SITE_URL, language=language)
    with translation.override(language), timezone.override(zoneinfo.ZoneInfo(time_zone)):
        subject = " ".join(_render(f"mail/{template}.{language}.subject.txt", spoken, escaped=False).split())
        text = _render(f"mail/{template}.{language}.txt", spoken, escaped=False)
        try:
            html = _render(f"mail/{template}.{language}.html", {**spoken, "subject": subject}, escaped=True)
        except TemplateDoesNotExist:
            html = ""
    return Words(subject, text, html)


def message_id(ref: str) -> str:
    """The Message-ID (RFC 5322) of the message whose reference is `ref`."""
    return f"<{ref}@{mail_domain()}>"


def envelope_sender(ref: str) -> str:
    """Where bounces of the message go: an address that tells which one (VERP), or our own.

    The reference stands in hexadecimal because mail servers may change the case of letters.
    """
    if not settings.MAIL_BOUNCES:
        return _address_of(settings.DEFAULT_FROM_EMAIL)
    local, _, domain = settings.MAIL_BOUNCES.rpartition("@")
    return f"{local}+{base64.urlsafe_b64decode(ref + '==').hex()}@{domain}"


def mail_domain() -> str:
    """The domain that mail comes from."""
    return _address_of(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2]


@lru_cache(maxsize=4)
def _address_of(sender: str) -> str:
    return parseaddr(sender)[1]


def _cast(
    row: OutboxMessage, context: dict[str, Any], headers: dict[str, str], names: list[str], part_links: dict[str, Any]
) -> Mold:
    slots = Slots(names)
    spoken = words(row.template, row.language, row.time_zone, {**context, **slots.marks})
    if any(mark in spoken.subject for mark in slots.marks.values()):
        raise ValueError(f"The subject of mail/{row.template} prints a reader's own text; it is the same for all.")
    own_headers = {"To": "{message_to}", "Message-ID": "{message_id}", "Date": "{message_date}"}
    fixed = {"From": settings.DEFAULT_FROM_EMAIL, "Subject": spoken.subject, "Auto-Submitted": "auto-generated"}
    for name, value in headers.items():
        (own_headers if _BRACED.search(value) and part_links else fixed)[name] = value
    return mold(
        headers={**fixed, "MIME-Version": "1.0"},
        own_headers={name: _BRACED.sub(lambda m: slots.marks[m[1]], value) for name, value in own_headers.items()},
        slots=slots,
        text=spoken.text,
        html=spoken.html,
    )


def _render(name: str, context: dict[str, Any], *, escaped: bool) -> str:
    template: Any = get_template(name)
    return str(template.template.render(Context(context, autoescape=escaped)))


def _with_times(context: dict[str, Any]) -> dict[str, Any]:
    return {key: _with_time(key, value) for key, value in context.items()}


def _with_time(key: str, value: Any) -> Any:
    """A time where the key says that it is one, in lists of such facts too."""
    if isinstance(value, list):
        return [_with_times(each) if isinstance(each, dict) else each for each in value]
    return datetime.fromisoformat(value) if key.endswith("_at") and isinstance(value, str) else value


def _language_of(template: str, language: str) -> str:
    short = language.partition("-")[0]
    try:
        get_template(f"mail/{template}.{short}.txt")
    except TemplateDoesNotExist:
        return _DEFAULT_LANGUAGE
    return short
