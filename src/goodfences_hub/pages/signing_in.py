"""Signing in from the home's network: one password for the household, which can only be guessed slowly.

Of the password a scrypt hash is kept (RFC 7914), of a sign-in the hash of its token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable

from werkzeug.exceptions import NotFound, TooManyRequests
from werkzeug.routing import Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from goodfences_hub.clock import Clock
from goodfences_hub.errors import HubError
from goodfences_hub.state import State

ROUTES = [
    Rule("/sign-in", endpoint="signing.show", methods=["GET"]),
    Rule("/sign-in", endpoint="signing.enter", methods=["POST"]),
    Rule("/sign-out", endpoint="signing.leave", methods=["POST"]),
]
COOKIE = "hub_sign_in"
FACT = "page password"
LEAST, MOST = 10, 200
COST, BLOCK = 2**14, 8
"""16 MB and a twentieth of a second a guess, or some more on a small computer."""
LASTS_S = 30 * 86400.0
SIGN_INS_MOST = 50
FAILURES, IN_S = 5, 900.0
"""Wrong passwords from one address within as many seconds; after that it has to wait."""
ALL_FAILURES, ALL_IN_S = 60, 3600.0
"""And from all of them together: addresses are easily had in a home's network."""
Render = Callable[..., Response]


def set_password(state: State, password: str) -> None:
    """Of the household, from now on; everyone has to sign in again. Raises HubError naming the limit."""
    if not LEAST <= len(password) <= MOST:
        raise HubError(f"A password has {LEAST} characters or more, {MOST} at most.")
    salt = secrets.token_bytes(16)
    parts = (salt, _hash(password, salt))
    with state.transaction():
        state.remember(FACT, "$".join(base64.b64encode(part).decode() for part in parts))
        state.do("DELETE FROM sign_in")


def has_password(state: State) -> bool:
    return bool(state.fact(FACT))


def _is_right(state: State, password: str) -> bool:
    salt, expected = (base64.b64decode(part) for part in state.fact(FACT).split("$"))
    return hmac.compare_digest(_hash(password[: MOST + 1], salt), expected)


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=COST, r=BLOCK, p=1, maxmem=64 * 2**20, dklen=32)


class Guesses:
    """Counts wrong passwords."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._wrong: defaultdict[str, deque[float]] = defaultdict(deque)

    def check(self, peer: str) -> None:
        """Raises TooManyRequests where another guess isn't allowed now."""
        with self._lock:
            self._forget()
            every = [at for wrong in self._wrong.values() for at in wrong]
            now = self._clock.monotonic()
            of_peer = [at for at in self._wrong.get(peer, ()) if at > now - IN_S]
        if len(of_peer) >= FAILURES:
            raise TooManyRequests("Too many wrong passwords from here. Try again in a quarter of an hour.")
        if len(every) >= ALL_FAILURES:
            raise TooManyRequests("Too many wrong passwords. Try again in an hour, or on the hub's own computer.")

    def count(self, peer: str) -> None:
        """One more was wrong."""
        with self._lock:
            self._wrong[peer].append(self._clock.monotonic())

    def _forget(self) -> None:
        since = self._clock.monotonic() - ALL_IN_S
        for peer in list(self._wrong):
            while self._wrong[peer] and self._wrong[peer][0] <= since:
                self._wrong[peer].popleft()
            if not self._wrong[peer]:
                del self._wrong[peer]


class SignIns:
    """The page where the household signs in, and who has."""

    def __init__(self, state: State, clock: Clock, render: Render) -> None:
        self._state = state
        self._render = render
        self._guesses = Guesses(clock)
        self._one_at_a_time = threading.Lock()

    def has_signed_in(self, request: Request) -> bool:
        """Whether the request brings a sign-in that still counts."""
        token = request.cookies.get(COOKIE, "")
        if not token:
            return False
        sql = "SELECT 1 FROM sign_in WHERE hash = ? AND until > ?"
        return self._state.row(sql, (_of(token), time.time())) is not None

    def show(self, request: Request) -> Response:
        """The page. Where nobody set a password there is none."""
        self._must_be_possible()
        return self._render("sign-in.html", status=200)

    def enter(self, request: Request) -> Response:
        """Sign in; slowly where it was wrong before."""
        self._must_be_possible()
        peer = request.remote_addr or ""
        with self._one_at_a_time:  # a guess takes memory, and those who guess at once aren't the household
            self._guesses.check(peer)
            is_right = _is_right(self._state, request.form.get("password", ""))
            if not is_right:
                self._guesses.count(peer)
        if not is_right:
            return self._render("sign-in.html", problem="This isn’t the password.", status=403)
        response = redirect("/", 303)
        response.set_cookie(COOKIE, self._begin(), httponly=True, samesite="Strict", max_age=int(LASTS_S))
        response.headers["Cache-Control"] = "no-store"
        return response

    def leave(self, request: Request) -> Response:
        """Sign out here."""
        self._state.do("DELETE FROM sign_in WHERE hash = ?", (_of(request.cookies.get(COOKIE, "")),))
        response = redirect("/sign-in", 303)
        response.delete_cookie(COOKIE)
        return response

    def _begin(self) -> str:
        token = secrets.token_urlsafe(32)
        with self._state.transaction():
            self._state.do("INSERT INTO sign_in VALUES (?, ?)", (_of(token), time.time() + LASTS_S))
            self._state.do(
                "DELETE FROM sign_in WHERE until <= ? OR hash NOT IN"
                " (SELECT hash FROM sign_in ORDER BY until DESC LIMIT ?)",
                (time.time(), SIGN_INS_MOST),
            )
        return token

    def _must_be_possible(self) -> None:
        if not has_password(self._state):
            raise NotFound("These pages are on this computer alone.")


def _of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
