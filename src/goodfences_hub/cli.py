"""The command `goodfences-hub`."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence
from getpass import getpass
from pathlib import Path

from goodfences_hub import chance, pairing, settings, status
from goodfences_hub.errors import HubError
from goodfences_hub.home import Home
from goodfences_hub.pages import doors
from goodfences_hub.running import Hub, leave
from goodfences_hub.settings import CameraSettings, TriggerSettings
from goodfences_hub.state import TOKEN, State
from goodfences_hub.thrift import give_memory_back
from goodfences_hub.uploading.network import Network


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit with its status."""
    options = _parser().parse_args(argv)
    try:
        sys.exit(options.run(Home(options.home) if options.home else Home.default(), options))
    except HubError as error:
        sys.exit(f"goodfences-hub: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="goodfences-hub", description="Records your own cameras at home; sends what you decided to send."
    )
    parser.add_argument("--home", type=Path, help="the hub's folder (default GOODFENCES_HUB_HOME)")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    pair = commands.add_parser("pair", help="connect this hub to your home in the network")
    pair.add_argument("server", help="address of the network, https://…")
    pair.add_argument("code", help="the code that your page Cameras shows")
    pair.add_argument("--name", default=pairing.default_name(), help="what the page calls this hub")
    pair.add_argument(
        "--record-key", default="", help="insist on this key of the public record (name+hash+base64), from elsewhere"
    )
    pair.set_defaults(run=_pair)

    discover = commands.add_parser("discover", help="find cameras at home")
    discover.add_argument("--scan", action="store_true", help="also try the addresses around this computer's own")
    discover.add_argument("--from", dest="from_", default="", help="this computer's address in the network to search")
    discover.set_defaults(run=_discover)

    add = commands.add_parser("add", help="add a camera")
    add.add_argument(
        "url",
        help="onvif://192.168.1.20, rtsp://user:password@192.168.1.20/stream1, a folder that files are put into,"
        " http://192.168.1.5:5000/NAME for a camera of Frigate's, /dev/video0,"
        " or a film to play",
    )
    add.add_argument("--user", default="", help="of the camera; its password is asked for")
    add.add_argument("--key", help="its name in commands and folders (default camera-1, camera-2, …)")
    add.add_argument("--sub", default="", help="address of the same camera's small stream, to watch at less cost")
    add.add_argument(
        "--as", dest="upload_as", default="", help="which camera of the network it is, by its name there"
    )
    add.add_argument("--keep-days", type=float, default=0.0, help="days of continuous video kept at home")
    add.set_defaults(run=_add)

    webhook = commands.add_parser("webhook", help="let a program of this computer begin a camera's events by HTTP")
    webhook.add_argument("camera", help="its key")
    webhook.add_argument("--kind", choices=settings.EVENTS, default="motion", help="what its events are")
    webhook.set_defaults(run=_webhook)

    commands.add_parser("run", help="record, watch and send, until stopped").set_defaults(run=_run)
    page = commands.add_parser("page", help="print the address of the hub's own pages")
    page.add_argument("--password", action="store_true", help="set the household's, for pages in your home's network")
    page.set_defaults(run=_page)
    commands.add_parser("metrics", help="print where Prometheus finds the hub's metrics").set_defaults(run=_metrics)
    commands.add_parser("status", help="what is recorded, what waits, what is missing").set_defaults(run=_status)
    commands.add_parser("doctor", help="try everything that has to work, and say what doesn't").set_defaults(
        run=_doctor
    )
    return parser


def _pair(home: Home, options: argparse.Namespace) -> int:
    state = State(home.state)
    try:
        pairing.pair(home, state, options.server, options.code, options.name, record_key=options.record_key)
    finally:
        state.close()
    print("Paired. Your page Cameras shows this hub now, and can disconnect it.")
    return 0


def _add(home: Home, options: argparse.Namespace) -> int:
    from goodfences_hub import adding, doctor, editing

    known = settings.load(home.settings)
    camera = CameraSettings(
        key=options.key or adding.free_key(known),
        source="rtsp",
        url=options.url,
        sub=adding.source_of(options.sub)[1] if options.sub else "",
        upload_as=_ref_of(home, known.server, options.upload_as),
        keep_days=options.keep_days,
    )
    password = getpass(f"Password of {options.user}: ") if options.user else ""
    camera, triggers, about = adding.looked_at(camera, options.user, password)
    found = doctor.try_camera(camera)
    editing.add_camera(home.settings, camera)
    for trigger in triggers:
        editing.add_trigger(home.settings, trigger)
    print(f"{about}Added {camera.key}: {found} A hub that runs has to be started again to record it.")
    return 0


def _discover(home: Home, options: argparse.Namespace) -> int:
    from goodfences_hub import discovery

    networks = discovery.own_networks(options.from_)
    found = discovery.probe(networks)
    if options.scan:
        told = {seen.host for seen in found}
        for network in map(discovery.reach, networks):
            print(f"Trying {network} …", flush=True)
            found += [seen for seen in discovery.scan(map(str, network.hosts())) if seen.host not in told]
    for seen in found:
        print(f"{seen.host}  {seen.name or 'answers by ' + seen.kind.upper()}\n    {seen.add}")
    if not found:
        more = (
            ""
            if options.scan
            else " Many answer only once ONVIF is turned on in their app; --scan tries every address."
        )
        print(f"No camera answered.{more}")
    return 0


def _webhook(home: Home, options: argparse.Namespace) -> int:
    from goodfences_hub import editing

    known = settings.load(home.settings)
    trigger = TriggerSettings(
        known.camera(options.camera).key, "webhook", kind=options.kind, secret=chance.in_addresses(24)
    )
    editing.add_trigger(home.settings, trigger)
    print("Once the hub was started again, this begins an event:")
    print(
        f'    curl -X POST -H "Authorization: Bearer {trigger.secret}" "http://127.0.0.1:{known.page_port}/trigger/{trigger.camera}"'
    )
    print(f"Add ?kind=doorbell&seconds=30 for another kind ({', '.join(settings.EVENTS)}) and length.")
    return 0


def _ref_of(home: Home, server: str, name: str) -> str:
    """The network's ref of the camera that its page calls `name`."""
    if not name:
        return ""
    state = State(home.state)
    cameras = Network(server, state.fact(TOKEN)).cameras()
    state.close()
    for camera in cameras:
        if name in {camera["name"], camera["ref"]}:
            return camera["ref"]
    there = ", ".join(camera["name"] for camera in cameras) or "none yet; add one on your page Cameras"
    raise HubError(f"Your home in the network has no camera {name!r}. There is: {there}.")


def _run(home: Home, options: argparse.Namespace) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    found = settings.load(home.settings)
    give_memory_back()
    hub = Hub(home, found)
    stopping = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopping.set())
    hub.start()
    about = f"Recording {len(found.cameras)} camera(s)." if found.cameras else "No camera yet: add one on this page."
    print(f"{about} {_page_url(hub.state, hub.pages.port)}  Ctrl-C stops.", flush=True)
    stopping.wait()
    hub.stop()
    leave()


def _page(home: Home, options: argparse.Namespace) -> int:
    found = settings.load(home.settings)
    state = State(home.state)
    if options.password:
        from goodfences_hub.pages import signing_in  # not needed to run

        password = getpass("New password of the household: ")
        if getpass("Once more: ") != password:
            raise HubError("These were two different ones. Nothing was changed.")
        signing_in.set_password(state, password)
        print("Set. Everyone has to sign in again.")
        if found.listen != "home":
            print('It counts once hub.toml says listen = "home" and the hub was started again.')
    print(_page_url(state, found.page_port))
    for address in doors.own_addresses() if found.listen == "home" else ():
        print(f"http://{address}:{found.page_port}/  in your home's network, with the password")
    state.close()
    return 0


def _metrics(home: Home, options: argparse.Namespace) -> int:
    state = State(home.state)
    print(f"http://127.0.0.1:{settings.load(home.settings).page_port}/metrics")
    print(f"Authorization: Bearer {doors.metrics_key_of(state)}")
    state.close()
    return 0


def _page_url(state: State, port: int) -> str:
    """The pages' address with their key: whoever has it can watch."""
    return f"http://127.0.0.1:{port}/?key={doors.key_of(state)}"


def _status(home: Home, options: argparse.Namespace) -> int:
    print(status.text(home, settings.load(home.settings)))
    return 0


def _doctor(home: Home, options: argparse.Namespace) -> int:
    from goodfences_hub import doctor  # not needed to run

    findings = doctor.examine(home, settings.load(home.settings))
    for finding in findings:
        print(("✓ " if finding.well else "✗ ") + finding.words)
    return 0 if all(finding.well for finding in findings) else 1


if __name__ == "__main__":
    main()
