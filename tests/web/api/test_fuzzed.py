"""Schemathesis calls every operation of the API by its own description, with what fits it and with what doesn't:
no crash, and no answer that the description doesn't tell of.

GOODFENCES_FUZZED_CALLS is how many calls of each kind each operation gets (10). `make test-postgres` does the same
on PostgreSQL.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from django.urls import Resolver404, resolve
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi import checks

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.officers import directory
from goodfences.people.models import Account
from goodfences.web.api.urls import api
from tests import ingest, persons, story
from tests.hubs import BYTES, metadata, recorded
from tests.mail.requests import ask_for
from tests.officers.test_directory import ENTERPRISE, PATCH, USER

CALLS = int(os.environ.get("GOODFENCES_FUZZED_CALLS", "10"))
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    schemathesis.checks.not_a_server_error,
    checks.missing_required_header,
]
SIGNED_IN = {"Authorization": f"Bearer {persons.OLIVES_TOKEN}"}
QUICK = settings(
    max_examples=CALLS,
    deadline=None,
    database=None,
    derandomize=CALLS <= 50,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

MORE = settings(QUICK, max_examples=8 * CALLS)
"""For what takes a few milliseconds."""


@dataclass
class _Known:
    """What there is, so that calls get beyond the first check: references, and bodies that are taken as they are."""

    refs: dict[str, str]
    bodies: dict[str, dict[str, Any]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(0 if CALLS > 50 else 300)
def test_no_call_crashes_and_every_answer_is_described(
    olive: Account,
    omar: Account,
    ada: Account,
    olives_device: Device,
    street_camera: Camera,
    strangers_camera: Camera,
) -> None:
    story.publish()
    ask = ask_for(story.open_request(omar, ada), olive)
    clip = ingest.announced(olives_device, street_camera, b"not there yet")
    known = _Known(
        refs={"clips": clip.ref, "asks": ask.ref, "wanted": strangers_camera.ref},
        bodies={"clips": recorded(street_camera, b"nor this").body(), "health": _healthy(street_camera)},
    )
    schema = schemathesis.openapi.from_dict(api.get_openapi_schema())
    schema.app = get_wsgi_application()
    seen: Counter[str] = Counter()
    for found in schema.get_all_operations():
        for mode in GenerationMode:
            _call(found.ok(), mode, known, seen)
    print(dict(sorted(seen.items())))
    statuses = {each.partition(" /api/v1/")[2] for each in seen}
    assert {"clips 201", "clips/{ref} 200", "health 200", "asks/{ref}/share 422", "asks 401"} <= statuses


def _call(operation: Any, mode: GenerationMode, known: _Known, seen: Counter[str]) -> None:
    kind = operation.path.split("/")[3]
    own = known.refs.get(kind, "")

    @QUICK
    @given(
        case=operation.as_strategy(mode),
        ref=st.sampled_from([own, own, own, None, *known.refs.values(), "A" * 22, "\0", "%00", "é"]),
        changed=st.lists(st.sampled_from(["size", "starts_at", "kind", "label", "sent_at", "cameras", "version"])),
        is_near=st.booleans(),
        is_signed_in=st.sampled_from([True, True, True, False]),
    )
    def call(case: Case, ref: str | None, is_near: bool, changed: list[str], is_signed_in: bool) -> None:
        if ref is not None and "ref" in (case.path_parameters or {}):
            case.path_parameters["ref"] = ref
        good = known.bodies.get(kind) if case.path_parameters == {} else None
        if good is not None and isinstance(case.body, dict) and is_near:
            case.body = {**good, **{name: case.body[name] for name in changed if name in case.body}}
        assume(_is_an_address(case))
        answer = case.call(headers=SIGNED_IN if is_signed_in else {})
        seen[f"{operation.label} {answer.status_code}"] += 1
        case.validate_response(answer, checks=CHECKS)

    call()


def _healthy(camera: Camera) -> dict[str, Any]:
    now = source.now().isoformat()
    told = {"camera": camera.ref, "steady": True, "last_frame_at": now, "gaps": [], "held": [], "days": []}
    return {"version": "0.1.0", "sent_at": now, "cameras": [{**told, "clips_waiting": 0}]}


def _is_an_address(case: Case) -> bool:
    """What leads nowhere is a page's matter: a reference with a slash in it, or none."""
    try:
        return resolve(unquote(case.formatted_path)).namespace == "api"
    except Resolver404:
        return False


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(0 if CALLS > 50 else 300)
def test_no_header_of_an_upload_crashes_it(olives_device: Device, street_camera: Camera) -> None:
    """What OpenAPI can't describe: every call of tus, each with headers that nearly fit."""
    clip = ingest.announced(olives_device, street_camera, b"not there yet")
    upload = ingest.begun(olives_device, ingest.announced(olives_device, street_camera, b"begun"))
    texts = st.sampled_from(["", "0", "13", "-1", "1e3", "9" * 15, "9" * 40, "٣", "a b, c", "sha1 !", "sha256 AAAA"])
    names = st.sampled_from(["Upload-Length", "Upload-Offset", "Upload-Checksum", "X-HTTP-Method-Override"])
    values = st.sampled_from([clip.ref, street_camera.ref, "", "\0", "2026-11-24T12:00:00Z", "9" * 30, "person"])
    told = st.dictionaries(st.sampled_from(["clip", "camera", "starts_at", "duration_ms", "kind", "sha256"]), values)
    client = Client(headers=SIGNED_IN)
    seen: Counter[int] = Counter()

    @MORE
    @given(
        method=st.sampled_from(["POST", "POST", "HEAD", "PATCH", "DELETE", "OPTIONS", "PUT"]),
        ref=st.sampled_from(["", "", upload.ref, clip.ref, "é"]),
        headers=st.just({}) | st.dictionaries(names, texts, min_size=1),
        metadata_=st.just(metadata(clip=clip.ref)) | told.map(lambda said: metadata(**said)) | texts,
        version=st.sampled_from(["1.0.0", "1.0.0", "1.0.0", "0.2", ""]),
        type_=st.sampled_from([BYTES["Content-Type"], "", "text/plain; charset=none"]),
        body=st.sampled_from([b"", b"begun", b"not there yet", b"x" * 300]),
    )
    def call(method: str, ref: str, headers: dict, metadata_: str, version: str, type_: str, body: bytes) -> None:
        sent = {"Upload-Length": "13", **headers, "Tus-Resumable": version, "Upload-Metadata": metadata_}
        # As a WSGI server hands on what a line held.
        sent = {name: value.encode().decode("latin-1") for name, value in sent.items()}
        answer = client.generic(method, f"/api/v1/uploads/{ref}", body, content_type=type_, headers=sent)
        seen[answer.status_code] += 1
        assert answer.status_code in {200, 201, 204, 401, 404, 405, 409, 412, 413, 415, 422, 460}, answer.content
        if answer.status_code >= 400 and answer.status_code != 405:
            assert answer["Content-Type"] == "application/problem+json"

    call()
    print(dict(sorted(seen.items())))
    assert {201, 204, 412, 422} <= seen.keys()


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\0", "a" * 5000]),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=8), one, max_size=3),
    max_leaves=8,
)


@pytest.mark.django_db(transaction=True)
@pytest.mark.timeout(0 if CALLS > 50 else 300)
def test_nothing_that_a_directory_sends_crashes_it(aggie: Account, omar: Account) -> None:
    """SCIM: bodies and filters that nearly fit. Every answer is a resource or an error document."""
    token = directory.make_token(acting=persons.officer(aggie))
    client = Client(headers={"Authorization": f"Bearer {token}"})
    user = {"schemas": [USER], "userName": "rita@northgate.example", "emails": [{"value": "rita@northgate.example"}]}
    patch = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "name.givenName", "value": "Rita"}]}
    operation = st.fixed_dictionaries(
        {},
        optional={
            "op": st.sampled_from(["add", "replace", "remove"]) | _JSON,
            "path": st.sampled_from(["active", 'emails[type eq "work"].value', "[[", "x" * 300]) | _JSON,
            "value": _JSON,
        },
    )
    bodies = st.one_of(
        _JSON,
        st.dictionaries(st.sampled_from([*user, "active", "name", "externalId", "id", ENTERPRISE]), _JSON).map(
            lambda other: {**user, **other}
        ),
        st.lists(operation, max_size=3).map(lambda operations: {**patch, "Operations": operations}),
    )
    filters = st.sampled_from(
        ["", "userName eq", 'userName eq "a" and', "((((", "not (", "emails[value pr", "a" * 2000]
    ) | st.text(max_size=20)

    @MORE
    @given(
        method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
        path=st.sampled_from(
            ["Users", f"Users/{persons.officer(omar).ref}", "Users/x", "Schemas", ".search", "Users/%00"]
        ),
        body=bodies,
        query=st.dictionaries(st.sampled_from(["filter", "count", "startIndex", "attributes", "sortBy"]), filters),
    )
    def call(method: str, path: str, body: Any, query: dict) -> None:
        address = f"/api/scim/v2/{path}?{urlencode(query)}"
        answer = client.generic(method, address, json.dumps(body), content_type="application/scim+json")
        assert answer.status_code < 500 or answer.status_code == 501, (method, address, body, answer.content)
        assert answer.status_code == 204 or answer.json()["schemas"], (method, address, body)

    call()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/v1/clips", "/api/scim/v2/Users"])
def test_a_document_of_brackets_alone_is_refused(address: str, olives_device: Device, aggie: Account) -> None:
    """Nested deeper than any reader goes."""
    token = persons.OLIVES_TOKEN if "v1" in address else directory.make_token(acting=persons.officer(aggie))
    client = Client(headers={"Authorization": f"Bearer {token}"})
    answer = client.post(address, "[" * 200_000, content_type="application/json")
    assert answer.status_code == 400, answer.content[:300]
