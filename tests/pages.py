"""Reads a page as a browser without scripts does: its text, its addresses, its forms and how they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client

_ADDRESSES = ("href", "src", "action", "poster", "hx-get", "formaction")
_SILENT = {"script", "style", "title"}
_VOID = {"input", "img", "br", "link", "meta", "hr", "source", "line", "rect"}


def bytes_of(response: Any) -> bytes:
    """The whole body, streamed or not.

    Read to its end it is closed too. Closed once more, it would tell Django that a request ended in the middle
    of the test's transaction, and Django would hang up on the database, which only SQLite in memory survives.
    """
    return b"".join(response.streaming_content) if response.streaming else response.content


@dataclass
class Form:
    """One form: where it goes, what it says as it stands, and its buttons by their words."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    boxes: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)

    def filled(self, button: str = "", **changes: str | bool) -> dict[str, Any]:
        """What a browser sends when `button` is pressed; a box is ticked with True, unticked with False."""
        sent: dict[str, Any] = {name: list(values) for name, values in self.values.items()}
        for name, value in changes.items():
            known = name in self.values or name in self.boxes
            assert known, f"The form has no field {name!r}, only {sorted({*self.values, *self.boxes})}."
            if value is False:
                sent.pop(name, None)
            else:
                sent[name] = [self.boxes[name] if value is True else value]
        name, value = self.buttons[button or next(iter(self.buttons))]
        return sent | ({name: [value]} if name else {})

    def send(self, client: Client, button: str = "", changes: Mapping[str, str | bool] | None = None) -> Any:
        """Press `button` (the only one where none is named) and follow to the page that comes of it."""
        sent = self.filled(button, **(changes or {}))
        return (client.post if self.method == "post" else client.get)(self.action, sent, follow=True)


class Page(HTMLParser):
    """What stands on a page. `text` is its words in one line."""

    def __init__(self, source: Any) -> None:
        super().__init__(convert_charrefs=True)
        self.source = source if isinstance(source, str) else source.content.decode()
        self.path = "" if isinstance(source, str) else source.request["PATH_INFO"]
        self.addresses: list[str] = []
        self.forms: list[Form] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self._by_id: dict[str, Form] = {}
        self._later: list[tuple[str, str, dict[str, str], str]] = []
        self._open: list[str] = []
        self._form: Form | None = None
        self._words: list[str] = []
        self._button: tuple[dict[str, str], list[str], Form | None] | None = None
        self._area: tuple[dict[str, str], list[str]] | None = None
        self._select = ""
        self.feed(self.source)
        for tag, form_id, attributes, words in self._later:
            self._take(tag, self._by_id[form_id], attributes, words)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._words).split())

    def form(self, part_of_action: str) -> Form:
        """The one form that goes to an address with `part_of_action` in it."""
        (found,) = [form for form in self.forms if part_of_action in form.action]
        return found

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        """The attributes of every such element."""
        return [
            had
            for name, had in self.elements
            if name == tag and all(had.get(key) == value for key, value in attributes.items())
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append((tag, attributes))
        self.addresses += [attributes[name] for name in _ADDRESSES if attributes.get(name)]
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "form":
            self._form = Form(attributes.get("action") or self.path, attributes.get("method", "get").lower())
            self.forms.append(self._form)
            self._by_id[attributes.get("id", "")] = self._form
        elif tag == "button":
            self._button = (attributes, [], self._form)
        elif tag == "textarea":
            self._area = (attributes, [])
        elif tag == "select":
            self._select = attributes.get("name", "")
        elif tag == "option" and self._form is not None and self._select:
            # Until one is marked, a browser sends the first.
            if "selected" in attributes or self._select not in self._form.values:
                self._form.values[self._select] = [attributes.get("value", "")]
        elif tag == "input":
            self._place("input", attributes, "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass
        if tag == "form":
            self._form = None
        elif tag == "button" and self._button is not None:
            attributes, words, _form = self._button
            self._place("button", attributes, " ".join("".join(words).split()))
            self._button = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._area is not None:
            self._place("textarea", self._area[0], "".join(self._area[1]))
            self._area = None

    def handle_data(self, data: str) -> None:
        if not _SILENT & set(self._open):
            self._words.append(data)
        if self._button is not None:
            self._button[1].append(data)
        if self._area is not None:
            self._area[1].append(data)

    def _place(self, tag: str, attributes: dict[str, str], words: str) -> None:
        """Into the form it names, or else the one it stands in."""
        if "form" in attributes:
            self._later.append((tag, attributes["form"], attributes, words))
        elif self._form is not None:
            self._take(tag, self._form, attributes, words)

    def _take(self, tag: str, form: Form, attributes: dict[str, str], words: str) -> None:
        name, kind = attributes.get("name", ""), attributes.get("type", "text")
        if tag == "button":
            form.buttons[words] = (name, attributes.get("value", ""))
        elif tag == "textarea":
            form.values.setdefault(name, []).append(words.removeprefix("\n"))
        elif kind in ("checkbox", "radio"):
            form.boxes[name] = attributes.get("value", "on")
            if "checked" in attributes:
                form.values.setdefault(name, []).append(form.boxes[name])
        elif name:
            form.values.setdefault(name, []).append(attributes.get("value", ""))
