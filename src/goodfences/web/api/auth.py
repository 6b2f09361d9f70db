"""A device signs in with the token that pairing gave it."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from goodfences.cameras import access
from goodfences.cameras.models import Device
from goodfences.errors import NotFound


def device_of(request: HttpRequest) -> Device:
    """The device whose token the request carries. Raises NotFound where it carries none that counts."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotFound
    return access.device_for_token(token.strip())


def signed_in(request: HttpRequest) -> Device:
    """The device that `DeviceToken` let in."""
    device = request.auth  # type: ignore[attr-defined]
    assert isinstance(device, Device)
    return device


class DeviceToken(HttpBearer):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request: HttpRequest, token: str) -> Device | None:
        try:
            return access.device_for_token(token)
        except NotFound:
            return None
