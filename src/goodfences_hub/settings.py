"""`hub.toml`: what a person can read and change. Every setting has a limit, and an error names setting and limit."""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from goodfences_hub.errors import HubError

KINDS = ("rtsp", "folder", "frigate", "usb", "demo")
TRIGGERS = ("onvif", "mqtt", "frigate", "webhook")
SECRET_LEAST = 20
EVENTS = ("motion", "person", "doorbell", "manual")
BROKERS = ("mqtt://", "mqtts://")
KEYS = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
SENSITIVITIES = ("low", "normal", "high")
Outline = tuple[tuple[float, float], ...]
"""Corners of a part of the picture, each as shares of its width and height from the upper left, 0 to 1."""
LISTEN = ("loopback", "home")
OUTLINES_MOST, CORNERS_MOST = 12, 32
NAME_MOST = 60


@dataclass(frozen=True)
class CameraSettings:
    """One camera of the home."""

    key: str
    """The camera's name in commands and folders: small letters, digits and '-'."""
    source: str
    """How the hub gets its video; one of KINDS."""
    url: str
    """Where: `rtsp://user:password@192.168.1.20/stream1`, a folder, or a file for a demo."""
    sub: str = ""
    """Address of a smaller stream of the same camera, which is watched in place of the recorded one."""
    upload_as: str = ""
    """Ref of the camera in the network that events are uploaded for; empty: they stay at home."""
    keep_days: float = 0.0
    """Days of continuous video kept at home; 0: events alone."""
    keep_gb: float = 50.0
    """The most that the continuous video may fill, whichever limit is first."""
    sensitivity: str = "normal"
    """low, normal or high."""
    before_s: float = 5.0
    """Seconds before an event's cause that its clip begins."""
    after_s: float = 8.0
    """Seconds of quiet that end an event."""
    longest_s: float = 120.0
    """An event that goes on for longer becomes several clips."""
    least_s: float = 0.0
    """Seconds that something has to move for an event to begin; 0: about one, as long as it takes to be sure."""
    name: str = ""
    """What pages call it; empty: its key."""
    zones: tuple[Outline, ...] = ()
    """Parts of the picture that are watched; none: all of it."""
    masks: tuple[Outline, ...] = ()
    """Parts that are black in whatever leaves the home."""
    labels: bool = False
    """Whether a few pictures of each event are looked at here, for people and vehicles."""

    @property
    def title(self) -> str:
        """What pages call it."""
        return self.name or self.key

    @property
    def is_steady(self) -> bool:
        """Whether it gives pictures all the time; files and clips come now and then."""
        return self.source not in {"folder", "frigate"}


@dataclass(frozen=True)
class TriggerSettings:
    """Who else begins events of a camera."""

    camera: str
    """Key of the camera."""
    source: str
    """One of TRIGGERS."""
    url: str = ""
    """Who tells: `onvif://user:password@192.168.1.20`, or a broker, `mqtt://user:password@192.168.1.5`."""
    topic: str = ""
    """MQTT: the topic to listen to; Frigate: what its topics begin with, `frigate` where empty."""
    says: str = ""
    """What a message has to say to count; empty: every one. ONVIF: a token. Frigate: its name of the camera."""
    over: str = ""
    """MQTT: what a message says when it is over; empty: an event lasts for `lasts_s`."""
    kind: str = "motion"
    """What its events are, where a message doesn't say: one of EVENTS."""
    secret: str = field(default="", repr=False)
    """Webhook: what a caller has to bring; at least SECRET_LEAST letters, digits, '-' and '_'."""
    lasts_s: float = 20.0
    """Seconds of an event whose end nobody tells."""


@dataclass
class Settings:
    """A hub's settings. Cameras and triggers change while it runs."""

    server: str = ""
    """Address of the network, `https://…`; empty until the hub is paired."""
    reserve_gb: float = 1.0
    """Free space on the disk that recordings never touch."""
    upload_kbit: int = 0
    """The most that uploads may use, in kilobits a second; 0: no limit."""
    quiet_hours: str = ""
    """When nothing is uploaded, by the hub's clock: `18:00-23:30`; empty: never."""
    page_port: int = 8480
    """Of the hub's own pages; 0: any that is free."""
    listen: str = "loopback"
    """Who reaches those pages: this computer alone (loopback), or the home's network (home), with a password."""
    cameras: tuple[CameraSettings, ...] = ()
    triggers: tuple[TriggerSettings, ...] = ()

    def camera(self, key: str) -> CameraSettings:
        """Raises HubError where there is none."""
        for camera in self.cameras:
            if camera.key == key:
                return camera
        raise HubError(
            f"There is no camera {key!r}. Those there are: {', '.join(c.key for c in self.cameras) or 'none'}."
        )


LIMITS = {
    "keep_days": (0, 365), "keep_gb": (0.1, 100_000), "before_s": (0, 30), "after_s": (2, 60), "longest_s": (10, 300),
    "reserve_gb": (0.1, 1000), "upload_kbit": (0, 1_000_000), "page_port": (0, 65_535), "lasts_s": (2, 600),
    "least_s": (0, 30),
}  # fmt: skip


def load(path: Path) -> Settings:
    """Read `hub.toml`; where there is none, the defaults. Raises HubError naming the setting and its limit."""
    return parse(path.read_text(), path) if path.exists() else Settings()


def parse(text: str, path: Path) -> Settings:
    """As `load`, of a text; `path` is named in errors."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise HubError(f"{path} can't be read: {error}.") from error
    lists = {
        "cameras": _several(raw, CameraSettings, "camera"),
        "triggers": _several(raw, TriggerSettings, "trigger"),
    }
    settings: Settings = _read(Settings, {**raw, **lists}, "the hub")
    _check(settings)
    return settings


def _several(raw: dict[str, Any], kind: type[Any], name: str) -> tuple[Any, ...]:
    found = raw.pop(name, [])
    if not isinstance(found, list):
        raise HubError(f"Write each {name} under a line [[{name}]].")
    return tuple(_read(kind, each, f"{name} {number}") for number, each in enumerate(found, start=1))


def _read(kind: type[Any], raw: Any, where: str) -> Any:
    if not isinstance(raw, dict):
        raise HubError(f"Write the settings of {where} as `name = value`.")
    known = {each.name: each for each in fields(kind)}
    if unknown := sorted(set(raw) - set(known)):
        raise HubError(f"{where}: there is no setting {unknown[0]!r}.")
    if missing := [each.name for each in fields(kind) if each.default is MISSING and each.name not in raw]:
        raise HubError(f"{where}: {missing[0]} is missing.")
    return kind(**{name: _value(where, name, value, str(known[name].type)) for name, value in raw.items()})


def _value(where: str, name: str, value: Any, type_: str) -> Any:
    if type_ in {"float", "int"}:
        return _number(where, name, value, whole=type_ == "int")
    if type_ == "str" and not isinstance(value, str):
        raise HubError(f"{where}: {name} is text in quotes.")
    if type_ == "bool" and not isinstance(value, bool):
        raise HubError(f"{where}: {name} is true or false.")
    return outlines(where, name, value) if type_ == "tuple[Outline, ...]" else value


def outlines(where: str, name: str, value: Any) -> tuple[Outline, ...]:
    """Zones or masks as `hub.toml` has them, lists of corners. Raises HubError naming the limit."""
    if not isinstance(value, list) or len(value) > OUTLINES_MOST:
        raise HubError(f"{where}: {name} is a list of at most {OUTLINES_MOST} outlines.")
    return tuple(_outline(f"{where}: {name}, outline {number}", each) for number, each in enumerate(value, start=1))


def _outline(where: str, value: Any) -> Outline:
    if not isinstance(value, list) or not 3 <= len(value) <= CORNERS_MOST:
        raise HubError(f"{where} has 3 to {CORNERS_MOST} corners.")
    if not all(isinstance(corner, list) and len(corner) == 2 and all(map(_is_share, corner)) for corner in value):
        raise HubError(f"{where}: a corner is [x, y], each from 0 to 1, from the upper left.")
    return tuple((float(x), float(y)) for x, y in value)


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _number(where: str, name: str, value: Any, *, whole: bool) -> float:
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise HubError(f"{where}: {name} is a {'whole number' if whole else 'number'}.")
    low, high = LIMITS[name]
    if not low <= value <= high:
        raise HubError(f"{where}: {name} is between {low} and {high}, not {value}.")
    return value if whole else float(value)


def checked_server(server: str) -> str:
    """The address of a network, without a slash at its end. Raises HubError."""
    parts = urlsplit(server)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise HubError("server is an address that begins with https://.")
    return server.rstrip("/")


def _check(settings: Settings) -> None:
    if settings.server:
        checked_server(settings.server)
    quiet_span(settings.quiet_hours)
    if settings.listen not in LISTEN:
        raise HubError(f"listen is one of {', '.join(LISTEN)}, not {settings.listen!r}.")
    keys = [camera.key for camera in settings.cameras]
    for camera in settings.cameras:
        if not KEYS.fullmatch(camera.key):
            raise HubError(f"camera {camera.key!r}: key is 1 to 40 small letters, digits and '-'.")
        if keys.count(camera.key) > 1:
            raise HubError(f"Two cameras have the key {camera.key!r}.")
        if camera.source not in KINDS:
            raise HubError(f"camera {camera.key}: source is one of {', '.join(KINDS)}, not {camera.source!r}.")
        if camera.sensitivity not in SENSITIVITIES:
            raise HubError(f"camera {camera.key}: sensitivity is one of {', '.join(SENSITIVITIES)}.")
        if len(camera.name) > NAME_MOST or not camera.name.isprintable():
            raise HubError(f"camera {camera.key}: name has at most {NAME_MOST} characters, all of which can be seen.")
    for trigger in settings.triggers:
        _check_trigger(settings, trigger)


def _check_trigger(settings: Settings, trigger: TriggerSettings) -> None:
    settings.camera(trigger.camera)
    where = f"trigger of {trigger.camera}"
    if trigger.source not in TRIGGERS:
        raise HubError(f"{where}: source is one of {', '.join(TRIGGERS)}, not {trigger.source!r}.")
    begins = {"onvif": ("onvif://",), "mqtt": BROKERS, "frigate": BROKERS, "webhook": ("",)}[trigger.source]
    if not trigger.url.startswith(begins):
        raise HubError(f"{where}: url begins with {' or '.join(begins)}.")
    if trigger.source == "mqtt" and not trigger.topic:
        raise HubError(f"{where}: topic is missing.")
    if trigger.source == "webhook" and not re.fullmatch(rf"[\w-]{{{SECRET_LEAST},200}}", trigger.secret, re.ASCII):
        raise HubError(f"{where}: secret is at least {SECRET_LEAST} letters, digits, '-' and '_'.")
    if trigger.kind not in EVENTS:
        raise HubError(f"{where}: kind is one of {', '.join(EVENTS)}, not {trigger.kind!r}.")


def quiet_span(text: str) -> tuple[int, int] | None:
    """`18:00-23:30` as minutes of the day; None for an empty text. May lead over midnight. Raises HubError."""
    if not text:
        return None
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", text)
    if found is None:
        raise HubError("quiet_hours is written as 18:00-23:30.")
    hours = [int(part) for part in found.groups()]
    return hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
