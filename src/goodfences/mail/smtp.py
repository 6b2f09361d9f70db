"""Sending over one SMTP connection (RFC 5321), knowing at each moment whether the server can have the message."""

from __future__ import annotations

import re
import select
import smtplib
import socket
import ssl
import time
from collections.abc import Callable

from django.conf import settings

from goodfences.mail.rendering import mail_domain
from goodfences.mail.transport import Outcome, Outgoing, Result, Unreachable

_CONNECT_SECONDS = 10
_ANSWER_SECONDS = 60
_IDLE_SECONDS = 10
_ADDRESS = re.compile(r"[^\s<>]*@[^\s<>]*")
# RFC 5321, 4.2.3 and RFC 3463, 3.2: no such mailbox, moved, malformed; X.2.1: mailbox disabled.
_NO_MAILBOX = {550, 551, 553}
_ENHANCED = re.compile(r"^5\.(\d{1,3})\.(\d{1,3})\b")


class NotHandedOver(Exception):
    """The connection broke before the end of the message left this machine: the server can't have taken it."""


class _Session(smtplib.SMTP):
    """smtplib's client with the payload sent in two steps: everything, and then the lone dot that ends it.

    A server may take a message only once it has seen the dot. `trying` is called just before.
    """

    def mail_from(self, sender: str) -> tuple[int, bytes]:
        """MAIL. Addresses here are plain and ASCII; smtplib's own call would parse each one twice more."""
        return self.docmd("MAIL", f"FROM:<{sender}>")

    def rcpt_to(self, address: str) -> tuple[int, bytes]:
        """RCPT, for a plain address."""
        return self.docmd("RCPT", f"TO:<{address}>")

    def hand_over(self, payload: bytes, trying: Callable[[], None]) -> tuple[int, bytes]:
        """DATA. Returns the server's last answer. Raises SMTPDataError, NotHandedOver, or SMTPServerDisconnected
        when no answer came."""
        code, answer = self.docmd("DATA")
        if code != 354:
            raise smtplib.SMTPDataError(code, answer)
        try:
            self.send(payload.replace(b"\r\n.", b"\r\n.."))
            self._still_there()
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise NotHandedOver from error
        trying()
        try:
            self.send(b".\r\n")
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise NotHandedOver from error
        return self.getreply()

    def _still_there(self) -> None:
        """Notice a server that hung up or spoke out of turn while it was being sent to."""
        assert self.sock is not None
        looking = select.poll()  # `select` takes no descriptor beyond 1,023
        looking.register(self.sock, select.POLLIN)
        if looking.poll(0):
            raise smtplib.SMTPServerDisconnected("The server broke off in the middle of a message.")


class _TlsSession(smtplib.SMTP_SSL, _Session):
    pass


class SmtpTransport:
    """The server of EMAIL_HOST, over one connection that is kept while there is work."""

    def __init__(self) -> None:
        self._session: _Session | None = None
        self._used_at = 0.0

    def send(self, message: Outgoing, trying: Callable[[], None]) -> Result:
        """See Transport. 4xx answers, and 5xx ones to our own greeting or sender, mean later."""
        session, kept = self._connected()
        try:
            code, answer = session.mail_from(message.sender)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            if kept:  # it had gone away while nobody looked
                return self.send(message, trying)
            raise Unreachable(_words(error)) from error
        if code != 250:
            self._rest(code)
            return Result(Outcome.LATER, _said("MAIL", code, answer))
        return self._deliver(session, message, trying)

    def close(self) -> None:
        """QUIT, politely if the server still listens."""
        if self._session is not None:
            try:
                self._session.quit()
            except (smtplib.SMTPException, OSError):
                self._session.close()
            self._session = None

    def _deliver(self, session: _Session, message: Outgoing, trying: Callable[[], None]) -> Result:
        tried = False

        def mark() -> None:
            nonlocal tried
            trying()
            tried = True

        try:
            code, answer = session.rcpt_to(message.to)
            if code not in (250, 251):
                self._rest(code)
                return Result(_verdict(code, answer), _said("RCPT", code, answer))
            code, answer = session.hand_over(message.payload, mark)
        except smtplib.SMTPDataError as error:
            self._rest(error.smtp_code)
            return Result(_verdict(error.smtp_code, _bytes(error.smtp_error), at_data=True), _words(error))
        except NotHandedOver:
            self._drop()
            return Result(Outcome.LATER, "The connection broke while the message was being sent.")
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            return Result(Outcome.UNCERTAIN if tried else Outcome.LATER, _words(error))
        self._used_at = time.monotonic()
        return self._answered(code, answer)

    def _answered(self, code: int, answer: bytes) -> Result:
        if 200 <= code < 300:
            return Result(Outcome.SENT)
        if not 400 <= code < 600:
            self._drop()
            return Result(Outcome.UNCERTAIN, _said("DATA", code, answer))
        if code == 421:
            self._drop()
        return Result(_verdict(code, answer, at_data=True), _said("DATA", code, answer))

    def _connected(self) -> tuple[_Session, bool]:
        """The connection, and whether it is an old one."""
        if self._session is not None and time.monotonic() - self._used_at > _IDLE_SECONDS:
            self.close()
        if self._session is not None:
            return self._session, True
        try:
            self._session = _connect()
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(_words(error)) from error
        self._used_at = time.monotonic()
        return self._session, False

    def _rest(self, code: int) -> None:
        """Make the connection fit for the next message, after an answer that ended this one."""
        try:
            if code != 421 and self._session is not None and self._session.rset()[0] == 250:
                self._used_at = time.monotonic()
                return
        except (smtplib.SMTPException, OSError):
            pass
        self._drop()

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


def _connect() -> _Session:
    make = _TlsSession if settings.EMAIL_USE_SSL else _Session
    session = make(local_hostname=mail_domain(), timeout=_CONNECT_SECONDS)
    try:
        code, answer = session.connect(settings.EMAIL_HOST, settings.EMAIL_PORT)
        if code != 220:
            raise smtplib.SMTPConnectError(code, answer)
        if settings.EMAIL_USE_TLS:
            # smtplib checks the certificate against the host it connected to.
            session._host = settings.EMAIL_HOST  # type: ignore[attr-defined]
            session.starttls(context=ssl.create_default_context())
        session.ehlo_or_helo_if_needed()
        if settings.EMAIL_HOST_USER:
            session.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        assert session.sock is not None
        session.sock.settimeout(_ANSWER_SECONDS)
        # The dot follows the payload in a packet of its own and must not wait for an acknowledgment.
        session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        session.close()
        raise
    return session


def _verdict(code: int, answer: bytes, *, at_data: bool = False) -> Outcome:
    """What an answer to RCPT, or to the message itself, means for what comes next."""
    if code < 500:
        return Outcome.LATER
    enhanced = _ENHANCED.match(answer.decode("utf-8", "replace"))
    if enhanced and (enhanced[1] == "1" or enhanced.groups() == ("2", "1")):
        return Outcome.BAD_ADDRESS
    if at_data:
        return Outcome.REFUSED
    if enhanced:
        # X.7 speaks of us (relaying, sign-in, reputation), not of the address: an operator can mend that.
        return Outcome.LATER if enhanced[1] == "7" else Outcome.REFUSED
    return Outcome.BAD_ADDRESS if code in _NO_MAILBOX else Outcome.REFUSED if code == 552 else Outcome.LATER


def _said(step: str, code: int, answer: bytes) -> str:
    return without_addresses(f"{step}: {code} {answer.decode('utf-8', 'replace')}")


def _words(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(type(error).__name__, error.smtp_code, _bytes(error.smtp_error))
    return without_addresses(f"{type(error).__name__}: {error}")


def _bytes(answer: bytes | str) -> bytes:
    return answer if isinstance(answer, bytes) else answer.encode()


def without_addresses(text: str) -> str:
    """`text` on one line of at most 300 characters, with every email address struck out."""
    return " ".join(_ADDRESS.sub("[address]", text).split())[:300]
