"""What is said on a topic of an MQTT broker: by Home Assistant, a button, a sensor at the gate."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from goodfences_hub.causes import Cues
from goodfences_hub.errors import HubError
from goodfences_hub.settings import TriggerSettings

ANSWER_WITHIN_S = 10.0
PAYLOAD_MOST = 64 * 1024
Hear = Callable[[bytes, bool], None]
"""Of a message's payload, and whether the broker had kept it from before."""


class MqttTrigger:
    """`topic` is listened to; `says` and `over` are a text, or `name=value` of what is told as a JSON object."""

    def examine(self, trigger: TriggerSettings) -> str:
        """See `triggers.Trigger`."""
        Broker(trigger, trigger.topic, lambda payload, kept: None).examine()
        return f"the broker answers, and lets {trigger.topic} be read."

    def listen(self, trigger: TriggerSettings, cues: Cues, stopping: threading.Event) -> None:
        """See `triggers.Trigger`."""
        cause = f"mqtt {trigger.topic}"

        def hear(payload: bytes, kept: bool) -> None:
            if trigger.over and matches(payload, trigger.over):
                cues.end(cause)
            elif matches(payload, trigger.says) and (trigger.over or not kept):
                # What a broker kept of a button is a press of another day.
                cues.begin(cause, trigger.kind, *([] if trigger.over else [trigger.lasts_s]))

        try:
            Broker(trigger, trigger.topic, hear).listen(stopping)
        finally:
            if trigger.over:
                cues.end(cause)


@dataclass
class Broker:
    """One subscription. Errors name the trigger and never its password."""

    trigger: TriggerSettings
    topic: str
    hear: Hear
    _is_subscribed: bool = False
    _problem: str = ""

    def examine(self) -> None:
        """Connect and subscribe. Raises HubError."""
        client = self._connected()
        try:
            for _ in range(int(ANSWER_WITHIN_S * 5)):
                self._turn(client, 0.2)
                if self._is_subscribed:
                    return
            raise self._error("doesn't answer")
        finally:
            client.disconnect()

    def listen(self, stopping: threading.Event) -> None:
        """Hear what is told until asked to stop. Raises HubError where the broker is away."""
        client = self._connected()
        try:
            while not stopping.is_set():
                self._turn(client, 1.0)
        finally:
            client.disconnect()

    def _turn(self, client: paho.Client, wait_s: float) -> None:
        code = client.loop(timeout=wait_s)
        if self._problem:
            raise self._error(self._problem)
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise self._error(f"is gone ({paho.error_string(code).rstrip('.').lower()})")

    def _connected(self) -> paho.Client:
        address = urlsplit(self.trigger.url)
        safe = address.scheme == "mqtts"
        client = paho.Client(CallbackAPIVersion.VERSION2, clean_session=True)
        if address.username:
            client.username_pw_set(unquote(address.username), unquote(address.password or ""))
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.connect_timeout = ANSWER_WITHIN_S
        try:
            if safe:
                client.tls_set()
            client.connect(address.hostname or "", address.port or (8883 if safe else 1883), keepalive=30)
        except (OSError, ValueError) as error:
            raise self._error(f"doesn't answer ({getattr(error, 'strerror', '') or type(error).__name__})") from None
        return client

    def _on_connect(self, client: paho.Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self._problem = f"refuses ({str(reason).lower()})"
        else:
            client.subscribe(self.topic, qos=1)

    def _on_subscribe(self, client: paho.Client, data: Any, number: int, reasons: Any, properties: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._problem = f"doesn't let {self.topic} be read"
        self._is_subscribed = True

    def _on_message(self, client: paho.Client, data: Any, message: paho.MQTTMessage) -> None:
        if len(message.payload) <= PAYLOAD_MOST:
            self.hear(bytes(message.payload), message.retain)

    def _error(self, what: str) -> HubError:
        return HubError(f"{self.trigger.camera}: the MQTT broker {what}.")


def json_of(payload: bytes) -> Any:
    """None where it is none."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def matches(payload: bytes, words: str) -> bool:
    """Whether a message says these words: as a text, in whatever case, or one value of a JSON object."""
    if not words:
        return True
    if payload.decode(errors="replace").strip().lower() == words.lower():
        return True
    name, equals, value = words.partition("=")
    told = json_of(payload) if equals else None
    for part in name.split("."):
        told = told.get(part) if isinstance(told, dict) else None
    said = json.dumps(told) if isinstance(told, bool | int | float) else told
    return isinstance(said, str) and said.lower() == value.lower()
