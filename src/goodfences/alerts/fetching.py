"""Fetching a feed and its files: from the hosts that the operator named, over https, never into our own network.

An address comes from a feed, and so from whoever writes it. What its name leads to is looked at before anybody is
called (`outward`), no redirect is followed, and neither a long answer nor a slow one is waited for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from goodfences import outward
from goodfences.alerts.cap.reading import MAX_BYTES
from goodfences.errors import Refused, refuse
from goodfences.push import endpoints

MAX_FEED_BYTES = 4 * 1024 * 1024
SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """What came; `data` is None where nothing changed since `etag`."""

    data: bytes | None
    etag: str = ""


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower().rstrip(".")


def may_fetch(url: str, hosts: Collection[str]) -> bool:
    """Whether this is https at one of the hosts, and no address inside a network."""
    return endpoints.is_fine(url) and host_of(url) in hosts


def fetch(url: str, *, hosts: Collection[str], etag: str = "", most: int = MAX_BYTES) -> Answer:
    """Raises `Refused` (field `url`) where nothing that could be used came, with the reason."""
    if not may_fetch(url, hosts):
        raise _no(f"{url[:120]} isn't https at a host of this source.")
    headers = {"Accept-Encoding": "identity", "User-Agent": "Goodfences"} | ({"If-None-Match": etag} if etag else {})
    try:
        response = _pool().request("GET", url, headers=headers, redirect=False, preload_content=False)
        try:
            if response.status == 304:
                return Answer(None, etag)
            if response.status != 200:
                raise _no(f"{host_of(url)} answered {response.status}.")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise _no("The answer is packed, which wasn't asked for.")
            return Answer(outward.read(response, most, seconds=SECONDS), response.headers.get("ETag", "")[:200])
        finally:
            # Not given back to the pool: what wasn't read would be the next answer's beginning.
            response.close()
    except outward.TooMuch as error:
        raise _no(f"The answer is longer than {most // 1024} kB.") from error
    except outward.TooSlow as error:
        raise _no(f"The answer took longer than {SECONDS:.0f} seconds.") from error
    except (HTTPError, OSError) as error:
        raise _no(f"{host_of(url)} can't be reached: {type(error).__name__}.") from error


def _no(message: str) -> Refused:
    return refuse("warning.fetch", "url", message)


@cache
def _pool() -> urllib3.PoolManager:
    return endpoints.pool()
