"""Reads out of pages, style sheets and scripts whatever names another host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

INLINE = {"data", "blob", "about"}
ABSOLUTE = re.compile(r"(?:(?:https?|wss?|ftp):)?//(?:[\w~%.-]+@)?[a-z0-9\[][^\s\"'`<>()\\,;]*", re.I)
_CSS_LOADS = re.compile(r"""url\(\s*(["']?)(?P<url>.*?)\1\s*\)|@import\s+(["'])(?P<sheet>.*?)\3""", re.I | re.S)
_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_NAMES = re.compile(r"xmlns(?::\w+)?$")


@dataclass(frozen=True)
class Reference:
    """An address, and where it stands: `tag attribute`, or `text` of a style."""

    where: str
    url: str


def in_html(page: str) -> Iterator[Reference]:
    """Every absolute address in any attribute of the page, and every one in its styles."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    yield from reader.found


def in_css(sheet: str) -> Iterator[Reference]:
    """What the sheet makes a browser load, absolute or not."""
    for match in _CSS_LOADS.finditer(_COMMENT.sub("", sheet)):
        yield Reference("style", match["url"] or match["sheet"] or "")


def in_script(script: str) -> set[str]:
    """Every absolute address that the script holds in a string."""
    return {url for url in ABSOLUTE.findall(script) if re.match(r"\w+:", url)}


def host_of(url: str, page: str) -> str:
    """The host that `url`, as it stands on `page`, leads to; nothing for what the page holds itself."""
    parts = urlsplit(urljoin(page, url.strip()))
    return "" if parts.scheme in INLINE else parts.netloc


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Reference] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        for name, value in attrs:
            if not value or _NAMES.match(name):
                continue
            self.found += [Reference(f"{tag} {name}", url) for url in ABSOLUTE.findall(value)]
            if name == "style":
                self.found += in_css(value)

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.found += in_css(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False
