"""The pages where an owner adds a camera: find it, see a picture of it, name it. The hub records it at once.

What was looked at waits in memory until it is added: a camera's password is in no page, and in no address of one.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from goodfences_hub import adding, doctor
from goodfences_hub.errors import HubError
from goodfences_hub.home import Home
from goodfences_hub.pages import stills
from goodfences_hub.pages.there import There
from goodfences_hub.settings import LIMITS, NAME_MOST, CameraSettings, Settings, TriggerSettings

if TYPE_CHECKING:
    from goodfences_hub.discovery import Seen

ROUTES = [
    Rule("/add", endpoint="newcomers.index", methods=["GET"]),
    Rule("/add/find", endpoint="newcomers.find", methods=["POST"]),
    Rule("/add/look", endpoint="newcomers.look", methods=["POST"]),
    Rule("/add/<name>", endpoint="newcomers.one", methods=["GET"]),
    Rule("/add/<name>", endpoint="newcomers.keep", methods=["POST"]),
    Rule("/add/<name>/still.jpg", endpoint="newcomers.still", methods=["GET"]),
]
BEGINNINGS = ("onvif://", "rtsp://", "rtsps://", "http://", "https://", "/dev/video")
"""Of addresses that can be added here. Folders and films are added on the computer: a page reads no file of its."""
WAITING_MOST, WAITS_S = 8, 1800.0
Render = Callable[..., Response]


@dataclass(frozen=True)
class Newcomer:
    """A camera that answered, and isn't added yet."""

    camera: CameraSettings
    triggers: Sequence[TriggerSettings]
    about: str
    still: bytes | None
    until: float


class NewcomerPages:
    """Of one hub. `take_up` makes it do as its changed settings say; `render` makes a page of a template."""

    def __init__(
        self, home: Home, settings: Settings, there: There, take_up: Callable[[], None], render: Render
    ) -> None:
        self._home = home
        self._settings = settings
        self._there = there
        self._take_up = take_up
        self._render = render
        self._waiting: dict[str, Newcomer] = {}
        self._lock = threading.Lock()

    def index(self, request: Request) -> Response:
        """Where to begin: let the hub look, or say where the camera is."""
        return self._render("add.html", address=request.args.get("address", ""))

    def find(self, request: Request) -> Response:
        """Who answers at home."""
        from goodfences_hub import discovery  # not needed to run

        try:
            networks = discovery.own_networks(request.form.get("from", "").strip())
            found = discovery.probe(networks)
            if "scan" in request.form:
                told = {seen.host for seen in found}
                for network in map(discovery.reach, networks):
                    found += [each for each in discovery.scan(map(str, network.hosts())) if each.host not in told]
        except HubError as problem:
            return self._render("add.html", problem=str(problem), status=422)
        return self._render(
            "add.html", found=[(seen, _address(seen)) for seen in found], did_scan="scan" in request.form
        )

    def look(self, request: Request) -> Response:
        """Connect, and take a picture."""
        address, user = request.form.get("address", "").strip(), request.form.get("user", "").strip()
        try:
            newcomer = self._examined(address, user, request.form.get("password", ""))
        except HubError as problem:
            return self._render(
                "add.html", problem=str(problem), is_lost=True, address=address, user=user, status=422
            )
        return redirect(f"/add/{self._let_wait(newcomer)}", 303)

    def one(self, request: Request, name: str) -> Response:
        """What answered, to be named."""
        return self._show(name, {"keep_days": "0"})

    def keep(self, request: Request, name: str) -> Response:
        """Add it; the hub records it from now on."""
        from goodfences_hub import editing

        newcomer = self._one(name)
        called = request.form.get("name", "").strip()
        try:
            camera = replace(
                newcomer.camera,
                key=adding.free_key(self._settings, called),
                name=called,
                upload_as=self._there.chosen(request.form.get("upload_as", "")),
                keep_days=_days(request.form.get("keep_days", "0")),
            )
            editing.add_camera(self._home.settings, camera)
            for trigger in newcomer.triggers:
                editing.add_trigger(self._home.settings, replace(trigger, camera=camera.key))
            self._take_up()
        except HubError as problem:
            return self._show(name, dict(request.form), problem=str(problem), status=422)
        with self._lock:
            self._waiting.pop(name, None)
        return redirect(f"/cameras/{camera.key}", 303)

    def still(self, request: Request, name: str) -> Response:
        """Its first picture."""
        if (jpeg := self._one(name).still) is None:
            raise NotFound("There is no picture of it.")
        return Response(jpeg, mimetype="image/jpeg", headers={"Cache-Control": "no-store"})

    def _examined(self, address: str, user: str, password: str) -> Newcomer:
        if not address.startswith(BEGINNINGS):
            raise HubError("An address begins with onvif:// or rtsp://, as rtsp://192.168.1.20/stream1.")
        camera = CameraSettings(adding.free_key(self._settings), "rtsp", address)
        camera, triggers, about = adding.looked_at(camera, user, password)
        if camera.is_steady:
            still, size = stills.of_camera(camera)
            about += f"Its pictures are of {size}."
        else:
            still, about = None, about + doctor.try_camera(camera)
        return Newcomer(camera, triggers, about, still, time.monotonic() + WAITS_S)

    def _let_wait(self, newcomer: Newcomer) -> str:
        name = secrets.token_urlsafe(12)
        with self._lock:
            self._waiting[name] = newcomer
            for oldest in list(self._waiting)[:-WAITING_MOST]:
                del self._waiting[oldest]
        return name

    def _one(self, name: str) -> Newcomer:
        newcomer = self._waiting.get(name)
        if newcomer is None or newcomer.until < time.monotonic():
            raise NotFound("This camera was added, or has waited for too long. Begin again with “Add a camera”.")
        return newcomer

    def _show(self, name: str, written: dict[str, str], **context: Any) -> Response:
        return self._render(
            "newcomer.html",
            name=name,
            newcomer=self._one(name),
            written=written,
            choices=self._there.choices(),
            name_most=NAME_MOST,
            days=LIMITS["keep_days"],
            **context,
        )


def _address(seen: Seen) -> str:
    host = f"[{seen.host}]" if ":" in seen.host else seen.host
    if seen.kind == "onvif":
        return f"onvif://{host}" if seen.port == 80 else f"onvif://{host}:{seen.port}"
    return f"rtsp://{host}:{seen.port}/"


def _days(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise HubError("Days of continuous video kept at home: write a number.") from None
