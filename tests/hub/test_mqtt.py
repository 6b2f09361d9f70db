"""What Frigate, Home Assistant and a button tell by a real MQTT broker."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import publish
from pwdlib.hashers.argon2 import Argon2Hasher

from goodfences.demo.processes import Processes, free_port
from goodfences.demo.recording import FOOTAGE
from goodfences_hub.causes import Cue, Cues
from goodfences_hub.clock import Clock
from goodfences_hub.errors import HubError
from goodfences_hub.home import Home
from goodfences_hub.running import Hub
from goodfences_hub.settings import CameraSettings, Settings, TriggerSettings
from goodfences_hub.triggers import TriggerLoop, frigate, trigger_of
from goodfences_hub.triggers.mqtt import PAYLOAD_MOST, matches
from tests.hub.rogue import rogue
from tests.instance import wait_until

pytestmark = pytest.mark.xdist_group("hub")

CONFIG = """
listeners: {{default: {{type: tcp, bind: "127.0.0.1:{port}"}}}}
plugins: {{amqtt.plugins.authentication.FileAuthPlugin: {{password_file: {passwords}}}}}
"""


class Broker:
    """`amqtt`, which lets nobody in but Anna."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"mqtt://anna:open%3Asesame@127.0.0.1:{self.port}"
        self._processes = Processes({}, folder)
        (folder / "passwords").write_text(f"anna:{Argon2Hasher().hash('open:sesame')}\n")
        (folder / "amqtt.yaml").write_text(CONFIG.format(port=self.port, passwords=folder / "passwords"))
        self._config = str(folder / "amqtt.yaml")

    def start(self) -> None:
        self._processes.start("broker", [str(Path(sys.executable).with_name("amqtt")), "-c", self._config])
        self._processes.wait_for_port("broker", self.port)

    def stop(self) -> None:
        self._processes.stop_all()

    def tell(self, topic: str, words: object, *, kept: bool = False) -> None:
        payload = words if isinstance(words, str | bytes) else json.dumps(words)
        who: Any = {"username": "anna", "password": "open:sesame"}
        publish.single(topic, payload, qos=1, retain=kept, hostname="127.0.0.1", port=self.port, auth=who)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    made = Broker(tmp_path_factory.mktemp("broker"))
    made.start()
    yield made
    made.stop()


class Listener:
    """A trigger at work, and what it said so far."""

    def __init__(self, trigger: TriggerSettings) -> None:
        self.cues = Cues(Clock())
        self.said: list[Cue] = []
        self.loop = TriggerLoop(trigger, self.cues)

    def kinds(self, count: int) -> list[str]:
        """Of what was said once it is so much, and shortly after; empty: that it is over."""

        def enough() -> bool:
            self.said += self.cues.taken()
            return len(self.said) >= count

        wait_until(enough, "what was told", seconds=15)
        time.sleep(0.5)
        self.said += self.cues.taken()
        return [cue.kind for cue in self.said]


@contextmanager
def listening(broker: Broker, source: str = "mqtt", **more: Any) -> Iterator[Listener]:
    """Once it hears: what is told before that is nobody's business but a broker's."""
    made = Listener(TriggerSettings("door", source, broker.url, **more))
    made.loop.start()
    yield made
    made.loop.stop()
    made.loop.join(10)


def test_a_press_of_a_button_is_heard(broker: Broker) -> None:
    trigger = {"topic": "zigbee2mqtt/Bell", "says": "action=single", "kind": "doorbell", "lasts_s": 15.0}
    with listening(broker, **trigger) as door:
        until_heard(door, lambda: broker.tell("zigbee2mqtt/Bell", {"action": "single", "battery": 97}))
        assert {cue.kind for cue in door.said} == {"doorbell"}
        told = len(door.said)
        broker.tell("zigbee2mqtt/Bell", {"action": "double", "battery": 97})
        broker.tell("zigbee2mqtt/Other", {"action": "single"})
        broker.tell("zigbee2mqtt/Bell", {"action": "single"})
        assert len(door.kinds(told + 1)) == told + 1


def until_heard(door: Listener, tell: Callable[[], None]) -> None:
    """Say it until the subscription stands."""

    def heard() -> bool:
        tell()
        time.sleep(0.3)
        door.said += door.cues.taken()
        return bool(door.said)

    wait_until(heard, "the subscription", seconds=20)


def test_a_sensor_that_home_assistant_tells_of_goes_on_until_it_is_off(broker: Broker) -> None:
    topic = "homeassistant/binary_sensor/drive/state"
    with listening(broker, topic=topic, says="on", over="off") as door:
        until_heard(door, lambda: broker.tell(topic, "on"))
        begun = len(door.said)
        broker.tell(topic, "off")
        assert door.kinds(begun + 1)[-1] == ""


def test_what_the_broker_kept_of_a_button_is_no_press(broker: Broker) -> None:
    broker.tell("gate/button", "pressed", kept=True)
    broker.tell("gate/open", "true", kept=True)
    with listening(broker, topic="gate/button", kind="doorbell") as door:
        until_heard(door, lambda: broker.tell("gate/button", "pressed"))
        assert len(door.said) == 1
    with listening(broker, topic="gate/open", says="true", over="false") as door:
        assert door.kinds(1) == ["motion"]


def seen(type_: str, id_: str = "17.5-abc", **more: Any) -> dict[str, Any]:
    """As Frigate documents `frigate/events`, shortened."""
    after = {
        "id": id_,
        "camera": "front_door",
        "label": "person",
        "false_positive": False,
        "stationary": False,
        **more,
    }
    return {"type": type_, "before": {**after, "camera": "?"}, "after": after}


def test_frigates_objects_begin_and_end_events_by_their_label(broker: Broker) -> None:
    with listening(broker, "frigate", says="front_door") as door:
        until_heard(door, lambda: broker.tell("frigate/events", seen("new", label="car")))
        assert {cue.kind for cue in door.said} == {"motion"}
        door.said.clear()
        broker.tell("frigate/events", seen("new", camera="back"))
        broker.tell("frigate/events", seen("new", "18.1-x"))
        broker.tell("frigate/events", seen("update", "18.1-x"))
        broker.tell("frigate/events", seen("end", "18.1-x"))
        assert door.kinds(3) == ["person", "person", ""]
        assert len({cue.cause for cue in door.said}) == 1


def heard(*told: object, **trigger: Any) -> list[str]:
    """Kinds of what one message after the other makes a hub say."""
    cues, going = Cues(Clock()), set[str]()
    for each in told:
        payload = each if isinstance(each, bytes) else json.dumps(each).encode()
        frigate.hear(TriggerSettings("front_door", "frigate", **trigger), payload, cues, going)
    return [cue.kind for cue in cues.taken()]


def test_a_car_that_parks_is_over_once_it_stands() -> None:
    assert heard(seen("new", label="car"), seen("update", label="car", stationary=True)) == ["motion", ""]


@pytest.mark.parametrize(
    ("names", "label"),
    [
        (("person",), "person"),
        (("car", "truck", "bus", "motorcycle", "bicycle"), "vehicle"),
        (("dog", "cat", "bird", "horse"), "animal"),
        (("face", "license_plate", "package", "amazon", 7, None, ["car"]), ""),
    ],
)
def test_what_frigate_sees_is_called_person_vehicle_animal_or_nothing(names: tuple[Any, ...], label: str) -> None:
    cues = Cues(Clock())
    for number, name in enumerate(names):
        told = json.dumps(seen("new", str(number), label=name)).encode()
        frigate.hear(TriggerSettings("front_door", "frigate"), told, cues, set())
    assert {cue.label for cue in cues.taken()} == {label}


def test_what_frigate_takes_back_begins_nothing() -> None:
    assert heard(seen("new", false_positive=True)) == []


@pytest.mark.parametrize(
    "told", [b"", b"\xff\xfe", b"[]", b"7", b'{"after": 7}', b'{"after": {"camera": ["front_door"]}}', b"[" * 60_000]
)
def test_what_frigate_never_says_is_passed_over(told: bytes) -> None:
    assert heard(told) == []


def test_a_flood_of_objects_is_not_remembered() -> None:
    cues, going = Cues(Clock()), set[str]()
    for number in range(1000):
        told = json.dumps(seen("new", str(number))).encode()
        frigate.hear(TriggerSettings("front_door", "frigate"), told, cues, going)
    assert len(going) <= frigate.GOING_MOST


@pytest.mark.parametrize(
    ("payload", "words", "says"),
    [
        ("ON", "on", True),
        (" on\n", "on", True),
        ("off", "on", False),
        ("anything", "", True),
        ('{"action": "single"}', "action=single", True),
        ('{"action": "double"}', "action=single", False),
        ('{"occupancy": true}', "occupancy=true", True),
        ('{"state": {"open": 1}}', "state.open=1", True),
        ('{"action": null}', "action=null", False),
        ('["action"]', "action=single", False),
        ("action=single", "action=single", True),
        ("{", "a=b", False),
    ],
)
def test_what_a_message_has_to_say(payload: str, words: str, says: bool) -> None:
    assert matches(payload.encode(), words) is says


def test_the_doctor_asks_the_broker(broker: Broker) -> None:
    for source in ("mqtt", "frigate"):
        trigger = TriggerSettings("door", source, broker.url, topic="x")
        assert "the broker answers" in trigger_of(trigger).examine(trigger)


@pytest.mark.parametrize("scheme", ["mqtt", "mqtts"])
def test_an_error_names_no_password(broker: Broker, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goodfences_hub.triggers.mqtt.ANSWER_WITHIN_S", 2.0)
    wrong = f"{scheme}://anna:guess-work@127.0.0.1:{broker.port}"
    for url in (wrong, f"{scheme}://anna:guess-work@127.0.0.1:9"):
        trigger = TriggerSettings("door", "mqtt", url, topic="x")
        with pytest.raises(HubError, match="door: the MQTT broker ") as caught:
            trigger_of(trigger).examine(trigger)
        assert "guess" not in str(caught.value)


def test_a_broker_that_comes_back_is_listened_to_again(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    broker.start()
    with listening(broker, topic="gate", says="open", over="shut") as door:
        until_heard(door, lambda: broker.tell("gate", "open"))
        broker.stop()
        wait_until(lambda: door.kinds(1)[-1] == "", "the end of what went on", seconds=20)
        broker.start()
        door.said.clear()
        until_heard(door, lambda: broker.tell("gate", "open"))
    broker.stop()


def test_a_large_message_is_passed_over(broker: Broker) -> None:
    with listening(broker, topic="gate") as door:
        until_heard(door, lambda: broker.tell("gate", "open"))
        told = len(door.said)
        broker.tell("gate", b"x" * (PAYLOAD_MOST + 1))
        broker.tell("gate", "open")
        assert len(door.kinds(told + 1)) == told + 1


@pytest.mark.parametrize("sent", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x20\x02\x00\x00" + b"\xff" * 5000, b""])
def test_a_broker_that_is_none_is_an_error(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goodfences_hub.triggers.mqtt.ANSWER_WITHIN_S", 2.0)

    def speak(connection: socket.socket) -> None:
        connection.sendall(sent)
        time.sleep(0 if sent else 30)

    with rogue(speak) as port:
        trigger = TriggerSettings("door", "mqtt", f"mqtt://127.0.0.1:{port}", topic="x")
        with pytest.raises(HubError, match="door: the MQTT broker"):
            trigger_of(trigger).examine(trigger)


@pytest.mark.slow
def test_a_person_that_frigate_sees_becomes_an_event_of_a_hub(broker: Broker, tmp_path: Path) -> None:
    door = CameraSettings("door", "demo", str(FOOTAGE / "parked-van.mp4"), sensitivity="low", after_s=2)
    told = TriggerSettings("door", "frigate", broker.url, says="front_door")
    hub = Hub(Home(tmp_path / "hub"), Settings(cameras=(door,), triggers=(told,), page_port=0))
    hub.start()

    def events(where: str) -> list[Any]:
        return hub.state.rows(f"SELECT * FROM event WHERE kind = 'person' AND {where}")

    wait_until(lambda: broker.tell("frigate/events", seen("update")) or events("1"), "the event", seconds=20)
    broker.tell("frigate/events", seen("end"))
    wait_until(lambda: events("ends_at IS NOT NULL"), "its end", seconds=30)
    hub.stop()
