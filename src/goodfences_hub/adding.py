"""From an address that a person gives to the settings that record what is there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

from goodfences_hub.errors import HubError
from goodfences_hub.settings import CameraSettings, Settings, TriggerSettings


def source_of(url: str) -> tuple[str, str]:
    """The kind of source that an address or a path is of, and the address, whole."""
    if "://" in url:
        return ("frigate" if url.startswith(("http://", "https://")) else "rtsp"), url
    if url.startswith("/dev/video"):
        return "usb", url
    path = Path(url).resolve()
    return ("folder" if path.is_dir() else "demo"), str(path)


def looked_at(
    camera: CameraSettings, user: str = "", password: str = ""
) -> tuple[CameraSettings, list[TriggerSettings], str]:
    """The camera with its kind of source and whole address, who else begins its events, and what is to be said.

    Raises HubError.
    """
    if camera.url.startswith("onvif://"):
        from goodfences_hub.onvif import adding
        from goodfences_hub.onvif.soap import Address

        address = Address.of(camera.url)
        if user:
            address = replace(address, user=user, password=password)
        return adding.examined(camera, address)
    _split(camera.url)
    source, url = source_of(camera.url)
    return replace(camera, source=source, url=_signed_in(url, user, password) if user else url), [], ""


def _signed_in(url: str, user: str, password: str) -> str:
    """The address with this user name and password in the place of what it holds of both."""
    parts = _split(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{host}"))


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise HubError("This is no address. One is written as rtsp://192.168.1.20/stream1.") from None
    return parts


def free_key(settings: Settings, name: str = "") -> str:
    """A key that no camera has yet: of its name, or else camera-1, camera-2, …"""
    taken = {camera.key for camera in settings.cameras}
    wanted = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:36].strip("-")
    if wanted and wanted not in taken:
        return wanted
    return next(key for number in range(1, 1000) if (key := f"{wanted or 'camera'}-{number}") not in taken)
