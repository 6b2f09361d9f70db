"""`goodfences doctor`: says what is wrong with this instance, and how to mend it (docs/operating.md)."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

import django
from django.core.exceptions import ImproperlyConfigured

from goodfences.operating.doctor.finding import Check, Finding, Level, fault, looked_at

_SIGNS = {Level.OK: "ok     ", Level.WARNING: "warning", Level.FAULT: "FAULT  "}


def main(arguments: Sequence[str]) -> int:
    """Run the command. Exit status: 0 nothing is wrong, 1 something is, 2 there are warnings alone."""
    parser = argparse.ArgumentParser(prog="goodfences doctor", description="Say what is wrong, and how to mend it.")
    parser.add_argument("--security", action="store_true", help="look at what makes it hard to get in, too")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    found = examined(security=options.security)
    print(_json(found) if options.json else _text(found))
    levels = {finding.level for finding in found.values()}
    return 1 if Level.FAULT in levels else 2 if Level.WARNING in levels else 0


def examined(*, security: bool) -> dict[str, Finding]:
    """Every check by its name. Where the settings can't be read there is nothing else to look at."""
    try:
        django.setup()
    except (ImproperlyConfigured, ValueError, OSError) as error:
        return {"settings": fault(str(error), "Mend that setting; docs/operating.md lists them.")}
    checks: dict[str, Check] = {}
    from goodfences.operating.doctor.checks import CHECKS

    checks |= CHECKS
    if security:
        from goodfences.operating.doctor.security import CHECKS as SECURITY

        checks |= SECURITY
    return {name: looked_at(check) for name, check in checks.items()}


def _text(found: dict[str, Finding]) -> str:
    width = max(map(len, found))
    lines = []
    for name, finding in found.items():
        lines.append(f"{_SIGNS[finding.level]} {name:<{width}}  {finding.says}")
        if finding.mend:
            lines.append(f"{'':<{width + 9}} → {finding.mend}")
    return "\n".join(lines)


def _json(found: dict[str, Finding]) -> str:
    told = [
        {"check": name, "level": finding.level.value, "says": finding.says, "mend": finding.mend}
        for name, finding in found.items()
    ]
    return json.dumps({"findings": told}, ensure_ascii=False, indent=1)
