"""Connects this hub to a home in the network: a code for a token, and each other's keys."""

from __future__ import annotations

import platform

from goodfences_hub.errors import HubError
from goodfences_hub.home import Home
from goodfences_hub.settings import checked_server
from goodfences_hub.state import TOKEN, State
from goodfences_hub.uploading.network import Network


def default_name() -> str:
    """What the network's page calls this hub where its owner says nothing else."""
    return platform.node()[:60] or "Hub"


def pair(home: Home, state: State, server: str, code: str, name: str, *, record_key: str = "") -> None:
    """Trade `code` for this hub's own token. Durable when it returns; a hub that was paired before forgets that.

    `record_key`, where it is given, is the key that the network's public record has to have. Raises HubError, and
    then changes nothing here.
    """
    from goodfences_hub import editing  # not needed to run
    from goodfences_hub.sharing import record, signing

    server = checked_server(server)
    paired = Network(server).pair(code, name, signing.public_key(home))
    if record_key not in {"", paired["ledger_key"]}:
        raise HubError("The network's public record has another key than the one you gave. Nothing was changed.")
    editing.set_hub(home.settings, server=server)
    record.pin(state, paired["ledger_key"])
    state.remember(TOKEN, paired["token"])
