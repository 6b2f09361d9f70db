"""Begins an event by an HTTP call: `POST /trigger/CAMERA` with the trigger's own secret.

For programs of this computer, as the pages are. It begins events and can do nothing else: no answer says anything of
a camera, not even whether there is one.
"""

from __future__ import annotations

import hmac
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, MethodNotAllowed, TooManyRequests
from werkzeug.wrappers import Request, Response

from goodfences_hub.causes import Cues
from goodfences_hub.clock import Clock
from goodfences_hub.pages import doors
from goodfences_hub.settings import EVENTS, LIMITS, TriggerSettings

PATH = "/trigger/"
CALLS, IN_S = 12, 60.0
"""So many calls of a trigger in so many seconds; one more is refused."""


class Webhooks:
    """A WSGI application before another, which gets whatever isn't for it."""

    def __init__(
        self, pages: Any, triggers: Sequence[TriggerSettings], cues: Mapping[str, Cues], clock: Clock
    ) -> None:
        self._pages = pages
        self._cues = cues
        self._clock = clock
        self._triggers: list[_Webhook] = []
        self.take_up(triggers)

    def take_up(self, triggers: Sequence[TriggerSettings]) -> None:
        """Listen for these from now on. One that stays the same keeps the count of its calls."""
        known = {each.settings: each for each in self._triggers}
        self._triggers = [
            known.get(trigger) or _Webhook(trigger, self._clock)
            for trigger in triggers
            if trigger.source == "webhook"
        ]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(PATH):
            return self._pages(environ, start_response)  # type: ignore[no-any-return]
        try:
            self._hear(Request(environ))
            answer = Response(status=202)
        except HTTPException as error:
            answer = Response(f"{error.description}\n", status=error.code, mimetype="text/plain")
        return answer(environ, start_response)

    def _hear(self, request: Request) -> None:
        if not doors.is_addressed_here(request):
            raise Forbidden("Triggers are for programs of this computer.")
        camera, _, in_path = request.path.removeprefix(PATH).partition("/")
        secret = in_path or request.headers.get("Authorization", "").removeprefix("Bearer ")
        known = [each for each in self._triggers if each.is_of(camera, secret)]
        if not known:
            raise Forbidden("There is no trigger with this camera and secret.")
        if request.method != "POST":
            raise MethodNotAllowed(["POST"], "Send a POST.")
        kind, seconds = _asked(request, known[0].settings)
        known[0].count()
        self._cues[camera].begin(f"webhook {kind}", kind, seconds)


class _Webhook:
    """One trigger, and when it was called."""

    def __init__(self, settings: TriggerSettings, clock: Clock) -> None:
        self.settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: deque[float] = deque(maxlen=CALLS)

    def is_of(self, camera: str, secret: str) -> bool:
        return camera == self.settings.camera and hmac.compare_digest(secret.encode(), self.settings.secret.encode())

    def count(self) -> None:
        """Raises TooManyRequests."""
        now = self._clock.monotonic()
        with self._lock:
            if len(self._calls) == CALLS and now - self._calls[0] < IN_S:
                raise TooManyRequests(f"At most {CALLS} in {IN_S:.0f} seconds.")
            self._calls.append(now)


def _asked(request: Request, trigger: TriggerSettings) -> tuple[str, float]:
    """Kind and length, in the address; what isn't said is as the settings have it. The body is not read."""
    kind = request.args.get("kind", trigger.kind)
    if kind not in EVENTS:
        raise BadRequest(f"kind is one of {', '.join(EVENTS)}.")
    low, high = LIMITS["lasts_s"]
    try:
        seconds = float(request.args.get("seconds", trigger.lasts_s))
    except ValueError:
        seconds = 0.0
    if not low <= seconds <= high:
        raise BadRequest(f"seconds is between {low} and {high}.")
    return kind, seconds
