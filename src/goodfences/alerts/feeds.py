"""Which CAP files a feed names: Atom (RFC 4287) or RSS 2.0, as warning services publish them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from goodfences.alerts.cap.message import NAMESPACE
from goodfences.errors import refuse

ATOM = "{http://www.w3.org/2005/Atom}"
CAP_TYPES = ("application/cap+xml", "application/common-alerting-protocol+xml")
MOST = 500


@dataclass(frozen=True)
class Named:
    """A file, and when the feed says that it last changed: the same text again is the same file."""

    url: str
    version: str


def files_of(data: bytes, base: str) -> list[Named] | None:
    """The files in the feed's order; None where `data` is a CAP file itself. Raises `Refused` (field `url`)."""
    try:
        root = defusedxml.ElementTree.fromstring(data, forbid_dtd=True)
    except (DefusedXmlException, ParseError, ValueError, LookupError) as error:
        raise refuse("warning.feed", "url", "The feed is no XML that can be read.") from error
    if root.tag == f"{{{NAMESPACE}}}alert":
        return None
    if root.tag == f"{ATOM}feed":
        found = [_of_entry(entry) for entry in root.findall(f"{ATOM}entry")]
    elif root.tag == "rss":
        found = [_of_item(item) for item in root.findall("channel/item")]
    else:
        raise refuse("warning.feed", "url", "This is neither an Atom or RSS feed nor a CAP file.")
    named = [Named(urljoin(base, one.url), one.version[:64]) for one in found if one.url]
    return list({one.url: one for one in named}.values())[:MOST]


def _of_entry(entry: Any) -> Named:
    """The link that says it is a CAP file, else the entry's own."""
    links = entry.findall(f"{ATOM}link")
    capped = [link for link in links if link.get("type", "").partition(";")[0].strip() in CAP_TYPES]
    own = [link for link in links if link.get("rel", "alternate") == "alternate"]
    chosen = (capped or own or [None])[0]
    return Named("" if chosen is None else chosen.get("href", ""), entry.findtext(f"{ATOM}updated", "").strip())


def _of_item(item: Any) -> Named:
    enclosed = [each for each in item.findall("enclosure") if each.get("type", "") in CAP_TYPES]
    url = enclosed[0].get("url", "") if enclosed else item.findtext("link", "").strip()
    return Named(url, item.findtext("pubDate", "").strip())
