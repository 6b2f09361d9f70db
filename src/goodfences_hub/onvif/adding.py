"""From an ONVIF camera's address to the settings that record it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from goodfences_hub.errors import CameraLost
from goodfences_hub.onvif.device import Device, Found
from goodfences_hub.onvif.soap import Address
from goodfences_hub.settings import CameraSettings, TriggerSettings
from goodfences_hub.triggers.onvif import OnvifTrigger

CLOCK_OFF_S = 5


def examined(camera: CameraSettings, address: Address) -> tuple[CameraSettings, list[TriggerSettings], str]:
    """Settings of its streams, a trigger where it tells events, and what was found. Raises CameraLost."""
    found = Device(address, camera.key).examine()
    lines = [f"{found.maker} {found.model}: main stream {found.main.width}×{found.main.height}."]
    if found.sub:
        lines.append(f"It has a sub stream of {found.sub.width}×{found.sub.height} too.")
    lines += [_of_clock(found)] if abs(found.ahead.total_seconds()) > CLOCK_OFF_S else []
    trigger = TriggerSettings(camera.key, "onvif", url_of(address))
    triggers = [trigger] if found.tells_events and _tells(trigger) else []
    lines.append(
        "It tells movement and its bell by itself." if triggers else "It tells no events: its pictures are watched."
    )
    return (
        replace(camera, source="rtsp", url=found.url, sub=camera.sub or found.sub_url),
        triggers,
        "\n".join(lines) + "\n",
    )


def _of_clock(found: Found) -> str:
    seconds = found.ahead.total_seconds()
    side = "ahead of" if seconds > 0 else "behind"
    return f"Its clock is {abs(seconds):.0f} s {side} this computer's; recordings go by this computer's."


def _tells(trigger: TriggerSettings) -> bool:
    try:
        OnvifTrigger().examine(trigger)
    except CameraLost:
        return False
    return True


def url_of(address: Address) -> str:
    """As `Address.of` reads it."""
    user = f"{quote(address.user, safe='')}:{quote(address.password, safe='')}@" if address.user else ""
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"onvif://{user}{host}:{address.port}{address.path}"
