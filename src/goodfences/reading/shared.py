"""The words that more than one room's rules look for: names, streets, words of origin, letters that look alike."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("shared.toml")


@dataclass(frozen=True)
class Shared:
    """`lists` as the file writes them, and our letter for each that looks like one."""

    lists: Mapping[str, str]
    looks_like: Mapping[str, str]


@cache
def in_force() -> Shared:
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return Shared(
        lists=raw["lists"],
        looks_like={char: letter for letter, chars in raw["looks_like"].items() for char in chars},
    )
