"""The pages where the owner answers video requests from home."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.exceptions import NotFound
from werkzeug.routing import Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from goodfences_hub.errors import HubError
from goodfences_hub.home import Home
from goodfences_hub.pages.connections import unhurried
from goodfences_hub.recording.pieces import pieces
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.sharing.asks import Ask, NoSuchAsk
from goodfences_hub.sharing.cutting import NO_MASKS
from goodfences_hub.sharing.desk import Desk
from goodfences_hub.state import State
from goodfences_hub.uploading.files import unsealed

ROUTES = [
    Rule("/requests", endpoint="requests.index", methods=["GET"]),
    Rule("/requests/from-away", endpoint="requests.from_away", methods=["POST"]),
    Rule("/requests/<ref>", endpoint="requests.one", methods=["GET"]),
    Rule("/requests/<ref>/choose", endpoint="requests.choose", methods=["POST"]),
    Rule("/requests/<ref>/check", endpoint="requests.check", methods=["GET"]),
    Rule("/requests/<ref>/share", endpoint="requests.share", methods=["POST"]),
    Rule("/requests/<ref>/decline", endpoint="requests.decline", methods=["POST"]),
    Rule("/requests/<ref>/cuts/<int:cut>.mp4", endpoint="requests.cut", methods=["GET"]),
]
Render = Callable[..., Response]
SOON_S = 8.0
"""A cut that takes longer is waited for on a page of its own."""


class RequestPages:
    """Of one hub; `render` makes a page of a template."""

    def __init__(self, home: Home, state: State, desk: Desk, settings: Settings, render: Render) -> None:
        self._home = home
        self._settings = settings
        self._state = state
        self._desk = desk
        self._render = render

    def index(self, request: Request) -> Response:
        """What waits and what became of the rest. Opening it makes the hub look at once."""
        self._desk.answers.woken.set()
        asks = self._desk.asks.all()
        waiting = [ask for ask in asks if ask.state == "waiting"]
        return self._render(
            "requests.html",
            waiting=waiting,
            others=[ask for ask in asks if ask.state != "waiting"],
            from_away=self._desk.answers.from_away,
            **self._alarm(),
        )

    def from_away(self, request: Request) -> Response:
        """Allow, or not, that parts are asked for on the network's page."""
        self._desk.answers.allow_from_away(request.form.get("allowed") == "yes")
        return redirect("/requests", 303)

    def one(self, request: Request, ref: str) -> Response:
        """Who asks and why, and the home buffer of that time to look through; or how the answer stands."""
        return self._show(self._ask(ref))

    def choose(self, request: Request, ref: str) -> Response:
        """Cut what was chosen, so that the owner sees the very file that would leave."""
        ask = self._ask(ref)
        chosen = request.form
        try:
            camera = self._camera(ask, chosen.get("camera", ""))
            starts_at, ends_at = _moment(chosen.get("starts_at", "")), _moment(chosen.get("ends_at", ""))
            made = self._desk.cutter.begin(ask, camera, starts_at, ends_at, audio="audio" in chosen)
            with suppress(TimeoutError):
                made.result(SOON_S)
        except HubError as problem:
            return self._show(ask, problem=str(problem), chosen=dict(chosen), status=422)
        return redirect(f"/requests/{ask.ref}/check", 303)

    def check(self, request: Request, ref: str) -> Response:
        """Exactly what would leave, to play. Nothing leaves here."""
        ask = self._ask(ref)
        if ask.state == "waiting" and self._desk.cutter.is_making(ask.ref):
            return self._render("making.html", ask=ask)
        cuts = self._desk.cutter.of(ask.ref)
        if ask.state == "waiting" and (problem := self._desk.cutter.problem(ask.ref)):
            return self._show(ask, problem=problem, status=422)
        if ask.state != "waiting" or not cuts:
            return redirect(f"/requests/{ask.ref}", 303)
        sizes = {
            "seconds": sum(cut.duration_ms for cut in cuts) / 1000,
            "megabytes": sum(cut.size for cut in cuts) / 1e6,
        }
        is_masked = any(cut.masks != NO_MASKS for cut in cuts)
        return self._render("check.html", ask=ask, cuts=cuts, is_masked=is_masked, **sizes)

    def share(self, request: Request, ref: str) -> Response:
        """The decision, durable before this answers. Of the very files that the page showed."""
        ask = self._ask(ref)
        cuts = self._desk.cutter.of(ask.ref)
        try:
            if self._desk.cutter.is_making(ask.ref):
                raise HubError("What you chose is still being made. Look at it first.")
            if [cut.sha256 for cut in cuts] != request.form.getlist("sha256"):
                raise HubError("What would leave has changed since you saw it. Look at it again.")
            self._desk.answers.share(ask, cuts)
        except HubError as problem:
            return self._show(self._ask(ref), problem=str(problem), status=422)
        return redirect(f"/requests/{ask.ref}", 303)

    def decline(self, request: Request, ref: str) -> Response:
        ask = self._ask(ref)
        try:
            self._desk.answers.decline(ask)
        except HubError as problem:
            return self._show(self._ask(ref), problem=str(problem), status=422)
        return redirect(f"/requests/{ask.ref}", 303)

    def cut(self, request: Request, ref: str, cut: int) -> Response:
        """The file that would leave, unsealed as it is read."""
        found = next((each for each in self._desk.cutter.of(self._ask(ref).ref) if each.id == cut), None)
        if found is None or not self._desk.cutter.is_there(found):
            raise NotFound("This isn't there any more. Choose it again.")
        unhurried(request.environ)
        return Response(self._read(found.file), mimetype="video/mp4", headers={"Cache-Control": "no-store"})

    def _read(self, file: str) -> Iterator[bytes]:
        with unsealed(self._home.spool / file, self._home) as content:
            while data := content.read(256 * 1024):
                yield data

    def news(self) -> dict[str, Any]:
        """For the first page: how many asks wait for an answer, and what the record contradicts."""
        return {"asked": self._desk.asks.count_waiting(), **self._alarm()}

    def _show(
        self, ask: Ask, *, problem: str = "", chosen: dict[str, str] | None = None, status: int = 200
    ) -> Response:
        if ask.state != "waiting":
            there = f"{self._settings.server.rstrip('/')}/requests/{ask.ref}/"
            return self._render(
                "answered.html", ask=ask, there=there, problem=problem, status=status, **self._alarm()
            )
        asked = ask.request
        held = [
            {"camera": camera, "pieces": pieces(self._state, camera.key, asked.starts_at, asked.ends_at)}
            for camera in ask.cameras
        ]
        first, last = asked.starts_at.astimezone(), asked.ends_at.astimezone()
        proposed = {"starts_at": _written(first), "ends_at": _written(min(last, first + timedelta(minutes=1)))}
        return self._render(
            "request.html",
            ask=ask,
            held=held,
            nothing_held=not any(one["pieces"] for one in held),
            first=_written(first),
            last=_written(last),
            chosen=chosen or proposed,
            problem=problem,
            status=status,
            **self._alarm(),
        )

    def _alarm(self) -> dict[str, Any]:
        return {"alarm": self._desk.record.alarm()}

    def _ask(self, ref: str) -> Ask:
        try:
            return self._desk.asks.one(ref)
        except NoSuchAsk as error:
            raise NotFound(str(error)) from None

    def _camera(self, ask: Ask, key: str) -> CameraSettings:
        for camera in ask.cameras:
            if camera.key == key:
                return camera
        raise HubError("Choose a camera.")


def _moment(text: str) -> datetime:
    """A moment as `datetime-local` writes it, of this computer's time zone."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise HubError("Write each moment as date and time, to the second.") from None


def _written(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")
