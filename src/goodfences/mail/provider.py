"""Sending over a provider's API by Anymail, knowing at each moment whether the provider can have the message.

A call is made once. An answer that doesn't say whether the message was taken (none at all, a broken one, an
error of the provider's own) leaves it uncertain, and nothing here or below tries it again.
"""

from __future__ import annotations

import email
import time
from collections.abc import Callable
from email import policy
from email.message import EmailMessage as Parsed
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from goodfences.mail.doors import Door, NeverLeft, NotTaken, open_door
from goodfences.mail.providers import PROVIDERS
from goodfences.mail.smtp import without_addresses
from goodfences.mail.transport import Outcome, Outgoing, Result, Unreachable

_IDLE_SECONDS = 4.0
_REST_SECONDS = 30.0
_LONGEST_REST_SECONDS = 1800.0
_TOO_LARGE = 413
_NOT_NOW = 503
# The provider makes these itself, or they are Anymail's arguments.
_NOT_PASSED_ON = {"from", "to", "subject", "date", "mime-version"}


class ProviderTransport:
    """The provider of MAIL_PROVIDER."""

    def __init__(self) -> None:
        self._provider = PROVIDERS[settings.MAIL_PROVIDER]
        self._door: Door | None = None
        self._used_at = 0.0
        self._rest_until = 0.0
        self._rest_seconds = _REST_SECONDS
        self._trouble = ""

    def send(self, message: Outgoing, trying: Callable[[], None]) -> Result:
        """See Transport. After a trouble that isn't the message's own, nothing is tried for a while."""
        if time.monotonic() < self._rest_until:
            raise Unreachable(self._trouble)
        mail = self._as_django(message)
        try:
            self._opened().send(mail, trying)
        except NeverLeft as error:
            self.close()
            raise Unreachable(_words(error)) from error
        except NotTaken as error:
            self._rest(_words(error))
            return Result(Outcome.LATER, _words(error))
        except AnymailRecipientsRefused as error:
            return Result(Outcome.BAD_ADDRESS, _words(error))
        except AnymailAPIError as error:
            return self._refused(error)
        except AnymailError as error:
            return Result(Outcome.REFUSED, f"{type(error).__name__}: it can't say this message.")
        return self._answered(mail.anymail_status)

    def close(self) -> None:
        """Drop the connection; the next message opens one anew."""
        if self._door is not None:
            self._door.close()
            self._door = None

    def _opened(self) -> Door:
        # A server may hang up on an idle connection at the moment in which it is used again: nobody could tell then.
        if time.monotonic() - self._used_at > _IDLE_SECONDS:
            self.close()
        if self._door is None:
            self._door = open_door(self._provider)
            self._used_at = time.monotonic()
        return self._door

    def _answered(self, status: Any) -> Result:
        """An answer that Anymail could read. It can hold a refusal in words that Anymail doesn't know."""
        code = int(getattr(status.esp_response, "status_code", 200))
        if code >= 400:
            return Result(Outcome.LATER, without_addresses(f"{code} {status.esp_response.text}"))
        if status.status == {"failed"}:
            return Result(Outcome.REFUSED, "The provider couldn't send it.")
        self._used_at, self._rest_seconds = time.monotonic(), _REST_SECONDS
        return Result(Outcome.SENT, provider_id=str(status.message_id or "")[:120])

    def _refused(self, error: AnymailAPIError) -> Result:
        """A 4xx answer or 503 says that nothing was taken; every other one leaves that open."""
        status = _status(error)
        words = _words(error)
        if status == _TOO_LARGE:
            return Result(Outcome.REFUSED, words)
        self._rest(words)
        if 400 <= status < 500 or status == _NOT_NOW:
            return Result(Outcome.LATER, words)
        self.close()
        return Result(Outcome.UNCERTAIN, words)

    def _rest(self, trouble: str) -> None:
        """So that a provider in trouble, or a key that was revoked, costs one message a while and not the queue."""
        self._trouble = trouble
        self._rest_until = time.monotonic() + self._rest_seconds
        self._rest_seconds = min(self._rest_seconds * 2, _LONGEST_REST_SECONDS)

    def _as_django(self, message: Outgoing) -> Any:
        parsed = email.message_from_bytes(message.payload, policy=policy.default)
        assert isinstance(parsed, Parsed)
        mail: Any = EmailMultiAlternatives(
            subject=str(parsed["Subject"]),
            body=_body(parsed, "plain"),
            from_email=str(parsed["From"]),
            to=[message.to],
            headers=_headers(parsed) | dict(self._provider.headers),
        )
        if html := _body(parsed, "html"):
            mail.attach_alternative(html, "text/html")
        # Comes back with every event, even where the answer that names the message never came.
        mail.metadata = {"ref": str(parsed["Message-ID"]).strip("<>").partition("@")[0]}
        if self._provider.tracks:
            mail.track_opens = mail.track_clicks = False  # P11
        return mail


def _body(parsed: Parsed, kind: str) -> str:
    part = parsed.get_body((kind,))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


def _headers(parsed: Parsed) -> dict[str, str]:
    passed_on = (name for name in parsed if name.lower() not in _NOT_PASSED_ON)
    return {name: str(parsed[name]) for name in passed_on if not name.lower().startswith("content-")}


def _status(error: AnymailAPIError) -> int:
    """The HTTP status of the answer; 0 where none came."""
    if isinstance(error.response, dict):  # boto3's
        return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return int(error.status_code or 0)


def _words(error: BaseException) -> str:
    """What the provider said, for the operator: never what it was sent."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):
        said = f"{_status(error)} {response.get('Error', {}).get('Message', '')}"
    elif response is not None:
        said = f"{response.status_code} {response.text}"
    else:
        said = str(error) if isinstance(error, (NeverLeft, NotTaken)) else type(error.__cause__ or error).__name__
    return without_addresses(f"{type(error).__name__}: {said}")
