"""What an ONVIF camera tells: a pull point (ONVIF Core, Event Handling), and what its messages mean to a hub."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, tostring

from goodfences_hub.errors import CameraLost
from goodfences_hub.labels import ANIMAL, VEHICLE
from goodfences_hub.onvif.device import Device, path_of
from goodfences_hub.onvif.soap import child, local, text
from goodfences_hub.recording.recorder import MOTION, PERSON

EVENTS = "http://www.onvif.org/ver10/events/wsdl"
NOTIFY = "http://docs.oasis-open.org/wsn/b-2"
MANAGE = "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager"
LASTS_S = 60
"""Seconds until the camera forgets a subscription that isn't renewed."""
WAIT_S = 5
"""Seconds that the camera may wait for something to tell."""
MESSAGES_MOST = 50
DOORBELL = "doorbell"
# How makers name the same thing, by the last part of a topic. Faces and plates are nothing to this hub.
BELLS = ("visitor", "doorbell", "callbutton", "buttonpressed")
PEOPLE = ("peopledetect", "people", "humanshapedetect", "humandetect")
MOVES = (
    *("motion", "motionalarm", "motiondetection", "detection", "vehicledetect", "dogcatdetect", "objectsinside"),
    *("crossed", "crossing", "linecross", "intrusion", "tpsmartevent"),
)
LABELS = {"vehicledetect": VEHICLE, "dogcatdetect": ANIMAL}


@dataclass(frozen=True)
class Message:
    """One thing told: its topic without prefixes, of which source, and what about it."""

    topic: str
    operation: str
    source: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Meaning:
    """`goes_on` is None for what has a moment and no length."""

    kind: str
    goes_on: bool | None
    label: str = ""


def meaning(message: Message) -> Meaning | None:
    """None for what begins no event here."""
    last = message.topic.rpartition("/")[2].lower()
    flags = [
        value.lower() in {"true", "1"}
        for value in message.data.values()
        if value.lower() in {"true", "false", "1", "0"}
    ]
    goes_on = any(flags) if flags else None
    if any(bell in last for bell in BELLS):
        pressed = goes_on is not False and message.operation != "Initialized"
        return Meaning(DOORBELL, None) if pressed else None
    if message.operation == "Deleted":
        goes_on = False
    if last in PEOPLE:
        return Meaning(PERSON, goes_on)
    return Meaning(MOTION, goes_on, LABELS.get(last, "")) if last in MOVES else None


class PullPoint:
    """A subscription to everything that a camera tells. Every call raises CameraLost where the camera is away."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._soap = device.soap
        self._path = ""
        self._reference = ""

    def subscribe(self) -> None:
        """Begin. The camera's clock is read first: it may have been set since."""
        self._device.read_clock()
        services = self._device.services()
        if "Events" not in services:
            raise CameraLost(f"{self._soap.name} tells no events by ONVIF.")
        body = (
            f'<CreatePullPointSubscription xmlns="{EVENTS}"><InitialTerminationTime>PT{LASTS_S}S'
            "</InitialTerminationTime></CreatePullPointSubscription>"
        )
        action = f"{EVENTS}/EventPortType/CreatePullPointSubscriptionRequest"
        told = child(self._soap.call(services["Events"], action, body), "SubscriptionReference")
        self._path = path_of(text(child(told, "Address"), 500)) or services["Events"]
        # What it wants to be told back with each call, as it is.
        self._reference = "".join(tostring(each, encoding="unicode") for each in child(told, "ReferenceParameters"))

    def pull(self) -> list[Message]:
        """What was told since the last time; waits for up to WAIT_S seconds."""
        body = (
            f'<PullMessages xmlns="{EVENTS}"><Timeout>PT{WAIT_S}S</Timeout>'
            f"<MessageLimit>{MESSAGES_MOST}</MessageLimit></PullMessages>"
        )
        answer = self._call(f"{EVENTS}/PullPointSubscription/PullMessagesRequest", body)
        return list(_messages(answer))

    def renew(self) -> None:
        """Keep it for another LASTS_S seconds."""
        body = f'<Renew xmlns="{NOTIFY}"><TerminationTime>PT{LASTS_S}S</TerminationTime></Renew>'
        self._call(f"{MANAGE}/RenewRequest", body)

    def leave(self) -> None:
        """Tell the camera that nobody listens any more; cameras have few subscriptions to give."""
        with contextlib.suppress(CameraLost):
            self._call(
                f"{NOTIFY}/SubscriptionManager/UnsubscribeRequest".replace("b-2", "bw-2"),
                f'<Unsubscribe xmlns="{NOTIFY}"/>',
            )

    def _call(self, action: str, body: str) -> Element:
        to = f"<a:To>http://{self._soap.address.host}:{self._soap.address.port}{urlsplit(self._path).path}</a:To>"
        return self._soap.call(self._path, action, body, header=to + self._reference, later_s=WAIT_S)


def _messages(answer: Element) -> Iterator[Message]:
    for each in [each for each in answer if local(each) == "NotificationMessage"][:MESSAGES_MOST]:
        told = child(each, "Message", "Message")
        parts = text(child(each, "Topic"), 300).split("/")
        topic = "/".join(part.rpartition(":")[2] for part in parts)
        yield Message(
            topic, told.get("PropertyOperation", ""), _items(child(told, "Source")), _items(child(told, "Data"))
        )


def _items(element: Element) -> dict[str, str]:
    """Simple items, by name."""
    items = [each for each in element if local(each) == "SimpleItem"][:20]
    return {each.get("Name", "")[:60]: each.get("Value", "")[:200] for each in items}
