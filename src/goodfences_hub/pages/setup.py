"""The pages where the owner says how a camera is watched and what of it never leaves the home."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from goodfences_hub.errors import HubError
from goodfences_hub.home import Home
from goodfences_hub.labels import detector
from goodfences_hub.pages.there import There
from goodfences_hub.pages.tuner import last_day
from goodfences_hub.settings import LIMITS, NAME_MOST, SENSITIVITIES, CameraSettings, Outline, Settings, outlines
from goodfences_hub.state import State

ROUTES = [
    Rule("/cameras/<key>/settings", endpoint="setup.show", methods=["GET"]),
    Rule("/cameras/<key>/settings", endpoint="setup.save", methods=["POST"]),
    Rule("/cameras/<key>/tuner", endpoint="setup.tune", methods=["GET"]),
]
NUMBERS = {
    "least_s": "Shortest movement, in seconds (0: any)",
    "keep_days": "Days of continuous video kept at home",
    "keep_gb": "The most that it may fill, in GB",
}
_WAITING = """
SELECT COUNT(*) AS count FROM clip JOIN event ON event.id = clip.event WHERE event.camera = ? AND state = 'waiting'
"""
Render = Callable[..., Response]


class SetupPages:
    """Of one hub. `take_up` makes it do as its changed settings say; `render` makes a page of a template."""

    def __init__(
        self, home: Home, state: State, settings: Settings, there: There, take_up: Callable[[], None], render: Render
    ) -> None:
        self._home = home
        self._state = state
        self._settings = settings
        self._there = there
        self._take_up = take_up
        self._render = render

    def show(self, request: Request, key: str) -> Response:
        """The settings as they are, with the camera's picture to draw on."""
        camera = self._known(key)
        before = self._waiting(camera) if camera.masks else 0
        return self._page(camera, _written(camera), is_saved="saved" in request.args, before=before)

    def save(self, request: Request, key: str) -> Response:
        """Write them to hub.toml; the camera goes on with them at once."""
        from goodfences_hub import editing  # not needed to run

        camera = self._known(key)
        try:
            editing.set_camera(self._home.settings, camera.key, **self._read(request.form, camera))
            self._take_up()
        except HubError as problem:
            return self._page(camera, dict(request.form), problem=str(problem), status=422)
        return redirect(f"/cameras/{camera.key}/settings?saved=1", 303)

    def tune(self, request: Request, key: str) -> Response:
        """What each sensitivity would have seen over the last day."""
        camera = self._known(key)
        if not camera.is_steady:
            raise NotFound("Of this camera whole files come, and nothing is watched.")
        return self._render(
            "tuner.html", camera=camera, tuned=last_day(self._state, camera, datetime.now().astimezone())
        )

    def _page(self, camera: CameraSettings, written: dict[str, str], **context: Any) -> Response:
        numbers = [(name, label, LIMITS[name]) for name, label in NUMBERS.items() if _applies(name, camera)]
        return self._render(
            "settings.html",
            camera=camera,
            written=written,
            numbers=numbers,
            sensitivities=SENSITIVITIES,
            name_most=NAME_MOST,
            choices=self._there.choices(ask=False),
            can_label=detector.is_installed(),
            **context,
        )

    def _waiting(self, camera: CameraSettings) -> int:
        """Clips that were made already and aren't sent yet."""
        row = self._state.row(_WAITING, (camera.key,))
        return int(row["count"]) if row else 0

    def _read(self, form: Any, camera: CameraSettings) -> dict[str, Any]:
        """What was sent. Raises HubError."""
        changes = _read(form, camera)
        if (ref := form.get("upload_as", camera.upload_as)) != camera.upload_as:
            changes["upload_as"] = self._there.chosen(ref)
        return changes

    def _known(self, key: str) -> CameraSettings:
        try:
            return self._settings.camera(key)
        except HubError as error:
            raise NotFound(str(error)) from None


def _applies(name: str, camera: CameraSettings) -> bool:
    """Of files and clips that come whole, nothing is watched."""
    return camera.is_steady or name not in {"least_s", "sensitivity", "zones"}


def _written(camera: CameraSettings) -> dict[str, str]:
    """The settings as the form has them."""
    return {
        "name": camera.name,
        "upload_as": camera.upload_as,
        "sensitivity": camera.sensitivity,
        **{name: str(getattr(camera, name)).removesuffix(".0") for name in NUMBERS},
        "zones": in_words(camera.zones),
        "masks": in_words(camera.masks),
        "labels": "on" if camera.labels else "",
    }


def _read(form: Any, camera: CameraSettings) -> dict[str, Any]:
    changes: dict[str, Any] = {"name": form.get("name", "").strip()}
    for name in (each for each in NUMBERS if _applies(each, camera)):
        changes[name] = _number(NUMBERS[name], form.get(name, ""))
    if detector.is_installed():  # else the page has no switch, and what stands in hub.toml stays
        changes["labels"] = "labels" in form
    if "masks" in form:
        changes["masks"] = from_words("What stays black", form["masks"])
    if _applies("zones", camera):
        changes["sensitivity"] = form.get("sensitivity", "")
        changes["zones"] = from_words("Where to watch", form.get("zones", ""))
    return changes


def _number(label: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise HubError(f"{label}: write a number.") from None


def in_words(found: Iterable[Outline]) -> str:
    """A line an outline, its corners as percent from the left and from the top: `10 20, 50 20, 50 80`."""
    return "\n".join(", ".join(f"{x * 100:g} {y * 100:g}" for x, y in outline) for outline in found)


def from_words(where: str, text: str) -> tuple[Outline, ...]:
    """As `in_words` writes it. Raises HubError naming `where` and the line."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        read = [
            [[round(float(one) / 100, 4) for one in corner.split()] for corner in line.split(",")] for line in lines
        ]
    except ValueError:
        raise HubError(f"{where}: write each outline as one line like 10 20, 50 20, 50 80.") from None
    return outlines("this page", where, read)
