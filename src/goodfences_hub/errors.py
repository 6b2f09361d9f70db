"""What goes wrong in ways that a person can mend."""

from __future__ import annotations


class HubError(Exception):
    """Says what is wrong and what to do, in words for the owner. Holds no password and no token."""


class CameraLost(HubError):
    """A camera doesn't answer, or stopped answering. Trying again may help."""


class ServerRefused(HubError):
    """The network answered, and said no. Trying again without a change won't help."""


class TooOld(ServerRefused):
    """By the network's clock, what it is told of is older than what it keeps."""


class NoRoom(ServerRefused):
    """The home has no room in the network for what is sent, until its owner deletes something or old clips expire."""


class NotYet(HubError):
    """By the network's clock, what it is told of is still to come: one of both clocks is wrong. Later it won't be."""


class ServerAway(HubError):
    """The network can't be reached or isn't well. Trying again later will help."""


class Disconnected(HubError):
    """The network no longer knows this hub's token: its owner disconnected it."""
