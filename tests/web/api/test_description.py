"""The API describes itself: an OpenAPI document that an independent validator accepts."""

from __future__ import annotations

import re
from pathlib import Path

from openapi_spec_validator import validate

import goodfences
from tests.hubs import Hub

ROOT = Path(goodfences.__file__).parents[2]
REFUSING = ["clips/actions/*.py", "vault/parts.py", "health/actions.py", "evidence/owner/at_home.py", "web/api/*.py"]
_RULE = re.compile(r'(?:refuse|Problem)\(\s*"([a-z0-9_.]+)"')


def described(hub: Hub) -> dict:
    answer = hub.http.get("/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


def test_the_document_is_valid(hub: Hub) -> None:
    validate(described(hub))


def test_it_lists_every_call_of_a_device(hub: Hub) -> None:
    paths = described(hub)["paths"]
    assert {path: sorted(calls) for path, calls in paths.items()} == {
        "/api/v1/pair": ["post"],
        "/api/v1/cameras": ["get"],
        "/api/v1/clips": ["post"],
        "/api/v1/clips/{ref}": ["get"],
        "/api/v1/clips/{ref}/finish": ["post"],
        "/api/v1/health": ["put"],
        "/api/v1/asks": ["get"],
        "/api/v1/asks/{ref}/share": ["post"],
        "/api/v1/asks/{ref}/decline": ["post"],
        "/api/v1/wanted/{ref}": ["post"],
    }


def test_pairing_alone_needs_no_token(hub: Hub) -> None:
    document = described(hub)
    calls = [call for path in document["paths"].values() for call in path.values()]
    assert [call["summary"] for call in calls if not call.get("security")] == ["Trade a code for a token"]
    assert document["components"]["securitySchemes"]["DeviceToken"] == {"type": "http", "scheme": "bearer"}


def test_the_page_for_people_names_every_rule_that_a_device_can_break() -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    files = [file for pattern in REFUSING for file in (ROOT / "src" / "goodfences").glob(pattern)]
    rules = {rule for file in files for rule in _RULE.findall(file.read_text())}
    assert {"quota", "clip.duration", "upload.offset", "body.invalid"} < rules
    named = page.replace("`.future`", "`clip.starts_at.future`").replace("`.old`", "`clip.starts_at.old`")
    assert [rule for rule in sorted(rules) if f"`{rule}`" not in named] == []
