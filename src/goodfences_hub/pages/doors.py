"""Who may open the hub's pages: whoever has the key that `goodfences-hub page` prints, from this computer's address.

Pages on loopback can still be reached by a website in the owner's browser and by other users of the computer. A
website is stopped by the names that a request is addressed to and comes from (DNS rebinding, cross-site requests);
other users by the key.
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

from werkzeug.wrappers import Request

from goodfences_hub.state import State

COOKIE = "hub_key"
FACT = "page key"
METRICS_FACT = "metrics key"
NAMES = {"127.0.0.1", "localhost", "[::1]"}


def key_of(state: State) -> str:
    """The key of this hub's pages, made at first use."""
    if not (key := state.fact(FACT)):
        key = secrets.token_urlsafe(24)
        state.remember(FACT, key)
    return key


def metrics_key_of(state: State) -> str:
    """What a program brings that reads the metrics: it opens nothing else."""
    if not (key := state.fact(METRICS_FACT)):
        key = secrets.token_urlsafe(24)
        state.remember(METRICS_FACT, key)
    return key


def bears(request: Request, key: str) -> bool:
    """Whether the request brings it as `Authorization: Bearer KEY`."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), key.encode())


def is_addressed_here(request: Request) -> bool:
    """Whether the request names this computer, and comes from no other website."""
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    origin = request.headers.get("Origin")
    from_here = origin is None or (origin != "null" and urlsplit(origin).netloc == request.host)
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    is_link = request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"
    return host in NAMES and from_here and (site in {"same-origin", "none"} or is_link)


def has_key(request: Request, key: str) -> bool:
    """Whether the request brings the key in its cookie."""
    return hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), key.encode())


def brings_key(request: Request, key: str) -> bool:
    """Whether it brings it in its address, to be kept as a cookie."""
    return hmac.compare_digest(request.args.get("key", "").encode(), key.encode())
