"""A message of the Common Alerting Protocol 1.2, as plain data. Names follow the standard's elements.

Times keep the offset they came with; a position is `(latitude, longitude)` in degrees, as CAP writes it, and a circle
`(latitude, longitude, radius in kilometers)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

Position = tuple[float, float]
Circle = tuple[float, float, float]


@dataclass(frozen=True)
class Pair:
    """An event code, a parameter or a geocode: of which list, and what in it."""

    name: str
    value: str


@dataclass(frozen=True)
class Reference:
    """An earlier message, as three things that together name it."""

    sender: str
    identifier: str
    sent: datetime


@dataclass(frozen=True)
class Resource:
    description: str
    mime_type: str
    size: int | None = None
    uri: str = ""
    deref_uri: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Area:
    description: str
    polygons: tuple[tuple[Position, ...], ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[Pair, ...] = ()
    altitude: str = ""
    ceiling: str = ""


@dataclass(frozen=True)
class Info:
    """What is warned of, in one language."""

    categories: tuple[str, ...]
    event: str
    urgency: str
    severity: str
    certainty: str
    language: str = "en-US"
    response_types: tuple[str, ...] = ()
    audience: str = ""
    event_codes: tuple[Pair, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[Pair, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True)
class Message:
    identifier: str
    sender: str
    sent: datetime
    status: str
    msg_type: str
    scope: str
    source: str = ""
    restriction: str = ""
    addresses: str = ""
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: str = ""
    infos: tuple[Info, ...] = ()
