"""Changes `hub.toml` as a person would: what the owner wrote stays, comments and order too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.items import Item, Table

from goodfences_hub import settings
from goodfences_hub.errors import HubError
from goodfences_hub.home import write_private
from goodfences_hub.settings import CameraSettings, Settings, TriggerSettings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

HEAD = """\
# Settings of this hub. Change them by hand, by `goodfences-hub`, or on the hub's own pages; what is changed by hand
# counts from the next start.
# This file holds the passwords of your cameras: they stay in it, and no other user can read it.

"""

_WRITING = threading.Lock()
_MEANINGS = {
    "server": "address of the network",
    "reserve_gb": "free space that recordings never touch, in GB",
    "upload_kbit": "the most that uploads may use, in kilobits a second; 0: no limit",
    "quiet_hours": "when nothing is uploaded, as \"18:00-23:30\"",
    "page_port": "of the hub's own pages",
    "listen": "loopback: this computer alone opens them; home: your home's network too, by `page --password`",
    "source": "rtsp, folder, frigate, usb or demo",
    "sub": "address of the camera's small stream: watching it costs less; empty: the recorded one is watched",
    "upload_as": "which camera of the network this is; empty: its events stay at home",
    "keep_days": "days of continuous video kept at home; 0: events alone",
    "keep_gb": "the most that it may fill, in GB",
    "sensitivity": "low, normal or high",
    "before_s": "seconds before its cause that a clip begins",
    "after_s": "seconds of quiet that end an event",
    "longest_s": "longest clip, in seconds",
    "least_s": "seconds that something has to move for an event to begin",
    "name": "what pages call it; empty: its key",
    "zones": "parts of the picture that are watched, as corners from 0 to 1; none: all of it",
    "masks": "parts that are black in whatever leaves the home",
    "labels": "true: a few pictures of each event are looked at here, for a person or a vehicle; never who",
}  # fmt: skip


_OF_TRIGGERS = {
    "source": "who tells: onvif, mqtt, frigate or webhook",
    "topic": "of MQTT",
    "says": "what a message has to say to count; empty: every one",
    "secret": "of a webhook: what a caller has to bring",
    "over": "what it says when it is over; empty: see lasts_s",
    "kind": "motion, person, doorbell or manual, where a message doesn't say",
    "lasts_s": "seconds of an event whose end nobody tells",
}


def set_hub(path: Path, **changes: str | int) -> None:
    """Change settings of the hub, such as `server`, and leave everything else as it stands. Raises HubError as `load`
    does, and then changes nothing."""
    _rewrite(path, lambda document: document.update(changes))


def add_camera(path: Path, camera: CameraSettings) -> None:
    """Add a camera with what each setting means beside it. Raises HubError as `load` does, and then adds nothing."""
    _add(path, "camera", _table(camera, _MEANINGS))


def set_camera(path: Path, key: str, **changes: Any) -> None:
    """Change settings of one camera, and leave everything else as it stands. Raises HubError as `load` does, and then
    changes nothing."""

    def change(document: tomlkit.TOMLDocument) -> None:
        table = _camera(document, key)
        for name, value in changes.items():
            table[name] = _item(name, value, _MEANINGS) if name not in table else _plain(value)

    _rewrite(path, change)


def _camera(document: tomlkit.TOMLDocument, key: str) -> Table:
    for table in document.get("camera", ()):
        if table.get("key") == key:
            return table  # type: ignore[no-any-return]
    raise HubError(f"hub.toml has no camera {key!r} any more.")


def add_trigger(path: Path, trigger: TriggerSettings) -> None:
    """Add who else begins a camera's events. Raises HubError as `load` does, and then adds nothing."""
    _add(path, "trigger", _table(trigger, {**_MEANINGS, **_OF_TRIGGERS}))


def _table(settings_: DataclassInstance, meanings: dict[str, str]) -> Table:
    table = tomlkit.table()
    for field in fields(settings_):
        table.add(field.name, _item(field.name, getattr(settings_, field.name), meanings))
    return table


def _item(name: str, value: Any, meanings: dict[str, str]) -> Item:
    item: Item = tomlkit.item(_plain(value))
    return item.comment(meanings[name]) if name in meanings else item


def _plain(value: Any) -> Any:
    """As TOML has it: lists for tuples."""
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _add(path: Path, name: str, table: Table) -> None:
    _rewrite(path, lambda document: document.setdefault(name, tomlkit.aot()).append(table))


def _rewrite(path: Path, change: Callable[[tomlkit.TOMLDocument], None]) -> None:
    """Change the file's own text, so that the owner's comments and order stay."""
    with _WRITING:
        document = tomlkit.parse(path.read_text()) if path.exists() else _fresh()
        change(document)
        text = tomlkit.dumps(document)
        settings.parse(text, path)
        write_private(path, text.encode())


def _fresh() -> tomlkit.TOMLDocument:
    document = tomlkit.parse(HEAD)
    for field in fields(Settings):
        if field.name in _MEANINGS:
            item = tomlkit.item(getattr(Settings, field.name))
            document.add(field.name, item.comment(_MEANINGS[field.name]))
    return document
