"""Reading what comes back: delivery status notifications (RFC 3464) and complaints (RFC 5965)."""

from __future__ import annotations

import base64
import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, Message

_REF = r"[A-Za-z0-9_-]{22}"
_MESSAGE_ID = re.compile(rf"<({_REF})@[^>\s]+>")
_VERP = re.compile(r"\+([0-9a-f]{32})@", re.IGNORECASE)
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_REPLY = re.compile(r"\b([245]\d\d)[ -]")
_NO_MAILBOX = {"550", "551", "553"}
# Said only by a server that got the message back: where our own bounce address stands.
_RETURNED_TO = ("To", "Delivered-To", "X-Original-To", "Envelope-To")


@dataclass(frozen=True)
class Report:
    """What a returned message says.

    `ref` names our message. `permanent`: it won't arrive. `dead`: nor will any other to that address.
    """

    ref: str
    permanent: bool
    dead: bool
    reason: str


def parse(raw: bytes) -> Report | None:
    """The report in a returned message, or None if it is none, or not about a message of ours."""
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    ref = _original_ref(message) or _verp_ref(message)
    if ref is None or message.get_content_type() != "multipart/report":
        return None
    kind = str(message.get_param("report-type", "")).lower()
    if kind == "feedback-report":
        return Report(ref, permanent=False, dead=True, reason="The reader marked it as junk.")
    for fields in _recipients(message):
        if str(fields.get("Action", "")).strip().lower() == "failed":
            return _failed(ref, fields)
    return None


def judge(status: str, diagnostic: str) -> tuple[bool, str]:
    """Whether what a mail server said means that no mailbox is there, and the code of it in few words."""
    found = _STATUS.search(status) or _STATUS.search(diagnostic)
    reply = _REPLY.search(diagnostic)
    if found is None:
        dead = reply is not None and reply[1] in _NO_MAILBOX
        return dead, f"Failed {reply[1] if reply else ''}".strip()
    # RFC 3463: 5.1.x no such address, 5.2.1 disabled. 5.0.0 says nothing; then the reply does.
    nothing_said = found.groups() == ("5", "0", "0")
    dead = found[1] == "5" and (
        found[2] == "1"
        or found.groups() == ("5", "2", "1")
        or (nothing_said and reply is not None and reply[1] in _NO_MAILBOX)
    )
    return dead, f"Failed {found[0]}"


def _failed(ref: str, fields: Message) -> Report:
    dead, reason = judge(str(fields.get("Status", "")), str(fields.get("Diagnostic-Code", "")))
    return Report(ref, permanent=True, dead=dead, reason=reason)


def _recipients(message: EmailMessage) -> Iterator[Message]:
    """The per-recipient fields of a delivery status (RFC 3464, 2.3): each group but the first."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            groups = part.get_payload()
            if isinstance(groups, list):
                yield from (group for group in groups[1:] if isinstance(group, Message))


def _original_ref(message: EmailMessage) -> str | None:
    """From the headers of our message, which the report returns."""
    for part in message.walk():
        text = ""
        if part.get_content_type() == "text/rfc822-headers":
            text = str(part.get_payload(decode=False))
        elif part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            text = f"Message-ID: {inner[0].get('Message-ID', '')}" if isinstance(inner, list) and inner else ""  # type: ignore[union-attr]
        line = re.search(r"^message-id:\s*(\S+)", text, re.IGNORECASE | re.MULTILINE)
        if line and (found := _MESSAGE_ID.fullmatch(line[1])):
            return found[1]
    return None


def _verp_ref(message: EmailMessage) -> str | None:
    """From the address that it was returned to."""
    for name in _RETURNED_TO:
        for value in message.get_all(name, []):
            if found := _VERP.search(str(value)):
                return base64.urlsafe_b64encode(bytes.fromhex(found[1])).rstrip(b"=").decode("ascii")
    return None
