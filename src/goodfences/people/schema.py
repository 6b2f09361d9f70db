"""JSON Schema (2020-12) of what a person takes along. Each room describes its own part with these words."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def text(description: str, *values: str) -> Schema:
    """A text, one of `values` where there are any."""
    return {"type": "string", "description": description} | ({"enum": list(values)} if values else {})


def moment(description: str) -> Schema:
    """A time as RFC 3339 writes it, in UTC."""
    return {"type": "string", "format": "date-time", "description": description}


def day(description: str) -> Schema:
    return {"type": "string", "format": "date", "description": description}


def whole(description: str) -> Schema:
    """A whole number."""
    return {"type": "integer", "description": description}


def number(description: str) -> Schema:
    return {"type": "number", "description": description}


def yes_no(description: str) -> Schema:
    return {"type": "boolean", "description": description}


def free(description: str) -> Schema:
    """An object whose form is described elsewhere, as `description` says."""
    return {"type": "object", "description": description}


def record(description: str, **fields: Schema) -> Schema:
    """An object with exactly these fields."""
    return {
        "type": "object",
        "description": description,
        "properties": fields,
        "required": sorted(fields),
        "additionalProperties": False,
    }


def many(item: Schema, description: str = "") -> Schema:
    return {"type": "array", "items": item} | ({"description": description} if description else {})


def maybe(schema: Schema) -> Schema:
    """`schema`, or null."""
    return {"anyOf": [schema, {"type": "null"}], "description": schema.get("description", "")}
