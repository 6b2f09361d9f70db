"""The pages: each camera live, its day, and what was recorded."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader
from simple_websocket import ConnectionClosed, Server
from werkzeug.exceptions import Forbidden, HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect, send_from_directory
from werkzeug.wrappers import Request, Response

from goodfences_hub import live, updates
from goodfences_hub.clock import Clock, local
from goodfences_hub.errors import HubError
from goodfences_hub.home import Home
from goodfences_hub.live import Channel, Channels
from goodfences_hub.pages import connecting, doors, newcomers, requests, setup, signing_in, stills
from goodfences_hub.pages.connecting import ConnectingPages
from goodfences_hub.pages.connections import unhurried
from goodfences_hub.pages.newcomers import NewcomerPages
from goodfences_hub.pages.requests import RequestPages
from goodfences_hub.pages.setup import SetupPages
from goodfences_hub.pages.signing_in import SignIns
from goodfences_hub.pages.there import There
from goodfences_hub.pages.timeline import day_of
from goodfences_hub.recording.packing import joined
from goodfences_hub.recording.pieces import played
from goodfences_hub.recording.segments import SegmentStore
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.sharing.desk import Desk
from goodfences_hub.state import State

STATIC = Path(__file__).parent / "static"
POLICY = (
    *("default-src 'none'", "img-src 'self'", "media-src 'self' blob:", "script-src 'self'", "connect-src 'self'"),
    *("style-src 'self'", "style-src-attr 'unsafe-inline'", "base-uri 'none'", "frame-ancestors 'none'"),
)
HEADERS = {
    "Content-Security-Policy": "; ".join(POLICY),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ROUTES = Map(
    [
        Rule("/", endpoint="home"),
        Rule("/cameras/<key>", endpoint="camera"),
        Rule("/cameras/<key>/still.jpg", endpoint="still"),
        Rule("/cameras/<key>/live", endpoint="watch", websocket=True),
        Rule("/cameras/<key>/small", endpoint="watch_small", websocket=True),
        Rule("/events/<int:event>.mp4", endpoint="event"),
        Rule("/cameras/<key>/pieces/<int:first>.mp4", endpoint="piece"),
        *requests.ROUTES,
        *setup.ROUTES,
        *signing_in.ROUTES,
        *newcomers.ROUTES,
        *connecting.ROUTES,
        Rule("/metrics", endpoint="metrics"),
        Rule("/static/<name>", endpoint="static"),
    ]
)


OPEN = {"static", "signing.show", "signing.enter"}
"""What whoever reaches the pages may open."""


class Pages:
    """A WSGI application over a running hub."""

    def __init__(
        self,
        home: Home,
        state: State,
        store: SegmentStore,
        settings: Settings,
        channels: Channels,
        desk: Desk,
        clock: Clock,
        take_up: Callable[[], None],
    ) -> None:
        """`take_up` makes the hub do as its changed settings say."""
        self._state = state
        self._store = store
        self._settings = settings
        self._channels = channels
        self._requests = RequestPages(home, state, desk, settings, self._page)
        there = There(state, settings)
        self._sign_ins = SignIns(state, clock, self._page)
        self._network = doors.HomeNetwork() if settings.listen == "home" else None
        self._rooms = {
            "signing": self._sign_ins,
            "requests": self._requests,
            "setup": SetupPages(home, state, settings, there, take_up, self._page),
            "newcomers": NewcomerPages(home, settings, there, take_up, self._page),
            "connecting": ConnectingPages(home, state, settings, take_up, self._page),
        }
        self._key = doors.key_of(state)
        self._metrics_key = doors.metrics_key_of(state)
        self._templates = Environment(loader=PackageLoader("goodfences_hub.pages"), autoescape=True)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterator[bytes]:
        request = Request(environ)
        response = self._answer(request)
        response.headers.extend(HEADERS)
        return iter(response(environ, start_response))

    def _answer(self, request: Request) -> Response:
        try:
            is_here = doors.is_addressed_here(request)
            if not is_here and not (self._network and self._network.is_addressed(request)):
                raise Forbidden("These pages are for the household, from this computer.")
            if is_here and doors.brings_key(request, self._key):
                return self._let_in(request)
            endpoint, values = ROUTES.bind_to_environ(request.environ).match()
            if endpoint not in OPEN and not self._may_open(request, endpoint, is_here=is_here):
                return self._turn_away(request, is_here=is_here)
            room, _, name = endpoint.rpartition(".")
            handler = getattr(self._rooms[room], name) if room else getattr(self, f"_{name}")
            return handler(request, **values)  # type: ignore[no-any-return]
        except HTTPException as error:
            words = error.description or ""
            if words == NotFound.description:
                words = "There is no such page here."
            return self._page("error.html", status=error.code or 500, title=error.name, words=words)

    def _may_open(self, request: Request, endpoint: str, *, is_here: bool) -> bool:
        """The keys are for this computer. They count for nothing in the home's network, where others listen."""
        if not is_here:
            return self._sign_ins.has_signed_in(request)
        if endpoint == "metrics" and doors.bears(request, self._metrics_key):
            return True
        return doors.has_key(request, self._key)

    def _turn_away(self, request: Request, *, is_here: bool) -> Response:
        if is_here:
            raise Forbidden("Run `goodfences-hub page` on this computer, and open the address that it prints.")
        if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
            return redirect("/sign-in", 303)
        raise Forbidden("Sign in first.")

    def _let_in(self, request: Request) -> Response:
        response = redirect(request.path, 303)
        response.set_cookie(doors.COOKIE, self._key, httponly=True, samesite="Strict", max_age=400 * 86400)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _home(self, request: Request) -> Response:
        cameras = [
            {
                "key": camera.key,
                "title": camera.title,
                "is_live": self._channels.of(camera.key) is not None,
                "seen": self._seen(camera),
            }
            for camera in self._settings.cameras
        ]
        return self._page(
            "home.html",
            cameras=cameras,
            update=updates.words(self._state),
            can_sign_out=not doors.is_addressed_here(request),
            **self._requests.news(),
        )

    def _camera(self, request: Request, key: str) -> Response:
        camera = self._known(key)
        today = datetime.now().astimezone().date()
        try:
            day = date.fromisoformat(request.args.get("day", today.isoformat()))
        except ValueError:
            raise NotFound("A day is written as 2026-11-25.") from None
        return self._page(
            "camera.html",
            camera=camera,
            is_live=self._channels.of(key) is not None,
            seen=self._seen(camera),
            day=day_of(self._state, camera, day),
            before=day - timedelta(days=1),
            after=day + timedelta(days=1) if day < today else None,
            is_today=day == today,
        )

    def _still(self, request: Request, key: str) -> Response:
        channel = self._channels.of(self._known(key).key)
        jpeg = stills.of_channel(channel) if channel else None
        if jpeg is None:
            raise NotFound("The camera isn't there.")
        return Response(jpeg, mimetype="image/jpeg", headers={"Cache-Control": "no-store"})

    def _watch(self, request: Request, key: str) -> Response:
        return self._shown(request, self._channels.of(self._known(key).key))

    def _watch_small(self, request: Request, key: str) -> Response:
        return self._shown(request, self._channels.smallest_of(self._known(key).key))

    def _shown(self, request: Request, channel: Channel | None) -> Response:
        """Live, by WebSocket: how it is coded, then fragmented MP4 until either side leaves."""
        unhurried(request.environ)
        socket = Server(request.environ, ping_interval=20)
        if channel is not None:
            try:
                with channel.watched() as viewer:
                    fragments = live.fragments(channel, viewer)
                    described = next(fragments)
                    socket.send(live.codec_of(described))
                    socket.send(described)
                    for fragment in fragments:
                        socket.send(fragment)
            except ConnectionClosed:
                pass
        if socket.connected:
            socket.close()
        return _Upgraded()

    def _piece(self, request: Request, key: str, first: int) -> Response:
        """Some minutes of the home buffer."""
        reader = played(self._state, self._store, self._known(key).key, first)
        if reader is None:
            raise NotFound("This part isn't kept at home any more.")
        return _video(reader, request)

    def _event(self, request: Request, event: int) -> Response:
        found = self._state.row("SELECT * FROM event WHERE id = ?", (event,))
        reader = joined(self._state, self._store, found) if found is not None else None
        if reader is None:
            raise NotFound("Nothing of this event is kept at home any more.")
        return _video(reader, request)

    def _metrics(self, request: Request) -> Response:
        from goodfences_hub.pages import metrics  # a megabyte that most hubs never need

        text = metrics.text(self._state, self._settings, self._store.folder)
        return Response(text, content_type=metrics.CONTENT_TYPE, headers={"Cache-Control": "no-store"})

    def _static(self, request: Request, name: str) -> Response:
        return send_from_directory(STATIC, name, request.environ, max_age=3600)

    def _known(self, key: str) -> CameraSettings:
        try:
            return self._settings.camera(key)
        except HubError as error:
            raise NotFound(str(error)) from None

    def _seen(self, camera: CameraSettings) -> datetime | None:
        seen = self._state.seen_at(camera.key)
        return local(seen) if seen is not None else None

    def _page(self, template: str, *, status: int = 200, **context: Any) -> Response:
        context = {"is_in_network": self._network is not None, "status": status, **context}
        html = self._templates.get_template(template).render(context)
        return Response(html, status=status, mimetype="text/html", headers={"Cache-Control": "no-store"})


def _video(reader: io.BufferedReader, request: Request) -> Response:
    """What `reader` gives, as it gives it, however often it is paused."""
    unhurried(request.environ)
    chunks = iter(lambda: reader.read(256 * 1024), b"")
    return Response(chunks, mimetype="video/mp4", headers={"Cache-Control": "no-store"})


class _Upgraded(Response):
    """The connection was a WebSocket's; no HTTP follows. Werkzeug's server drops it quietly for this error."""

    def __call__(self, environ: Any, start_response: Any) -> Iterator[bytes]:
        raise ConnectionError
