"""What an ONVIF camera tells: that something moves, that someone is at the door, that the bell was pressed."""

from __future__ import annotations

import threading
import time

from goodfences_hub.causes import Cues
from goodfences_hub.onvif.device import Device
from goodfences_hub.onvif.events import LASTS_S, MESSAGES_MOST, Message, PullPoint, meaning
from goodfences_hub.onvif.soap import Address, Fault
from goodfences_hub.settings import TriggerSettings

RENEW_AFTER_S = LASTS_S / 2
BREATH_S = 0.5
"""Between two questions, for a camera that answers at once though nothing is to be told."""


class OnvifTrigger:
    """`url` is `onvif://user:password@192.168.1.20`; `says` a source's token, where a recorder has several."""

    def examine(self, trigger: TriggerSettings) -> str:
        """See `triggers.Trigger`."""
        point = _point(trigger)
        point.subscribe()
        point.leave()
        return "it tells events by ONVIF."

    def listen(self, trigger: TriggerSettings, cues: Cues, stopping: threading.Event) -> None:
        """See `triggers.Trigger`."""
        point = _point(trigger)
        point.subscribe()
        going: set[str] = set()
        renewed = time.monotonic()
        try:
            while not stopping.is_set():
                for message in point.pull():
                    _pass_on(trigger, message, cues, going)
                if time.monotonic() - renewed >= RENEW_AFTER_S:
                    _renew(point)
                    renewed = time.monotonic()
                stopping.wait(BREATH_S)
        finally:
            for cause in going:
                cues.end(cause)
            point.leave()


def _point(trigger: TriggerSettings) -> PullPoint:
    return PullPoint(Device(Address.of(trigger.url), trigger.camera))


def _renew(point: PullPoint) -> None:
    try:
        point.renew()
    except Fault:  # not every camera knows how: a new subscription does as well
        point.leave()
        point.subscribe()


def _pass_on(trigger: TriggerSettings, message: Message, cues: Cues, going: set[str]) -> None:
    means = meaning(message)
    if means is None or (trigger.says and trigger.says not in message.source.values()):
        return
    cause = f"onvif {message.topic} {sorted(message.source.items())}"
    if means.goes_on is None:
        cues.begin(cause, means.kind, trigger.lasts_s, label=means.label)
    elif means.goes_on and len(going) < MESSAGES_MOST:
        cues.begin(cause, means.kind, label=means.label)
        going.add(cause)
    else:
        cues.end(cause)
        going.discard(cause)
