"""From the bytes of anybody's CAP file to a `Message`. Whatever could cost much, or mean something else than it says,
is refused before it is looked at any closer.

In this order: the length; a first pass that ends at the first document type or entity (defusedxml); the name of the
root; the standard's own schema; then the standard's rules that its schema can't say.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException
from lxml import etree

from goodfences.alerts.cap.message import NAMESPACE, Area, Circle, Info, Message, Pair, Position, Reference, Resource
from goodfences.errors import Refused, refuse
from goodfences.visible import without_hidden

MAX_BYTES = 512 * 1024
MAX_INFOS = 20
MAX_AREAS = 200
MAX_TEXT = 20_000
_OLDER = ("urn:oasis:names:tc:emergency:cap:1.1", "http://www.incident.com/cap/1.0")
_LONG = ("derefUri", "polygon")
"""What nobody reads as text: a picture in Base64, and points, of which `places.region` has a limit of its own."""
_IN_NAMES = frozenset(" ,<&\t\r\n")
"""What an identifier or a sender may not hold, since references are written with it."""


def read(data: bytes) -> Message:
    """Raises `Refused` (field `file`) for what is no CAP 1.2 message by schema and standard."""
    root = checked(data)
    message = _message(root)
    _check(message)
    return message


def checked(data: bytes) -> Any:
    """The root of a document that keeps to the schema. Raises `Refused` (field `file`)."""
    if len(data) > MAX_BYTES:
        raise _no(
            "size",
            f"The file has {len(data) // 1024} kB; a warning has at most {MAX_BYTES // 1024}.",
            limit=f"{MAX_BYTES // 1024} kB",
        )
    _check_harmless(data)
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise _no("xml", f"The file is no XML that can be read: {str(error)[:100]}.") from error
    if root.tag != f"{{{NAMESPACE}}}alert":
        raise _no("root", _not_ours(str(root.tag)))
    schema = etree.XMLSchema(etree.fromstring(_schema(), _parser()))
    if not schema.validate(root):
        first = schema.error_log[0]
        told = str(first.message).replace(f"{{{NAMESPACE}}}", "")[:300]
        raise _no("schema", f"Line {first.line} isn't as CAP 1.2 has it: {told}")
    return root


def _check_harmless(data: bytes) -> None:
    try:
        defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise _no(
            "entities", "The file declares a document type or entities, which no warning needs. It wasn't read."
        ) from error
    except (ParseError, ValueError, LookupError) as error:
        raise _no("xml", f"The file is no XML that can be read: {str(error)[:100]}.") from error


def _parser() -> etree.XMLParser:
    """Fetches nothing, expands nothing, and keeps libxml2's own limits of depth and length."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


@cache
def _schema() -> bytes:
    return Path(__file__).with_name("CAP-v1.2.xsd").read_bytes()


def _not_ours(tag: str) -> str:
    namespace = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    if namespace in _OLDER:
        return f"This is CAP {namespace[-3:]}; only CAP 1.2 can be read. Ask the sender for it."
    if namespace:
        return f"The file's root is <{tag.rpartition('}')[2]}> of {namespace[:80]}, not <alert> of {NAMESPACE}."
    return f"The file's root is <{tag[:80]}> without a namespace, not <alert> of {NAMESPACE}."


def _no(rule: str, message: str, *, limit: str = "") -> Refused:
    return refuse(f"cap.{rule}", "file", message, limit=limit)


def _message(root: Any) -> Message:
    return Message(
        identifier=_text(root, "identifier"),
        sender=_text(root, "sender"),
        sent=_sent(root),
        status=_text(root, "status"),
        msg_type=_text(root, "msgType"),
        scope=_text(root, "scope"),
        source=_text(root, "source"),
        restriction=_text(root, "restriction"),
        addresses=_text(root, "addresses"),
        codes=_texts(root, "code"),
        note=_text(root, "note"),
        references=_references(_text(root, "references")),
        incidents=_text(root, "incidents"),
        infos=tuple(_info(each) for each in _all(root, "info", MAX_INFOS)),
    )


def _info(root: Any) -> Info:
    return Info(
        language=_text(root, "language") or "en-US",
        categories=_texts(root, "category"),
        event=_text(root, "event"),
        response_types=_texts(root, "responseType"),
        urgency=_text(root, "urgency"),
        severity=_text(root, "severity"),
        certainty=_text(root, "certainty"),
        audience=_text(root, "audience"),
        event_codes=_pairs(root, "eventCode"),
        effective=_time(root, "effective"),
        onset=_time(root, "onset"),
        expires=_time(root, "expires"),
        sender_name=_text(root, "senderName"),
        headline=_text(root, "headline"),
        description=_text(root, "description"),
        instruction=_text(root, "instruction"),
        web=_text(root, "web"),
        contact=_text(root, "contact"),
        parameters=_pairs(root, "parameter"),
        resources=tuple(_resource(each) for each in _all(root, "resource", MAX_AREAS)),
        areas=tuple(_area(each) for each in _all(root, "area", MAX_AREAS)),
    )


def _resource(root: Any) -> Resource:
    size = _text(root, "size")
    return Resource(
        description=_text(root, "resourceDesc"),
        mime_type=_text(root, "mimeType"),
        size=int(size) if size and len(size) < 20 else None,
        uri=_text(root, "uri"),
        deref_uri=_text(root, "derefUri"),
        digest=_text(root, "digest"),
    )


def _area(root: Any) -> Area:
    return Area(
        description=_text(root, "areaDesc"),
        polygons=tuple(_polygon(text) for text in _texts(root, "polygon")),
        circles=tuple(_circle(text) for text in _texts(root, "circle")),
        geocodes=_pairs(root, "geocode"),
        altitude=_text(root, "altitude"),
        ceiling=_text(root, "ceiling"),
    )


def _all(root: Any, name: str, most: int) -> list[Any]:
    found = root.findall(f"{{{NAMESPACE}}}{name}")
    if len(found) > most:
        raise _no("many", f"The file has {len(found)} times <{name}>; at most {most} can be read.", limit=str(most))
    return list(found)


def _text(root: Any, name: str) -> str:
    """The text of the one element, without blanks at its ends and without what nobody would see."""
    found = root.find(f"{{{NAMESPACE}}}{name}")
    return "" if found is None else _words(found)


def _texts(root: Any, name: str) -> tuple[str, ...]:
    return tuple(_words(found) for found in root.findall(f"{{{NAMESPACE}}}{name}"))


def _words(element: Any) -> str:
    text = "".join(element.itertext())
    name = element.tag.rpartition("}")[2]
    if len(text) > MAX_TEXT and name not in _LONG:
        raise _no("text", f"<{name}> has {len(text)} letters; at most {MAX_TEXT} can be read.", limit=str(MAX_TEXT))
    return without_hidden(text.strip())


def _pairs(root: Any, name: str) -> tuple[Pair, ...]:
    return tuple(Pair(_text(each, "valueName"), _text(each, "value")) for each in _all(root, name, MAX_AREAS * 10))


def _time(root: Any, name: str) -> datetime | None:
    text = _text(root, name)
    return _moment(text, name) if text else None


def _sent(root: Any) -> datetime:
    return _moment(_text(root, "sent"), "sent")


def _moment(text: str, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 < found.year < 9999:
        raise _no(
            "time", f"<{name}> says {text[:40]!r}, which is no time with its offset, as 2026-11-24T12:00:00-05:00."
        )
    return found


def _references(text: str) -> tuple[Reference, ...]:
    found = []
    for each in text.split():
        parts = each.split(",")
        if len(parts) != 3:
            raise _no("references", f"<references> holds {each[:60]!r}; each is sender,identifier,sent.")
        found.append(Reference(parts[0], parts[1], _moment(parts[2], "references")))
    return tuple(found)


def _polygon(text: str) -> tuple[Position, ...]:
    points = tuple(_position(each) for each in text.split())
    if len(points) < 4 or points[0] != points[-1]:
        raise _no("polygon", "A <polygon> has at least four points, and its last one is its first.")
    return points


def _circle(text: str) -> Circle:
    parts = text.split()
    if len(parts) != 2:
        raise _no(
            "circle", f"A <circle> is a point and a radius in kilometers, as 38.47,-120.14 5, not {text[:60]!r}."
        )
    lat, lon = _position(parts[0])
    return lat, lon, _number(parts[1], "circle")


def _position(text: str) -> Position:
    parts = text.split(",")
    if len(parts) != 2:
        raise _no("position", f"A point is latitude,longitude in degrees, as 38.47,-120.14, not {text[:60]!r}.")
    return _number(parts[0], "point"), _number(parts[1], "point")


def _number(text: str, what: str) -> float:
    # Only what CAP writes: Python would read "nan", "1_0" and Arabic digits too.
    if not text.isascii() or not text.strip("+-").replace(".", "", 1).isdecimal() or len(text) > 30:
        raise _no("number", f"{text[:30]!r} is no number that a {what} can have.")
    try:
        return float(text)
    except ValueError:
        raise _no("number", f"{text[:30]!r} is no number that a {what} can have.") from None


def _check(message: Message) -> None:
    """The standard's rules beyond its schema (3.2.1 to 3.2.4)."""
    for name, value in (("identifier", message.identifier), ("sender", message.sender)):
        if not value or len(value) > 200 or _IN_NAMES & set(value):
            raise _no(name, f"<{name}> has 1 to 200 letters, and no space, comma, < or & among them.")
    if message.msg_type in ("Update", "Cancel", "Ack", "Error") and not message.references:
        raise _no("references", f"A message of type {message.msg_type} names what it is about in <references>.")
    if message.scope == "Restricted" and not message.restriction:
        raise _no("restriction", "A message of scope Restricted says in <restriction> to whom.")
    if message.scope == "Private" and not message.addresses:
        raise _no("addresses", "A message of scope Private says in <addresses> for whom.")
    _check_infos(message.infos)


def _check_infos(infos: Iterable[Info]) -> None:
    for info in infos:
        if not info.event:
            raise _no("event", "<event> is empty: a warning says of what.")
        for area in info.areas:
            if not area.description:
                raise _no("area_desc", "<areaDesc> is empty: an area says in words where it is.")
            if area.ceiling and not area.altitude:
                raise _no("ceiling", "<ceiling> stands without <altitude>.")
