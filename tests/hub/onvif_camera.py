"""A simulated ONVIF camera: `ipycam` as it is for device and media, and a pull point as the standard describes it.

Of ipycam the parts that speak ONVIF alone are loaded: its pictures need OpenCV, and ours come from an RTSP server.
"""

from __future__ import annotations

import importlib
import importlib.util
import queue
import socket
import socketserver
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import ModuleType, SimpleNamespace
from typing import Any


def _ipycam(name: str) -> Any:
    if "ipycam" not in sys.modules:
        found = importlib.util.find_spec("ipycam")
        assert found is not None and found.submodule_search_locations is not None
        package = ModuleType("ipycam")
        package.__path__ = list(found.submodule_search_locations)
        sys.modules["ipycam"] = package
    return importlib.import_module(f"ipycam.{name}")


SUBSCRIBED = """
<tev:CreatePullPointSubscriptionResponse xmlns:tev="http://www.onvif.org/ver10/events/wsdl"
    xmlns:wsa="http://www.w3.org/2005/08/addressing" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2">
  <tev:SubscriptionReference>
    <wsa:Address>http://10.99.99.99/onvif/subscription?Idx=7</wsa:Address>
    <wsa:ReferenceParameters><dom0:SubscriptionId xmlns:dom0="http://camera.example/event">42</dom0:SubscriptionId>
    </wsa:ReferenceParameters>
  </tev:SubscriptionReference>
  <wsnt:CurrentTime>{now}</wsnt:CurrentTime><wsnt:TerminationTime>{now}</wsnt:TerminationTime>
</tev:CreatePullPointSubscriptionResponse>"""
PULLED = """
<tev:PullMessagesResponse xmlns:tev="http://www.onvif.org/ver10/events/wsdl"
    xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:tns1="http://www.onvif.org/ver10/topics">
  <tev:CurrentTime>{now}</tev:CurrentTime><tev:TerminationTime>{now}</tev:TerminationTime>{messages}
</tev:PullMessagesResponse>"""
MESSAGE = """
<wsnt:NotificationMessage>
  <wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">{topic}</wsnt:Topic>
  <wsnt:Message><tt:Message UtcTime="{now}" PropertyOperation="{operation}">
    <tt:Source><tt:SimpleItem Name="VideoSourceConfigurationToken" Value="{source}"/></tt:Source>
    <tt:Data>{items}</tt:Data>
  </tt:Message></wsnt:Message>
</wsnt:NotificationMessage>"""


class OnvifCamera:
    """`tell()` what it sees; `heard` are the calls that it got."""

    def __init__(self, *, rtsp_port: int, stream: str, events: bool = True) -> None:
        self.heard: list[str] = []
        self.knows_renew = True
        self._told: queue.Queue[str] = queue.Queue()
        self._events = events
        onvif, config, web = _ipycam("onvif"), _ipycam("config"), _ipycam("http")
        self.config = config.CameraConfig(
            name="Porch", manufacturer="Acme", model="Dome 5", local_ip="127.0.0.1", rtsp_port=rtsp_port,
            username="anna", password="open & <sesame>", main_stream_name=stream, sub_stream_name=stream,
        )  # fmt: skip
        camera = self

        class Service(onvif.ONVIFService):  # type: ignore[misc, name-defined]
            def handle_action(self, action: str, body: str) -> str | None:
                return camera._answer(super().handle_action, action, body)

        self.service = Service(self.config)

        class Handler(web.IPCameraHTTPHandler):  # type: ignore[misc, name-defined]
            camera = SimpleNamespace(config=self.config, onvif=self.service)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self.config.onvif_port = int(self._server.server_address[1])
        self.url = f"onvif://127.0.0.1:{self.port}"

    def tell(self, topic: str, operation: str = "Changed", source: str = "main", **items: str) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        simple = "".join(f'<tt:SimpleItem Name="{name}" Value="{value}"/>' for name, value in items.items())
        self._told.put(MESSAGE.format(topic=topic, now=now, operation=operation, source=source, items=simple))

    def count(self, call: str) -> int:
        return sum(each == call for each in self.heard)

    def _answer(self, others: Any, action: str, body: str) -> str | None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for call in ("CreatePullPointSubscription", "PullMessages", "Renew", "Unsubscribe"):
            if f"<{call} " in body:
                self.heard.append(call)
                # A pull point is found by what its subscription was answered with.
                if call != "CreatePullPointSubscription" and ">42</" not in body:
                    return str(self.service.fault("no such subscription"))
                if call == "CreatePullPointSubscription":
                    return str(self.service._wrap_envelope(SUBSCRIBED.format(now=now)))
                if call == "PullMessages":
                    return str(self.service._wrap_envelope(PULLED.format(now=now, messages=self._waiting())))
                if call == "Renew" and not self.knows_renew:
                    return str(self.service.fault("Action not supported"))
                return str(self.service._wrap_envelope(f"<{call}Response/>"))
        self.heard.append(action)
        answer = others(action, body)
        if action == "GetCapabilities" and self._events:
            address = f"<tt:Events><tt:XAddr>http://127.0.0.1:{self.port}/onvif/event_service</tt:XAddr></tt:Events>"
            answer = answer.replace("<tt:PTZ>", f"{address}<tt:PTZ>")
        return str(answer)

    def _waiting(self) -> str:
        try:
            messages = [self._told.get(timeout=1)]
        except queue.Empty:
            return ""
        while not self._told.empty():
            messages.append(self._told.get_nowait())
        return "".join(messages)

    @contextmanager
    def running(self) -> Iterator[OnvifCamera]:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        yield self
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def discovery_server(camera: OnvifCamera, joined: socket.socket) -> Iterator[None]:
    """`ipycam`'s answers to WS-Discovery, on a socket of ours: its own would listen on every interface."""

    class Server(_ipycam("discovery").WSDiscoveryServer):  # type: ignore[misc]
        def __init__(self) -> None:
            threading.Thread.__init__(self, daemon=True)
            self.onvif, self.running, self.sock = camera.service, True, joined
            joined.settimeout(0.2)

        def _send_announcement(self, action: str) -> None:
            """Nobody listens."""

    server = Server()
    server.start()
    yield
    server.stop()
    server.join()
