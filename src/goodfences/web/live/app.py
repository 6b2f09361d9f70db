"""Server-sent events (WHATWG HTML, 9.2) for pages of the feed, as an ASGI program with one address.

A line names what changed and no word of it: the page fetches that part anew, as its reader may see it.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import django

from goodfences import loading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goodfences.settings")
with loading.for_good():
    django.setup()

from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.http.request import validate_host

from goodfences.errors import NotFound
from goodfences.feed import live, queries
from goodfences.feed.live import Change, Scope
from goodfences.people.models import Account
from goodfences.web.headers import CONTENT_SECURITY_POLICY
from goodfences.web.live.board import Board, in_thread

PATH = "/neighbors/live/"
BEAT_SECONDS = 20.0
"""How often a silent stream says that it is there, so that what lies between keeps it open."""
LASTS_SECONDS = 300.0
"""After that a stream ends and its page comes back by itself: whoever signed out meanwhile doesn't."""
RETRY_MS = 2000

Scoped = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
board = Board()


async def application(scope: Scoped, receive: Receive, send: Send) -> None:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if scope["path"] != PATH or scope["method"] != "GET":
        return await _refuse(send, 404)
    allowed = _allowed_origin(headers)
    if allowed is None:
        return await _refuse(send, 403)
    asked = {name: values[0] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
    listens_to = await in_thread(_scope_of, headers.get("cookie", ""), asked)
    if listens_to is None:
        return await _refuse(send, 401)
    seen = live.unseal(headers.get("last-event-id", "") or asked.get("since", ""))
    await _start(send, 200, [(b"content-type", b"text/event-stream"), (b"x-accel-buffering", b"no"), *allowed])
    await _stream(listens_to, seen, receive, send)
    return None


async def _stream(scope: Scope, seen: int | None, receive: Receive, send: Send) -> None:
    listener, upto = await board.join(scope)
    gone = asyncio.ensure_future(_until_gone(receive, listener.wake))
    try:
        await _say(send, f"retry: {RETRY_MS}\n\n")
        if not await _catch_up(scope, seen, upto, send):
            return None
        ends = asyncio.get_running_loop().time() + LASTS_SECONDS
        while not gone.done() and asyncio.get_running_loop().time() < ends:
            try:
                await asyncio.wait_for(listener.wake.wait(), BEAT_SECONDS)
            except TimeoutError:
                await _say(send, ":\n\n")
            told = "".join(_line(change) for change in listener.take())
            if listener.is_full:
                return await _say(send, _reload(board.number))
            if told:
                await _say(send, told)
    finally:
        board.leave(scope, listener)
        if not gone.done():
            gone.cancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _catch_up(scope: Scope, seen: int | None, upto: int, send: Send) -> bool:
    """Tell what the page missed. False where it is told to fetch itself anew instead."""
    if seen is None:
        await _say(send, f"id: {live.seal(upto)}\nevent: here\ndata: {{}}\n\n")
        return True
    if seen < upto:
        if await in_thread(live.is_too_long_ago, seen):
            await _say(send, _reload(upto))
            return False
        missed = [change for change in await in_thread(live.after, seen) if change.number <= upto]
        await _say(send, "".join(_line(change) for change in missed if scope.has(change)))
    return True


async def _until_gone(receive: Receive, wake: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    wake.set()


def _line(change: Change) -> str:
    told = json.dumps({"what": change.what, "post": change.post, "comment": change.comment})
    return f"id: {live.seal(change.number)}\nevent: change\ndata: {told}\n\n"


def _reload(number: int) -> str:
    return f"id: {live.seal(number)}\nevent: reload\ndata: {{}}\n\n"


def _scope_of(cookies: str, asked: dict[str, str]) -> Scope | None:
    account = _account(cookies)
    if account is None:
        return None
    radius = asked.get("radius", "")
    known = {str(km): km for km in queries.RADII_KM}
    try:
        return live.scope_of(
            account, radius_km=known.get(radius, queries.USUAL_RADIUS_KM), post_ref=asked.get("post", "")
        )
    except NotFound:
        return None


def _account(cookies: str) -> Account | None:
    """Who is signed in, by the same session and the same checks as on pages."""
    try:
        cookie = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    request = HttpRequest()
    request.session = SessionStore(cookie.value if cookie else None)
    if SESSION_KEY not in request.session:
        return None
    found = get_user(request)
    return found if isinstance(found, Account) and found.is_active else None


def _allowed_origin(headers: dict[str, str]) -> list[tuple[bytes, bytes]] | None:
    """Headers for a page of ours on another port of this host; None for a page of anybody else."""
    host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    if not validate_host(host, settings.ALLOWED_HOSTS):
        return None
    origin = headers.get("origin", "")
    if not origin:
        return []
    if urlsplit(origin).hostname != host:
        return None
    named = origin.encode("latin-1")
    return [
        (b"access-control-allow-origin", named),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"origin"),
    ]


async def _refuse(send: Send, status: int) -> None:
    await _start(send, status, [(b"content-length", b"0")])
    await send({"type": "http.response.body", "body": b""})


async def _start(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    usual = [
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *usual]})


async def _say(send: Send, text: str) -> None:
    if text:
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
