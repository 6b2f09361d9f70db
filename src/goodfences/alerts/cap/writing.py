"""From a `Message` to the bytes of a CAP 1.2 file, which `reading.read` takes back as it was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lxml import etree

from goodfences.alerts.cap.message import NAMESPACE, Area, Info, Message, Pair, Resource


def write(message: Message) -> bytes:
    """In UTF-8, elements in the order of the schema; what is empty is left out."""
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    references = " ".join(f"{one.sender},{one.identifier},{moment(one.sent)}" for one in message.references)
    _put(root, "identifier", message.identifier)
    _put(root, "sender", message.sender)
    _put(root, "sent", moment(message.sent))
    _put(root, "status", message.status)
    _put(root, "msgType", message.msg_type)
    _put(root, "source", message.source)
    _put(root, "scope", message.scope)
    _put(root, "restriction", message.restriction)
    _put(root, "addresses", message.addresses)
    _put_all(root, "code", message.codes)
    _put(root, "note", message.note)
    _put(root, "references", references)
    _put(root, "incidents", message.incidents)
    for info in message.infos:
        _info(root, info)
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def moment(at: datetime) -> str:
    """As CAP writes a time: to the second, and UTC as -00:00 (3.3.2)."""
    text = at.replace(microsecond=0).isoformat()
    return text[:-6] + "-00:00" if text.endswith("+00:00") else text


def _info(root: Any, info: Info) -> None:
    into = _put(root, "info", None)
    _put(into, "language", info.language)
    _put_all(into, "category", info.categories)
    _put(into, "event", info.event)
    _put_all(into, "responseType", info.response_types)
    _put(into, "urgency", info.urgency)
    _put(into, "severity", info.severity)
    _put(into, "certainty", info.certainty)
    _put(into, "audience", info.audience)
    _pairs(into, "eventCode", info.event_codes)
    for name, at in (("effective", info.effective), ("onset", info.onset), ("expires", info.expires)):
        _put(into, name, moment(at) if at else "")
    _put(into, "senderName", info.sender_name)
    _put(into, "headline", info.headline)
    _put(into, "description", info.description)
    _put(into, "instruction", info.instruction)
    _put(into, "web", info.web)
    _put(into, "contact", info.contact)
    _pairs(into, "parameter", info.parameters)
    for resource in info.resources:
        _resource(into, resource)
    for area in info.areas:
        _area(into, area)


def _resource(root: Any, resource: Resource) -> None:
    into = _put(root, "resource", None)
    _put(into, "resourceDesc", resource.description)
    _put(into, "mimeType", resource.mime_type)
    _put(into, "size", "" if resource.size is None else str(resource.size))
    _put(into, "uri", resource.uri)
    _put(into, "derefUri", resource.deref_uri)
    _put(into, "digest", resource.digest)


def _area(root: Any, area: Area) -> None:
    into = _put(root, "area", None)
    _put(into, "areaDesc", area.description)
    _put_all(into, "polygon", (" ".join(_point(*at) for at in polygon) for polygon in area.polygons))
    _put_all(into, "circle", (f"{_point(lat, lon)} {_number(radius)}" for lat, lon, radius in area.circles))
    _pairs(into, "geocode", area.geocodes)
    _put(into, "altitude", area.altitude)
    _put(into, "ceiling", area.ceiling)


def _point(lat: float, lon: float) -> str:
    return f"{_number(lat)},{_number(lon)}"


def _number(value: float) -> str:
    """Never with an exponent; at most to a tenth of a meter, which is what a float of degrees holds anyway."""
    return f"{value:.7f}".rstrip("0").rstrip(".")


def _pairs(root: Any, name: str, pairs: Iterable[Pair]) -> None:
    for pair in pairs:
        into = _put(root, name, None)
        etree.SubElement(into, f"{{{NAMESPACE}}}valueName").text = pair.name
        etree.SubElement(into, f"{{{NAMESPACE}}}value").text = pair.value


def _put_all(root: Any, name: str, texts: Iterable[str]) -> None:
    for text in texts:
        _put(root, name, text)


def _put(root: Any, name: str, text: str | None) -> Any:
    """An element with this text, one to be filled for None, and none at all for an empty text."""
    if text == "":
        return None
    into = etree.SubElement(root, f"{{{NAMESPACE}}}{name}")
    into.text = text
    return into
