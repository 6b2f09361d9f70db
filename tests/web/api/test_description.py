"""The API describes itself: an OpenAPI document that an independent validator accepts."""

from __future__ import annotations

from openapi_spec_validator import validate

from tests.hubs import Hub


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
    }


def test_pairing_alone_needs_no_token(hub: Hub) -> None:
    document = described(hub)
    calls = [call for path in document["paths"].values() for call in path.values()]
    assert [call["summary"] for call in calls if not call.get("security")] == ["Trade a code for a token"]
    assert document["components"]["securitySchemes"]["DeviceToken"] == {"type": "http", "scheme": "bearer"}
