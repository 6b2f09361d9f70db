"""What Frigate sees, by its messages over MQTT: an object comes, goes on, stands still, is gone."""

from __future__ import annotations

import threading

from goodfences_hub.causes import Cues
from goodfences_hub.labels import label_of
from goodfences_hub.recording.recorder import MOTION, PERSON
from goodfences_hub.settings import TriggerSettings
from goodfences_hub.triggers.mqtt import Broker, json_of

GOING_MOST = 100


class FrigateTrigger:
    """`says` is Frigate's own name of the camera, `topic` what its topics begin with."""

    def examine(self, trigger: TriggerSettings) -> str:
        """See `triggers.Trigger`."""
        Broker(trigger, topic_of(trigger), lambda payload, kept: None).examine()
        return "the broker answers, and lets what Frigate tells be read."

    def listen(self, trigger: TriggerSettings, cues: Cues, stopping: threading.Event) -> None:
        """See `triggers.Trigger`."""
        going: set[str] = set()
        try:
            Broker(trigger, topic_of(trigger), lambda payload, kept: hear(trigger, payload, cues, going)).listen(
                stopping
            )
        finally:
            for cause in going:
                cues.end(cause)


def topic_of(trigger: TriggerSettings) -> str:
    return f"{trigger.topic or 'frigate'}/events"


def hear(trigger: TriggerSettings, payload: bytes, cues: Cues, going: set[str]) -> None:
    """One message. A car that parks is over once it stands, not when it leaves the next day."""
    told = json_of(payload)
    seen = told.get("after") if isinstance(told, dict) else None
    if (
        not isinstance(seen, dict)
        or seen.get("camera") != (trigger.says or trigger.camera)
        or seen.get("false_positive")
    ):
        return
    cause = f"frigate {str(seen.get('id'))[:60]}"
    if told.get("type") == "end" or seen.get("stationary"):
        cues.end(cause)
        going.discard(cause)
    elif len(going) < GOING_MOST:
        cues.begin(cause, kind_of(seen.get("label")), label=label_of(seen.get("label")))
        going.add(cause)


def kind_of(label: object) -> str:
    """What a clip is called that shows one of Frigate's labels."""
    return PERSON if label == "person" else MOTION
