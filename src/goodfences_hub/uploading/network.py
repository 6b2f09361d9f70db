"""Talks to the network's device API: JSON and errors by RFC 9457, uploads by tus 1.0.0."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

import urllib3

from goodfences_hub.errors import Disconnected, HubError, ServerAway, ServerRefused

PIECE = 1 << 20
"""Bytes sent by one request of an upload; what a cut costs at most."""
TUS = {"Tus-Resumable": "1.0.0"}


class Network:
    """The network at `server`; `token` is this hub's own."""

    def __init__(self, server: str, token: str = "") -> None:
        if not server:
            raise HubError("This hub isn't paired. Run: goodfences-hub pair https://the.network CODE")
        self._server = server.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._pool = urllib3.PoolManager(timeout=urllib3.Timeout(connect=10, read=60), retries=False, maxsize=1)

    def pair(self, code: str, name: str) -> str:
        """Trade a code for this hub's own token. Raises ServerRefused where the code isn't good."""
        return str(self._json("POST", "/api/v1/pair", {"code": code, "name": name})["token"])

    def cameras(self) -> list[dict[str, str]]:
        """The home's cameras in the network: `ref`, `name`, `looks_at`."""
        found = self._json("GET", "/api/v1/cameras")
        return [dict(camera) for camera in found]

    def announce(self, clip: dict[str, Any]) -> dict[str, Any]:
        """Say that a clip exists; the same file of a camera is the same clip, however often it is said."""
        return dict(self._json("POST", "/api/v1/clips", clip))

    def finish(self, ref: str) -> dict[str, Any]:
        """Every byte is there: returns once the network has it durably."""
        return dict(self._json("POST", f"/api/v1/clips/{ref}/finish"))

    def tell_health(self, words: dict[str, Any]) -> dict[str, Any]:
        """Say how this hub and its cameras do, in the place of all that was said before."""
        return dict(self._json("PUT", "/api/v1/health", words))

    def upload(self, ref: str, size: int, content: BinaryIO, location: str, paid: Callable[[int], None]) -> str:
        """Send what the network doesn't have yet, and return the upload's address.

        `location` is where an earlier try got to, or empty. `paid` is called with the bytes of every piece, before
        it is sent, and may wait. Raises ServerAway where the connection is lost: go on later with the same address.
        """
        location, offset = self._resume(location) if location else ("", 0)
        if not location:
            location = self._create(ref, size)
        skip(content, offset)
        while offset < size:
            piece = content.read(PIECE)
            if not piece:
                raise HubError("The clip's file is shorter than its row says.")
            paid(len(piece))
            headers = {**TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            answer = self._send("PATCH", location, body=piece, headers=headers)
            offset = int(answer.headers["Upload-Offset"])
        return location

    def _create(self, ref: str, size: int) -> str:
        clip = base64.b64encode(ref.encode()).decode()
        headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": f"clip {clip}"}
        location = self._send("POST", "/api/v1/uploads/", headers=headers).headers["Location"]
        return urlsplit(location).path

    def _resume(self, location: str) -> tuple[str, int]:
        """Where the upload is and how far it got; ("", 0) where the network has dropped it."""
        try:
            answer = self._send("HEAD", location, headers=TUS)
        except ServerRefused:
            return "", 0
        return location, int(answer.headers["Upload-Offset"])

    def _json(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        answer = self._send(
            method, path, body=json.dumps(body).encode() if body is not None else None, headers=headers
        )
        return json.loads(answer.data)

    def _send(
        self, method: str, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        try:
            answer = self._pool.request(
                method,
                urljoin(self._server, path),
                body=body,
                headers={**self._headers, **(headers or {})},
                redirect=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise ServerAway(f"The network can't be reached ({type(error).__name__}).") from None
        if answer.status in {408, 425, 429} or answer.status >= 500:
            raise ServerAway(f"The network isn't well ({answer.status}).")
        if answer.status == 401:
            raise Disconnected("The network doesn't know this hub any more. Pair it again.")
        if answer.status >= 300:
            raise ServerRefused(_detail(answer))
        return answer


def skip(content: BinaryIO, count: int) -> None:
    """Read past what has been sent before."""
    while count > 0 and (passed := content.read(min(count, PIECE))):
        count -= len(passed)


def _detail(answer: urllib3.BaseHTTPResponse) -> str:
    """What the problem document says (RFC 9457)."""
    try:
        problem = json.loads(answer.data)
        return str(problem.get("detail") or problem["title"])
    except (ValueError, AttributeError, KeyError):
        return f"The network answered {answer.status}."
