"""RFC 3161 time stamps over a package's signature. Knows no database and no Django.

A server that anyone can name says, by its own clock and key, that a package existed at a moment. What it sees is a
hash of the signature alone. A server that is away costs one download a few seconds; then nobody asks it for a while.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime

import urllib3
from cryptography import x509

from goodfences.evidence.signing import BadSignature

WAIT_S = 3.0
AGAIN_AFTER_S = 300.0
_LARGEST = 64 * 1024
_TYPE = "application/timestamp-query"


class Away(Exception):
    """The time-stamp server gave no time stamp that holds. Says why."""


class Server:
    """The server at `url`, whose root certificate is `authority` (PEM)."""

    def __init__(self, url: str, authority: bytes) -> None:
        self.authority = authority
        self._url = url
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(total=WAIT_S), retries=False, maxsize=1)
        self._lock = threading.Lock()
        self._not_before = 0.0

    def stamp(self, content: bytes) -> bytes:
        """The server's answer about `content`, checked. Raises Away; at once, where it was away a moment ago."""
        with self._lock:
            if time.monotonic() < self._not_before:
                raise Away("The time-stamp server was away a moment ago.")
        try:
            return self._ask(content)
        except Away:
            with self._lock:
                self._not_before = time.monotonic() + AGAIN_AFTER_S
            raise

    def _ask(self, content: bytes) -> bytes:
        from rfc3161_client import TimestampRequestBuilder

        asked = TimestampRequestBuilder().data(content).cert_request(cert_request=True).build()
        try:
            answer = self._pool.request(
                "POST", self._url, body=asked.as_bytes(), headers={"Content-Type": _TYPE}, preload_content=False
            )
            told = answer.read(_LARGEST)
            answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Away(f"The time-stamp server can't be reached ({type(error).__name__}).") from error
        if answer.status != 200:
            raise Away(f"The time-stamp server answers {answer.status}.")
        try:
            check(told, content, self.authority, nonce=asked.nonce)
        except BadSignature as error:
            raise Away(str(error)) from error
        return bytes(told)


def check(stamp: bytes, content: bytes, authority: bytes, *, nonce: int | None = None) -> datetime:
    """When `stamp` says that `content` existed. Raises BadSignature unless it holds under the root `authority`."""
    from rfc3161_client import VerifierBuilder, decode_timestamp_response
    from rfc3161_client.errors import VerificationError

    try:
        told = decode_timestamp_response(stamp)
        builder = VerifierBuilder(nonce=nonce, roots=x509.load_pem_x509_certificates(authority))
        builder.build().verify_message(told, content)
        return told.tst_info.gen_time
    except (VerificationError, ValueError, OverflowError) as error:
        raise BadSignature(f"The time stamp doesn't hold: {error}") from error


def authority_name(authority: bytes) -> str:
    """Whom a root certificate names. Raises BadSignature."""
    try:
        return x509.load_pem_x509_certificates(authority)[0].subject.rfc4514_string()
    except (ValueError, IndexError) as error:
        raise BadSignature("It isn't a certificate.") from error
