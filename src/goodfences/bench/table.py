"""A bench's result as a table that a person can read."""

from __future__ import annotations

from typing import Any


def as_text(result: dict[str, Any]) -> str:
    """Machine, rows and ratios of a result, in aligned columns."""
    machine = ", ".join(f"{name} {value}" for name, value in result["machine"].items())
    parts = [f"bench {result['bench']}", machine, "", *_rows(result["rows"])]
    if result["ratios"]:
        width = max(len(name) for name in result["ratios"])
        parts += ["", *(f"{name:<{width}}  {ratio:g}" for name, ratio in result["ratios"].items())]
    return "\n".join(parts) + "\n"


def _rows(rows: list[dict[str, Any]]) -> list[str]:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [columns, *([_cell(row.get(name, "")) for name in columns] for row in rows)]
    widths = [max(len(line[index]) for line in cells) for index in range(len(columns))]
    right = [all(isinstance(row.get(name, 0), int | float) for row in rows) for name in columns]
    return [
        "  ".join(
            text.rjust(width) if flush else text.ljust(width)
            for text, width, flush in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in cells
    ]


def _cell(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}" if abs(value) < 100 else f"{value:,.0f}"
