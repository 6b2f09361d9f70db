"""Every form of every page, changed by chance as browsers break them and as an attacker would: no crash, and what is
refused leaves nothing behind.

GOODFENCES_MUTATED_FORMS is how many a role sends (20); with `-s` the test says what they were answered.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.pages import Page, bytes_of
from tests.web import everything as instance
from tests.web import routes
from tests.web.answered import answered
from tests.web.everything import Everything

MANY = int(os.environ.get("GOODFENCES_MUTATED_FORMS", "20"))
HOSTILE = (
    *("", " ", "\0", "a\0b", "\r\nX-Header: y", "\u202eabc", "\u200b", "é" * 300, "𝕏" * 500, "x" * 100_000),
    *("0", "-1", "1e999", "nan", "-inf", "٣", "9" * 400, "9" * 5000, "0x10", "1,5", "true", "null", "on"),
    *("2026-02-30", "0001-01-01", "9999-12-31T23:59", "2026-11-24T12:00:00+99:00", "24:61", "Mars/Olympus"),
    *("{}", "[]", "[1,2", '{"type": "Polygon"}', '{"type": "Polygon", "coordinates": [[[0, 0]]]}', "[" * 9000),
    *(
        "[[null]]",
        '[{"kind": 1}]',
        "[[[1e308, 1e308]]]",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "//evil.example",
    ),
    *("AAAAAAAAAAAAAAAAAAAAAA", "8b11049b2d4cfff", "811049b2d4cffff", "nobody@", "a@b" + ".c" * 200, "{{ 7|add:7 }}"),
)
"""What nobody types, for every kind of field at once."""

ADDED = ("id", "pk", "ref", "agency", "officer", "role", "state", "kind", "account", "is_staff", "next", "act")
REMEMBERED = {"people_remembered", "django_session", "people_attempts"}
"""What a refusal may leave: that somebody tried, and who is signed in."""

ROLES = ("olive", "omar", "otto", "anyone", "ada", "aggie", "max")

Form = tuple[str, dict[str, list[str]]]


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.timeout(0 if MANY > 100 else 300)
def test_each_role_crashes_nothing_by_a_changed_form(role: str, everything: Everything) -> None:
    forms = sorted(_forms(everything, role), key=lambda form: (form[0], sorted(form[1])))
    refs = _refs(everything)
    client = routes.client_for(role, everything.persons)
    client.raise_request_exception = True
    cookies = client.cookies.output()
    seen: Counter[int] = Counter()
    # PostgreSQL refuses a NUL by ending the transaction, which here is the test's: see tests/web/test_errors.py.
    nul = "\0" if connection.vendor == "postgresql" else "no such thing"
    values = st.sampled_from([value for value in (*HOSTILE, *refs) if nul not in value])

    @settings(
        max_examples=MANY,
        deadline=None,
        database=None,
        derandomize=MANY <= 100,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        form=st.sampled_from(forms),
        changes=st.lists(_changes(values), min_size=1, max_size=4),
        raw=st.integers(0, 19),
    )
    def send(form: Form, changes: list[tuple[int, str, str]], raw: int) -> None:
        address, sent = form[0], _changed(form[1], changes)
        before, after, status = _answer(client, address, sent, raw)
        client.cookies.clear()
        client.cookies.load(cookies.replace("Set-Cookie: ", ""))
        seen[status] += 1
        assert status < 500, (address, sent)
        if status >= 400:
            assert before == after, (address, sent)

    send()
    print(role, len(forms), "forms", dict(seen.most_common()))
    assert len(forms) > 3 and {200, 302, 404, 422} & seen.keys()


def _forms(made: Everything, role: str) -> Iterator[Form]:
    """Those that stand on the pages that this role sees, and what routes take that only scripts call."""
    seen = set()
    for (route, method), answer in answered(made, role).answers.items():
        if method == "POST" and answer.response.status_code not in (404, 405) and answer.shown != "in":
            data = instance.posted(made, route, "POST").get("data")
            if isinstance(data, dict) and not route.startswith("api:"):
                yield routes.address(made, route), {name: _texts(value) for name, value in data.items()}
        if method != "GET" or answer.response.status_code != 200 or b"<form" not in answer.content:
            continue
        page = Page(answer.content.decode())
        page.path = routes.address(made, route)
        for form in page.forms:
            address = urlsplit(form.action or page.path).path
            key = (address, *sorted({*form.values, *form.boxes}))
            if form.method == "post" and key not in seen:
                seen.add(key)
                yield address, {**{name: [value] for name, value in form.boxes.items()}, **form.values}


def _texts(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list | tuple) else [value])]


def _refs(made: Everything) -> list[str]:
    """Other people's, and one's own of another kind."""
    things = (
        made.clip,
        made.strangers_clip,
        made.video,
        made.declined,
        made.ask,
        made.camera,
        made.request,
        made.draft,
    )
    return [str(thing.ref) for thing in (*things, made.post, made.appeal, made.demand, made.warning)]


def _changes(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[int, str, str]]:
    return st.tuples(
        st.integers(0, 50), st.sampled_from(["put", "put", "put", "drop", "double", "swap", "file", "add"]), values
    )


def _changed(values: dict[str, list[str]], changes: list[tuple[int, str, str]]) -> dict[str, list[Any]]:
    sent: dict[str, list[Any]] = {name: list(each) for name, each in values.items()}
    for number, act, value in changes:
        names = sorted(sent)
        name = names[number % len(names)] if names else "text"
        if act == "add":
            sent[ADDED[number % len(ADDED)]] = [value]
        elif act == "drop":
            sent.pop(name, None)
        elif act == "double":
            sent[name] = [*sent.get(name, []), value]
        elif act == "swap":
            other = names[(number * 7 + 1) % len(names)] if names else "text"
            sent[name] = sent.get(other, [value])
        elif act == "file":
            sent[name] = [SimpleUploadedFile("a\u202e.jpg", value.encode() or b"x", "image/jpeg")]
        else:
            sent[name] = [value]
    return sent


def _answer(client: Client, address: str, sent: dict[str, list[Any]], raw: int) -> tuple[Any, Any, int]:
    """Rows before and after, and the status; afterwards everything is as it was."""
    with transaction.atomic():
        before = _rows()
        if raw == 0:
            body = b"\xff\xfe%01=%ff&" * 20
            response = client.generic("POST", address, body, content_type="application/x-www-form-urlencoded")
        elif raw == 1:
            response = client.generic(
                "POST", address, b"--x\r\nContent-Disp", content_type="multipart/form-data; boundary=x"
            )
        else:
            response = client.post(address, sent)
        bytes_of(response)
        after = _rows()
        transaction.set_rollback(True)
    return before, after, response.status_code


def _rows() -> dict[str, int]:
    """How many each table has."""
    tables = sorted(set(connection.introspection.table_names()) - REMEMBERED)
    query = " UNION ALL ".join(
        f"SELECT '{table}', count(*) FROM {connection.ops.quote_name(table)}" for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return dict(cursor.fetchall())
