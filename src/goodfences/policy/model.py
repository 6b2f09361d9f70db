"""The policy: one data file, read into typed values that never change."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from goodfences import places
from goodfences.policy import words

Stricter = Literal["higher", "lower", "never"]


@dataclass(frozen=True)
class Kind:
    """What a rule's limit is: its unit, which way is stricter, and whether it is a whole number."""

    unit: str
    stricter: Stricter
    whole: bool = True


# The rules that the code knows. A policy file holds exactly these, so that none can be left out by mistake.
LIMITED: Mapping[str, Kind] = {
    "area.min": Kind("square miles", "higher", whole=False),
    "area.max": Kind("square miles", "lower", whole=False),
    "area.parts": Kind("areas", "lower"),
    "window.min": Kind("minutes", "higher"),
    "window.max": Kind("hours", "lower", whole=False),
    "window.age": Kind("days", "lower"),
    "case_number.format": Kind("characters", "never"),
    "contact.given": Kind("characters", "never"),
    "reason.min": Kind("characters", "higher"),
    "reason.words": Kind("words", "higher"),
    "reason.max": Kind("characters", "never"),
    "urgent.reason": Kind("characters", "higher"),
    "urgent.requests": Kind("requests", "lower"),
    "case.requests": Kind("requests", "lower"),
    "agency.open": Kind("requests", "lower"),
    "homes.min": Kind("homes", "higher"),
    "asks.max": Kind("asks", "lower"),
    "asks.period": Kind("days", "higher"),
    "request.expiry": Kind("days", "lower"),
    "keep.max": Kind("days", "lower"),
    "hold.max": Kind("days", "lower"),
    "deletion.answer": Kind("days", "lower"),
}
TEXT_RULES = (
    "reason.race",
    "reason.victim",
    "reason.pressure",
    "purpose.assembly",
    "purpose.immigration",
    "purpose.care",
    "purpose.testing",
    "purpose.patrol",
)
# What is said of people: it is looked for in every text that is published. The purposes aren't, outside of a request:
# who rejects one for its purpose has to be able to name that.
PERSON_RULES = ("reason.race", "reason.victim", "reason.pressure")
UNLIMITED = (
    "area.jurisdiction",
    "window.future",
    "incident_type.listed",
    "reason.filled",
    "urgent.danger",
    "text.visible",
    "text.address",
    "officers.second",
    *TEXT_RULES,
)
URGENT_PERIOD = timedelta(days=30)
"""Over which an agency's urgent requests are counted, as the rule's words say."""


@dataclass(frozen=True)
class Rule:
    """One guardrail as people read it; `figure` is the bare limit, None where a rule has none."""

    name: str
    title: str
    explanation: str
    figure: float | None = None
    unit: str = ""

    @property
    def limit(self) -> str:
        """The limit with its unit, empty where a rule has none."""
        return "" if self.figure is None else with_unit(self.figure, self.unit)


@dataclass(frozen=True)
class Policy:
    """A policy in force, or one that an agency's agreement made stricter."""

    version: str
    rules: tuple[Rule, ...]
    incident_types: Mapping[str, str]

    def rule(self, name: str) -> Rule:
        """The rule of that name. Raises KeyError if there is none."""
        for rule in self.rules:
            if rule.name == name:
                return rule
        raise KeyError(name)

    def figure(self, name: str) -> float:
        """The bare limit of a rule, in the rule's unit."""
        figure = self.rule(name).figure
        assert figure is not None, f"{name} has no limit"
        return figure

    @property
    def window_min(self) -> timedelta:
        return timedelta(minutes=self.figure("window.min"))

    @property
    def window_max(self) -> timedelta:
        return timedelta(hours=self.figure("window.max"))

    @property
    def window_age(self) -> timedelta:
        return timedelta(days=self.figure("window.age"))

    @property
    def min_homes(self) -> int:
        """Homes with a camera in the area below which nobody is asked."""
        return int(self.figure("homes.min"))

    @property
    def max_asks_per_owner(self) -> int:
        """Asks an owner may get within `asks_period`, over all agencies."""
        return int(self.figure("asks.max"))

    @property
    def asks_period(self) -> timedelta:
        return timedelta(days=self.figure("asks.period"))

    @property
    def expiry(self) -> timedelta:
        """How long a request stays open."""
        return timedelta(days=self.figure("request.expiry"))

    @property
    def data(self) -> dict[str, Any]:
        """All of it, as it is published: JSON-able, and what `hash` is made of."""
        return {
            "version": self.version,
            "rules": [
                {"name": rule.name, "title": rule.title, "explanation": rule.explanation}
                | ({} if rule.figure is None else {"limit": rule.figure, "unit": rule.unit})
                for rule in self.rules
            ],
            "incident_types": dict(self.incident_types),
            "text_rules_sha256": words.sha256(),
        }

    @property
    def hash(self) -> str:
        """SHA-256, in hexadecimal, of `data` as canonical JSON (sorted keys, no spaces, UTF-8)."""
        canonical = json.dumps(self.data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def with_stricter(self, stricter: Mapping[str, Any]) -> Policy:
        """This policy with limits of an agreement: `{"area.max": 0.25, "incident_types": ["burglary"]}`.

        Figures are in the rule's own unit. Raises `Refused` (field `stricter`) with every name that is
        unknown and every value that is looser than this policy or makes it impossible to keep.
        """
        from goodfences.policy.stricter import tightened

        return tightened(self, stricter)


def with_unit(figure: float, unit: str) -> str:
    """`1 hour`, `0.025 square miles`: a figure with its unit, singular where it is one."""
    singular = figure == 1 and unit.endswith("s")
    return f"{figure:g} {unit[:-1] if singular else unit}"


def in_force() -> Policy:
    """The policy of this instance: the file that the setting POLICY names, or the one that comes with it."""
    default = Path(__file__).with_name("policy.toml")
    return load(Path(getattr(settings, "POLICY", default)))


@cache
def load(path: Path) -> Policy:
    """Read a policy file. Raises ImproperlyConfigured that names the file, the rule and what is wrong."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImproperlyConfigured(f"The policy file {path} can't be read: {error}") from error
    try:
        return parse(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"The policy file {path}: {error}") from error


def parse(raw: Mapping[str, Any]) -> Policy:
    """A policy out of TOML's tables. Raises ValueError that names the rule."""
    unknown = raw.keys() - {"version", "rules", "incident_types"}
    if unknown:
        raise ValueError(f"unknown entry {sorted(unknown)[0]!r}")
    tables = raw.get("rules", {})
    known = {*LIMITED, *UNLIMITED}
    for name in sorted(known ^ tables.keys()):
        raise ValueError(f"rule {name!r} is {'missing' if name in known else 'unknown'}")
    types = raw.get("incident_types", {})
    if not types or not all(isinstance(label, str) and label and len(key) <= 40 for key, label in types.items()):
        raise ValueError("incident_types needs keys of at most 40 characters, each with a label")
    if not isinstance(raw.get("version"), str):
        raise ValueError("version must be a text")
    policy = Policy(
        version=raw["version"],
        rules=tuple(_rule(name, table) for name, table in tables.items()),
        incident_types=dict(types),
    )
    impossible = contradiction(policy)
    if impossible:
        raise ValueError(impossible)
    return policy


def _rule(name: str, table: Mapping[str, Any]) -> Rule:
    for key in ("title", "explanation"):
        if not isinstance(table.get(key), str) or not table[key]:
            raise ValueError(f"rule {name!r} needs a {key}")
    if name not in LIMITED:
        extra = table.keys() - {"title", "explanation"}
        if extra:
            raise ValueError(f"rule {name!r} has no {sorted(extra)[0]}")
        return Rule(name, table["title"], table["explanation"])
    kind = LIMITED[name]
    if table.get("unit") != kind.unit:
        raise ValueError(f"rule {name!r} is in {kind.unit}, not in {table.get('unit')!r}")
    if not is_figure(table.get("limit"), kind):
        what = "whole number" if kind.whole else "number"
        raise ValueError(f"rule {name!r} needs a limit that is a {what} above 0, not {table.get('limit')!r}")
    return Rule(name, table["title"], table["explanation"], table["limit"], kind.unit)


def is_figure(value: object, kind: Kind) -> bool:
    """Whether a value from outside can be a limit of this kind."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e6
    return number and (isinstance(value, int) or not kind.whole)


def contradiction(policy: Policy) -> str:
    """Why no request could ever keep these limits, or why they can't be computed; empty if all is well."""
    largest = places.MAX_AREA_M2 / places.SQUARE_METERS_A_SQUARE_MILE
    if policy.figure("area.min") > policy.figure("area.max"):
        return "area.min is above area.max"
    if policy.figure("area.max") > largest:
        return f"area.max is above {largest:.2f} square miles, the largest area that can be covered"
    if policy.window_min > policy.window_max:
        return "window.min is above window.max"
    if policy.window_max > policy.window_age:
        return "window.max is above window.age"
    if policy.figure("reason.min") > policy.figure("reason.max"):
        return "reason.min is above reason.max"
    return ""
