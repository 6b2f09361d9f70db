"""The page that pairs the hub with a home in the network, without a terminal."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.routing import Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from goodfences_hub import pairing
from goodfences_hub.errors import HubError
from goodfences_hub.home import Home
from goodfences_hub.settings import Settings
from goodfences_hub.state import TOKEN, State

ROUTES = [
    Rule("/pair", endpoint="connecting.show", methods=["GET"]),
    Rule("/pair", endpoint="connecting.pair", methods=["POST"]),
]


class ConnectingPages:
    """Of one hub; `take_up` makes it talk to the network that it is paired with."""

    def __init__(
        self,
        home: Home,
        state: State,
        settings: Settings,
        take_up: Callable[[], None],
        render: Callable[..., Response],
    ) -> None:
        self._home = home
        self._state = state
        self._settings = settings
        self._take_up = take_up
        self._render = render

    def show(self, request: Request) -> Response:
        return self._page({"server": self._settings.server, "name": pairing.default_name()})

    def pair(self, request: Request) -> Response:
        given = {name: request.form.get(name, "").strip() for name in ("server", "code", "name")}
        try:
            pairing.pair(self._home, self._state, given["server"], given["code"], given["name"])
            self._take_up()
        except HubError as problem:
            return self._page(given, problem=str(problem), status=422)
        return redirect("/pair", 303)

    def _page(self, given: dict[str, str], *, problem: str = "", status: int = 200) -> Response:
        paired_with = self._settings.server if self._state.fact(TOKEN) else ""
        return self._render("pair.html", given=given, problem=problem, paired_with=paired_with, status=status)
