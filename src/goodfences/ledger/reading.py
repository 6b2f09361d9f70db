"""Reading a log by its public files, from any machine. Needs no database."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx

from goodfences_record.offline import Broken

TIMEOUT_SECONDS = 30.0
# The largest thing a log serves is a bundle of 256 entries; what entries say may be longer than their leaves.
MAX_BYTES = 64 * 1024 * 1024


class Unreachable(Exception):
    """The log couldn't be read, which says nothing about it."""


def ledger_address(url: str) -> str:
    """Where the log lies: the address of an instance, or of its ledger itself, without a slash at the end."""
    url = url.rstrip("/")
    if "://" not in url:
        url = f"https://{url}"
    return url if urlsplit(url).path.endswith("/ledger") else f"{url}/ledger"


def fetch(client: httpx.Client, address: str) -> bytes:
    """What the log serves there. Raises Broken where it serves nothing or too much, Unreachable."""
    try:
        with client.stream("GET", address) as response:
            if response.status_code == 404:
                raise Broken(f"{address} is missing.")
            if response.status_code != 200:
                raise Unreachable(f"{address} answered {response.status_code}.")
            return _body(response, address)
    except httpx.HTTPError as error:
        raise Unreachable(f"{address} could not be read: {error}.") from error


def _body(response: httpx.Response, address: str) -> bytes:
    body = bytearray()
    for part in response.iter_bytes():
        body += part
        if len(body) > MAX_BYTES:
            raise Broken(f"{address} is longer than {MAX_BYTES} bytes, more than a ledger may serve at once.")
    return bytes(body)
