"""One SOAP call to a camera, with a limit to all that the camera can do to us."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import secrets
import socket
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml.ElementTree import fromstring

from goodfences_hub.errors import CameraLost, HubError
from goodfences_hub.onvif.digest import authorization

MOST = 256 * 1024
"""Bytes of an answer. The longest that an honest camera gives, its profiles, has some 40,000."""
WITHIN_S = 10.0
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing">'
    "<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
)
TOKEN = (
    f'<w:Security s:mustUnderstand="1" xmlns:w="{WSS}-wssecurity-secext-1.0.xsd"'
    f' xmlns:u="{WSS}-wssecurity-utility-1.0.xsd"><w:UsernameToken><w:Username>{{user}}</w:Username>'
    f'<w:Password Type="{WSS}-username-token-profile-1.0#PasswordDigest">{{digest}}</w:Password>'
    f'<w:Nonce EncodingType="{WSS}-soap-message-security-1.0#Base64Binary">{{nonce}}</w:Nonce>'
    "<u:Created>{created}</u:Created></w:UsernameToken></w:Security>"
)


@dataclass(frozen=True)
class Address:
    """Where a camera's device service is, and who asks."""

    host: str
    port: int = 80
    path: str = "/onvif/device_service"
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Address:
        """Of `onvif://user:password@192.168.1.20:80/onvif/device_service`. Raises HubError."""
        try:
            parts = urlsplit(url)
            port = parts.port or 80
        except ValueError:
            raise HubError(
                "An ONVIF camera's address is written as onvif://192.168.1.20 or onvif://192.168.1.20:8000."
            ) from None
        if parts.scheme != "onvif" or not parts.hostname:
            raise HubError(
                "An ONVIF camera's address is written as onvif://192.168.1.20 or onvif://192.168.1.20:8000."
            )
        path = parts.path if len(parts.path) > 1 else cls.path
        return cls(parts.hostname, port, path, unquote(parts.username or ""), unquote(parts.password or ""))


@dataclass(frozen=True)
class Answer:
    status: int
    challenges: list[str]
    data: bytes


class Fault(CameraLost):
    """The camera answered, and said no."""


class Refused(CameraLost):
    """The camera doesn't take this user name or password."""


class Soap:
    """Calls to one camera. Every error is a CameraLost that names the camera, never its password."""

    def __init__(self, address: Address, name: str) -> None:
        self.address = address
        self.name = name
        self.ahead = timedelta()
        """How far the camera's clock is ahead of this computer's: it refuses a call that its own clock finds old."""
        self.within_s = WITHIN_S
        """Seconds from connecting to the last byte of an answer."""

    def call(
        self, path: str, action: str, body: str, *, header: str = "", signed: bool = True, later_s: float = 0.0
    ) -> Element:
        """The element inside the answer's body, which may come so much later than others. Raises CameraLost."""
        within_s = self.within_s + later_s
        answer = self._ask(path, action, body, header, signed, within_s, "")
        if answer.status == 401 and signed:
            headers = (self._authorization(each, path) for each in answer.challenges)
            if (authorized := next(filter(None, headers), None)) is not None:
                answer = self._ask(path, action, body, header, signed, within_s, authorized)
        if answer.status in {401, 403}:
            raise self._refused()
        return self._content(answer)

    def _authorization(self, challenge: str, path: str) -> str | None:
        return authorization(challenge, self.address.user, self.address.password, "POST", path)

    def _ask(
        self, path: str, action: str, body: str, header: str, signed: bool, within_s: float, authorized: str
    ) -> Answer:
        head = f"<a:Action>{escape(action)}</a:Action>{header}{self._token() if signed and self.address.user else ''}"
        headers = {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"', "Connection": "close"}
        if authorized:
            headers["Authorization"] = authorized
        text = ENVELOPE.format(header=head, body=body)
        try:
            return exchange(self.address.host, self.address.port, path, text.encode(), headers, within_s)
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = getattr(error, "strerror", "") or type(error).__name__
            raise CameraLost(f"{self.name} doesn't answer by ONVIF ({why}).") from None

    def _token(self) -> str:
        created = (datetime.now(UTC) + self.ahead).strftime("%Y-%m-%dT%H:%M:%SZ")
        nonce = secrets.token_bytes(16)
        # SHA-1 is what the profile asks for (WS-Security UsernameToken Profile 1.0).
        digest = hashlib.sha1(
            nonce + created.encode() + self.address.password.encode(), usedforsecurity=False
        ).digest()
        return TOKEN.format(
            user=escape(self.address.user),
            digest=base64.b64encode(digest).decode(),
            nonce=base64.b64encode(nonce).decode(),
            created=created,
        )

    def _content(self, answer: Answer) -> Element:
        if len(answer.data) > MOST:
            raise CameraLost(f"{self.name} answers with more than {MOST // 1024} kB.")
        try:
            root: Element = fromstring(answer.data, forbid_dtd=True)
        except (ParseError, ValueError, LookupError):  # DTDs and entities are a ValueError of defusedxml
            raise CameraLost(f"{self.name} answers by ONVIF with something that isn't plain XML.") from None
        content = next(iter(child(root, "Body")), None)
        if content is None:
            raise CameraLost(f"{self.name} answers by ONVIF with something that isn't SOAP.")
        if local(content) == "Fault":
            self._refuse(content)
        return content

    def _refused(self) -> Refused:
        if not self.address.user:
            return Refused(f"{self.name} wants a user name and a password: add --user NAME.")
        return Refused(f"{self.name} refuses this user name or password.")

    def _refuse(self, fault: Element) -> None:
        codes = {text(each).rpartition(":")[2] for each in fault.iter() if local(each) == "Value"}
        if codes & {"NotAuthorized", "FailedAuthentication"}:
            raise self._refused()
        reason = next((text(each) for each in fault.iter() if local(each) in {"Text", "faultstring"}), "")
        raise Fault(f"{self.name} says no by ONVIF: {reason or 'no reason given'}")


def exchange(host: str, port: int, path: str, body: bytes, headers: dict[str, str], within_s: float) -> Answer:
    """POST and read at most MOST + 1 bytes. Over after `within_s` however slowly bytes come."""
    connection = http.client.HTTPConnection(host, port, timeout=within_s)
    connection.connect()
    alarm = threading.Timer(within_s, _cut, [connection.sock])
    alarm.daemon = True
    alarm.start()
    try:
        connection.request("POST", path, body, headers)
        with connection.getresponse() as answer:
            return Answer(answer.status, answer.headers.get_all("WWW-Authenticate", []), answer.read(MOST + 1))
    finally:
        alarm.cancel()
        connection.close()


def _cut(connected: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)


def local(element: Element) -> str:
    """An element's name without its namespace, which not every camera gets right."""
    return str(element.tag).rpartition("}")[2]


def child(element: Element | None, *names: str) -> Element:
    """The first one inside the first, and so on; an empty element where there is none."""
    for name in names:
        inside = element if element is not None else Element("nothing")
        element = next((each for each in inside if local(each) == name), None)
    return element if element is not None else Element("nothing")


def text(element: Element, most: int = 200) -> str:
    """What an element says, fit for a terminal: printable, on one line, and not long."""
    return printable(element.text or "", most)


def printable(words: str, most: int = 200) -> str:
    """Without what a terminal or a log would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in words[: most * 2]).strip()[:most]
