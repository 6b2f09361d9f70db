"""What the docs name is there: tests, each under its file and name, and pages; and locks are as the docs say."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.environment import ROOT

PAGES = sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")])
_TEST = re.compile(r"`(?:tests/)?([\w/]+\.py)::(\w+)`")
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
_READ = re.compile(r"""(?:environ(?:\.get)?|env_\w+)[\[(]\s*["']((?:GOODFENCES|DATABASE)_[A-Z0-9_]+)["']""")
SAID_BY_THE_PROGRAM_ITSELF = {"GOODFENCES_DEMO", "GOODFENCES_MAIL_TRANSPORT"}
"""`goodfences demo` and the tests say so."""
_CODE = re.compile(r"```.*?```", re.DOTALL)


@cache
def _functions(path: str) -> frozenset[str]:
    file = ROOT / "tests" / path
    return (
        frozenset(re.findall(r"^ *(?:async )?def (test_\w+)\(", file.read_text(), re.M))
        if file.exists()
        else frozenset()
    )


@cache
def _anchors(page: Path) -> frozenset[str]:
    """As a page's headings become addresses: lower case, no punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_and_page_that_is_named_is_there(page: Path) -> None:
    text = _CODE.sub("", page.read_text())
    missing = [f"{path}::{name}" for path, name in _TEST.findall(text) if name not in _functions(path)]
    for target, anchor in _LINK.findall(text):
        found = (page.parent / target).resolve() if target else page
        if not found.exists() or (anchor and found.suffix == ".md" and anchor not in _anchors(found)):
            missing.append(f"{target}#{anchor}")
    assert missing == []


def test_every_part_of_the_threat_model_says_what_limits_it() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text()
    wants, _, rest = text.partition("## What a compromise surrenders")
    rows = [line for line in wants.splitlines() if line.startswith("| ")][1:]
    parts = [part for part in rest.partition("\n## ")[0].split("\n\n") if part.startswith("**")]
    assert len(rows) > 10 and len(parts) > 15
    assert [row[:60] for row in rows if "::test_" not in row] == []
    assert [part[:60] for part in parts if not ("::test_" in part or "same as" in part)] == []


def test_every_setting_is_in_the_operators_table_and_nothing_else() -> None:
    """Read by the program, or by a unit; not what the demo and benches say to themselves."""
    programs = [
        file
        for file in (ROOT / "src" / "goodfences").rglob("*.py")
        if not {"bench", "demo"} & set(file.relative_to(ROOT).parts)
    ]
    read = {name for file in programs for name in _READ.findall(file.read_text())}
    units = (ROOT / "packaging").glob("goodfences-*.service")
    read |= {name for unit in units for name in re.findall(r"\$\{(GOODFENCES_\w+)\}", unit.read_text())}
    table = [line for line in (ROOT / "docs" / "operating.md").read_text().splitlines() if line.startswith("| `")]
    told = {name for line in table for name in re.findall(r"`((?:GOODFENCES|DATABASE)_\w+)`", line.split(" | ")[0])}
    assert read - SAID_BY_THE_PROGRAM_ITSELF == told


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda lock: lock.name)
def test_every_line_of_a_lock_has_its_hash(lock: Path) -> None:
    """And none is an address: what is installed comes by its name from whichever registry one uses."""
    wanted = lock.read_text().replace("\\\n", " ").splitlines()
    wanted = [line for line in wanted if line.strip() and not line.lstrip().startswith("#")]
    assert wanted and [line[:60] for line in wanted if "--hash=sha256:" not in line or "://" in line] == []
