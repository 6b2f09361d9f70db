"""Who else begins events: cameras and programs that tell what they saw. One module a kind, behind one protocol."""

from __future__ import annotations

import logging
import threading
import time
from typing import Protocol

from goodfences_hub.causes import Cues
from goodfences_hub.errors import HubError
from goodfences_hub.settings import TriggerSettings

logger = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 2.0, 120.0
WELL_AFTER_S = 30.0
"""Who was there for as long is tried again at once when it is gone."""


class Trigger(Protocol):
    """A kind of teller. Imports what it needs when it is used: nobody else pays for it in memory."""

    def examine(self, trigger: TriggerSettings) -> str:
        """Connect once, and say what was found, in a sentence. Raises HubError."""

    def listen(self, trigger: TriggerSettings, cues: Cues, stopping: threading.Event) -> None:
        """Connect, and pass on what is told until asked to stop. Raises HubError where it is away."""


def trigger_of(trigger: TriggerSettings) -> Trigger:
    """The module of `trigger.source`. Raises HubError for a kind that there isn't."""
    if trigger.source == "onvif":
        from goodfences_hub.triggers.onvif import OnvifTrigger

        return OnvifTrigger()
    if trigger.source == "mqtt":
        from goodfences_hub.triggers.mqtt import MqttTrigger

        return MqttTrigger()
    if trigger.source == "frigate":
        from goodfences_hub.triggers.frigate import FrigateTrigger

        return FrigateTrigger()
    if trigger.source == "webhook":
        from goodfences_hub.triggers.webhook import WebhookTrigger

        return WebhookTrigger()
    raise HubError(f"trigger of {trigger.camera}: there is no source {trigger.source!r}.")


class TriggerLoop(threading.Thread):
    """Listens until `stop()`; nothing that is told ends it, nor that nobody is there."""

    def __init__(self, trigger: TriggerSettings, cues: Cues) -> None:
        super().__init__(name=f"{trigger.source} of {trigger.camera}", daemon=True)
        self._trigger = trigger
        self._cues = cues
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ask it to end."""
        self._stopping.set()

    def run(self) -> None:
        wait, told = FIRST_WAIT, ""
        while not self._stopping.is_set():
            begun = time.monotonic()
            try:
                trigger_of(self._trigger).listen(self._trigger, self._cues, self._stopping)
            except HubError as away:
                if str(away) != told:  # once, not every two minutes for a week
                    logger.warning("%s", away)
                told = str(away)
            except Exception:  # whatever is told, recording goes on
                logger.exception("%s: trying again", self.name)
            if time.monotonic() - begun >= WELL_AFTER_S:
                wait, told = FIRST_WAIT, ""
            self._stopping.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT)
