"""What an ONVIF camera is and where its streams are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit, urlunsplit
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from goodfences_hub.errors import CameraLost
from goodfences_hub.onvif.soap import Address, Fault, Refused, Soap, child, local, printable, text

DEVICE, MEDIA = "http://www.onvif.org/ver10/device/wsdl", "http://www.onvif.org/ver10/media/wsdl"
PROFILES_MOST = 64
SUB_LEAST = 320
"""Pixels of width: a narrower stream shows too little to see movement in."""
URI_MOST = 500


@dataclass(frozen=True)
class Profile:
    """One way in which the camera codes its pictures."""

    token: str
    encoding: str
    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.width * self.height


@dataclass(frozen=True)
class Found:
    """A camera, with the addresses of its streams, user name and password in them."""

    maker: str
    model: str
    ahead: timedelta
    """How far its clock is ahead of this computer's."""
    main: Profile
    sub: Profile | None
    url: str
    sub_url: str
    tells_events: bool


class Device:
    """An ONVIF camera; `name` is what errors call it."""

    def __init__(self, address: Address, name: str) -> None:
        self.soap = Soap(address, name)

    def examine(self) -> Found:
        """Ask all that has to be known to record it. Raises CameraLost."""
        self.read_clock()
        about = self._device("GetDeviceInformation")
        services = self.services()
        main, sub = chosen(list(self._profiles(services["Media"])), self.soap.name)
        return Found(
            maker=text(child(about, "Manufacturer"), 60),
            model=text(child(about, "Model"), 60),
            ahead=self.soap.ahead,
            main=main,
            sub=sub,
            url=self._stream(services["Media"], main),
            sub_url=self._stream(services["Media"], sub) if sub else "",
            tells_events="Events" in services,
        )

    def read_clock(self) -> None:
        """Learn how far the camera's clock is off, which every signed call needs. Asked without a password."""
        try:
            answer = self.ask_clock()
        except (Refused, Fault):
            return  # against the standard, it wants a password for its time too
        told = child(answer, "SystemDateAndTime", "UTCDateTime")
        names = (
            ("Date", "Year"),
            ("Date", "Month"),
            ("Date", "Day"),
            ("Time", "Hour"),
            ("Time", "Minute"),
            ("Time", "Second"),
        )
        try:
            year, month, day, hour, minute, second = (int(text(child(told, *each))) for each in names)
            self.soap.ahead = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - datetime.now(UTC)
        except (ValueError, OverflowError):
            self.soap.ahead = timedelta()  # it tells no time: ours is the best guess

    def ask_clock(self) -> Element:
        """The call that every camera answers to everyone."""
        return self._device("GetSystemDateAndTime", signed=False)

    def services(self) -> dict[str, str]:
        """Paths of Media and, where it has them, Events."""
        told = child(self._device("GetCapabilities", "<Category>All</Category>"), "Capabilities")
        found = {local(each): text(child(each, "XAddr"), URI_MOST) for each in told}
        paths = {name: path_of(uri) for name, uri in found.items() if name in {"Media", "Events"} and uri}
        if "Media" not in paths:
            raise CameraLost(f"{self.soap.name} speaks ONVIF but names no media service: it may not be a camera.")
        return paths

    def _device(self, call: str, inside: str = "", *, signed: bool = True) -> Element:
        body = f'<{call} xmlns="{DEVICE}">{inside}</{call}>'
        return self.soap.call(self.soap.address.path, f"{DEVICE}/{call}", body, signed=signed)

    def _profiles(self, path: str) -> Iterator[Profile]:
        answer = self.soap.call(path, f"{MEDIA}/GetProfiles", f'<GetProfiles xmlns="{MEDIA}"/>')
        for each in [each for each in answer if local(each) == "Profiles"][:PROFILES_MOST]:
            coder = child(each, "VideoEncoderConfiguration")
            size = child(coder, "Resolution")
            try:
                width, height = int(text(child(size, "Width"))), int(text(child(size, "Height")))
            except ValueError:
                continue
            yield Profile(each.get("token", ""), text(child(coder, "Encoding"), 20).upper(), width, height)

    def _stream(self, path: str, profile: Profile) -> str:
        setup = (
            '<StreamSetup><Stream xmlns="http://www.onvif.org/ver10/schema">RTP-Unicast</Stream>'
            '<Transport xmlns="http://www.onvif.org/ver10/schema"><Protocol>RTSP</Protocol></Transport></StreamSetup>'
        )
        token = f"<ProfileToken>{escape(profile.token)}</ProfileToken>"
        body = f'<GetStreamUri xmlns="{MEDIA}">{setup}{token}</GetStreamUri>'
        answer = self.soap.call(path, f"{MEDIA}/GetStreamUri", body)
        return self._ours(text(child(answer, "MediaUri", "Uri"), URI_MOST))

    def _ours(self, uri: str) -> str:
        """A stream's address at the host that the owner named: a camera's word sends no password elsewhere."""
        try:
            told = urlsplit(uri)
            port = told.port or 554
        except ValueError:
            told, port = urlsplit(""), 0
        if told.scheme not in {"rtsp", "rtsps"}:
            raise CameraLost(f"{self.soap.name} names no RTSP stream, but {printable(uri, 60)!r}.")
        ours = self.soap.address
        host = f"[{ours.host}]" if ":" in ours.host else ours.host
        user = f"{quote(ours.user, safe='')}:{quote(ours.password, safe='')}@" if ours.user else ""
        return urlunsplit(
            (told.scheme, f"{user}{host}:{port}", quote(told.path, safe="/%:=&+,;@!~*'()$"), told.query, "")
        )


def chosen(profiles: list[Profile], name: str) -> tuple[Profile, Profile | None]:
    """What to record, the largest, and what to watch, the smallest that shows enough. Raises CameraLost."""
    usable = [each for each in profiles if each.encoding not in {"JPEG", "MPEG4"} and each.pixels > 0]
    if not usable:
        raise CameraLost(f"{name} offers no H.264 or H.265 video. Choose one of them in the camera's settings.")
    main = max(usable, key=lambda each: each.pixels)
    smaller = [each for each in usable if each.pixels < main.pixels and each.width >= SUB_LEAST]
    return main, min(smaller, key=lambda each: each.pixels, default=None)


def path_of(uri: str) -> str:
    """Of a service. Its host and port are the owner's own words, never the camera's."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ""
    return quote(parts.path or "/", safe="/%:=&+,;@!~*'()$") + (
        f"?{quote(parts.query, safe='=&%')}" if parts.query else ""
    )
