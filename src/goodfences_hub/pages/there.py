"""The cameras of the home as the network knows them, for an owner to say which is which."""

from __future__ import annotations

import json
from dataclasses import dataclass

from goodfences_hub.errors import HubError
from goodfences_hub.settings import Settings
from goodfences_hub.state import TOKEN, State
from goodfences_hub.uploading.network import Network

FACT = "network cameras"


@dataclass(frozen=True)
class Choice:
    ref: str
    name: str


class There:
    """Of one hub. What the network said last is remembered: a page opens when it is away, too."""

    def __init__(self, state: State, settings: Settings) -> None:
        self._state = state
        self._settings = settings

    def choices(self, *, ask: bool = True) -> list[Choice]:
        """Asks the network if `ask`, or if it was never asked; none where the hub isn't paired."""
        token = self._state.fact(TOKEN)
        if token and (ask or not self._state.fact(FACT)):
            try:
                told = Network(self._settings.server, token).cameras()
            except HubError:
                pass  # as it was, then
            else:
                known = [{"ref": camera["ref"], "name": camera["name"]} for camera in told]
                self._state.remember(FACT, json.dumps(known))
        return [Choice(each["ref"], each["name"]) for each in json.loads(self._state.fact(FACT) or "[]")]

    def chosen(self, ref: str) -> str:
        """A ref that was offered, or none. Raises HubError."""
        if ref and ref not in {choice.ref for choice in self.choices(ask=False)}:
            raise HubError("Your home in the network has no such camera any more. Choose again.")
        return ref
