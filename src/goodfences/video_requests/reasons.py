"""Words to begin a reason with, for each type of incident (reasons.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("reasons.toml")
LANGUAGES = {"en": "English", "es": "Spanish"}


@dataclass(frozen=True)
class Beginning:
    """One text, with examples in square brackets that the officer replaces. `key` names it in a form."""

    key: str
    language: str
    text: str

    @property
    def language_name(self) -> str:
        return LANGUAGES[self.language]

    @property
    def example(self) -> str:
        """The text as it would read if its examples were true."""
        return self.text.replace("[", "").replace("]", "")


def beginnings(incident_type: str) -> list[Beginning]:
    """The texts for this type of incident, English first; none for a type that an operator added."""
    return [one for key, one in _all().items() if key.split(".")[0] == incident_type]


def beginning(key: str) -> Beginning | None:
    """The text of this key; None where there is none."""
    return _all().get(key)


@cache
def _all() -> dict[str, Beginning]:
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    found = [
        Beginning(f"{incident_type}.{number}.{language}", language, text[language])
        for incident_type, texts in tables.items()
        for number, text in enumerate(texts)
        for language in LANGUAGES
    ]
    return {one.key: one for one in found}
