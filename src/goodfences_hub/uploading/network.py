"""Talks to the network's device API: JSON and errors by RFC 9457, uploads by tus 1.0.0."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from goodfences_hub.errors import Disconnected, HubError, NoRoom, NotYet, ServerAway, ServerRefused, TooOld

PIECE = 1 << 20
"""Bytes sent by one request of an upload; what a cut costs at most."""
LARGEST_ANSWER = 4 << 20
"""Bytes of an answer that are read at most: a hub is small, and what it is told is not."""
_NOT_FOR_GOOD: dict[str, type[HubError]] = {
    "clip.starts_at.future": NotYet,
    "clip.starts_at.old": TooOld,
    "quota": NoRoom,
}
"""Rules (docs/api.md) by which a clip is refused that may be taken later: one of both clocks is wrong, or no room."""
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}
Announcement = Mapping[str, object]
"""A clip's `camera`, `starts_at`, `duration_ms`, `kind`, `size`, `sha256`, `sent_at`, `label` and `camera_drift_ms`
(docs/api.md)."""


@dataclass(frozen=True)
class Answer:
    """A successful one."""

    data: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Upload:
    """How the upload of a clip stands."""

    clip: str
    """Its ref in the network."""
    state: str
    """The clip's: announced while there is something left to do."""
    path: str
    received: int
    """Bytes that the network has durably."""


class Network:
    """The network at `server`; `token` is this hub's own."""

    def __init__(self, server: str, token: str = "") -> None:
        if not server:
            raise HubError("This hub isn't paired. Run: goodfences-hub pair https://the.network CODE")
        import urllib3  # whoever is paired with no network pays no memory for it

        self._server = server.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=10, read=60), retries=False, maxsize=1)

    def pair(self, code: str, name: str, decision_key: str) -> dict[str, str]:
        """Trade a code for this hub's own `token` and the public record's `ledger_key`.

        `decision_key` is the public key that will sign what the owner decides here. Raises ServerRefused where the
        code isn't good.
        """
        return dict(self._json("POST", "/api/v1/pair", {"code": code, "name": name, "decision_key": decision_key}))

    def cameras(self) -> list[dict[str, str]]:
        """The home's cameras in the network: `ref`, `name`, `looks_at`."""
        found = self._json("GET", "/api/v1/cameras")
        return [dict(camera) for camera in found]

    def finish(self, ref: str) -> dict[str, Any]:
        """Every byte is there: returns once the network has it durably."""
        return dict(self._json("POST", f"/api/v1/clips/{ref}/finish"))

    def tell_health(self, words: dict[str, Any]) -> dict[str, Any]:
        """Say how this hub and its cameras do, in the place of all that was said before."""
        return dict(self._json("PUT", "/api/v1/health", words))

    def clip(self, ref: str) -> dict[str, Any]:
        """What became of a clip: `state`, `checked`, `refusal`."""
        return dict(self._json("GET", f"/api/v1/clips/{ref}"))

    def asks(self, since: int) -> dict[str, Any]:
        """What the owner is asked, with proofs that go on from the checkpoint of `since` entries."""
        return dict(self._json("GET", f"/api/v1/asks?since={since}"))

    def answer(self, ask: str, act: str, decision: str) -> None:
        """Say what the owner decided: `act` is share or decline, `decision` says so, signed. Twice is once."""
        self._json("POST", f"/api/v1/asks/{ask}/{act}", {"decision": decision})

    def answer_wanted(self, wanted: str, why: str = "") -> None:
        """Say that a wanted part was brought, or `why` not."""
        self._json("POST", f"/api/v1/wanted/{wanted}", {"why": why})

    def begin(self, clip: Announcement, first: bytes) -> Upload:
        """Announce a clip and bring its first bytes along, in one call.

        The same file of a camera is the same clip, however often it is said. Where its upload is under way already
        it is answered as it stands, and `first` counts for nothing: `resume` asks without sending.
        """
        size = {"Upload-Length": str(clip["size"])}
        headers = {**TUS, **size, **BYTES, "Upload-Metadata": _metadata(clip)}
        return _upload(self._send("POST", "/api/v1/uploads/", body=first, headers=headers))

    def resume(self, clip: Announcement) -> Upload:
        """How far the upload of a clip came that was begun before."""
        told = self._json("POST", "/api/v1/clips", clip)
        if told["state"] != "announced":
            return Upload(told["ref"], told["state"], "", int(str(clip["size"])))
        headers = {**TUS, "Upload-Length": str(clip["size"]), "Upload-Metadata": _metadata({"clip": told["ref"]})}
        return _upload(self._send("POST", "/api/v1/uploads/", headers=headers))

    def go_on(self, upload: Upload, piece: bytes) -> Upload:
        """Send the bytes that come next. Raises ServerAway where the connection is lost."""
        headers = {**TUS, **BYTES, "Upload-Offset": str(upload.received)}
        answer = self._send("PATCH", upload.path, body=piece, headers=headers)
        received = int(answer.headers["Upload-Offset"])
        return replace(upload, state=answer.headers["Clip-State"], received=received)

    def _json(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        answer = self._send(
            method, path, body=json.dumps(body).encode() if body is not None else None, headers=headers
        )
        try:
            return json.loads(answer.data)
        except (ValueError, RecursionError):
            raise ServerAway("What answers at the network's address isn't Goodfences.") from None

    def _send(
        self, method: str, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        from urllib3.exceptions import HTTPError

        try:
            answer = self._pool.request(
                method,
                urljoin(self._server, path),
                body=body,
                headers={**self._headers, **(headers or {})},
                redirect=False,
                preload_content=False,
            )
            data = answer.read(LARGEST_ANSWER + 1)
        except HTTPError as error:
            raise ServerAway(f"The network can't be reached ({type(error).__name__}).") from None
        if len(data) > LARGEST_ANSWER:
            answer.close()
            raise ServerAway(f"The network answers with more than {LARGEST_ANSWER >> 20} MB.")
        answer.release_conn()
        if answer.status in {408, 425, 429} or answer.status >= 500:
            raise ServerAway(f"The network isn't well ({answer.status}).")
        if answer.status == 401:
            raise Disconnected("The network doesn't know this hub any more. Pair it again.")
        if answer.status >= 300:
            raise _refusal(answer.status, data)
        return Answer(data, answer.headers)


def _metadata(told: Announcement) -> str:
    """An Upload-Metadata header of tus."""
    return ",".join(f"{name} {base64.b64encode(str(value).encode()).decode()}" for name, value in told.items())


def _upload(answer: Answer) -> Upload:
    told = answer.headers
    return Upload(told["Clip"], told["Clip-State"], urlsplit(told["Location"]).path, int(told["Upload-Offset"]))


def _refusal(status: int, data: bytes) -> HubError:
    """What the problem document says (RFC 9457)."""
    try:
        problem = json.loads(data)
        detail = str(problem.get("detail") or problem["title"])
        rules = {error["rule"] for error in problem.get("errors", ())}
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return ServerRefused(f"The network answered {status}.")
    return _NOT_FOR_GOOD.get(rules.pop(), ServerRefused)(detail) if len(rules) == 1 else ServerRefused(detail)
