"""Pages, feed and previews of official warnings; an operator's pages about who may warn."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from lxml import etree

from goodfences import source
from goodfences.alerts import feeds, public, taking
from goodfences.alerts.cap import reading
from goodfences.alerts.models import OfficialWarning, WarningSource
from goodfences.people.models import Account
from tests.alerts import atom, words
from tests.persons import OLIVES_PLACE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

OG = re.compile(r'<meta property="og:(\w+)" content="([^"]*)">')


def storm(**changes: Any) -> OfficialWarning:
    origin = WarningSource.objects.filter(name="Weather office").first() or words.weather()
    taken = taking.take(origin=origin, data=words.warning(**changes))
    assert taken is not None
    return taken


def test_the_feed_is_atom_as_its_standard_has_it_and_leads_to_the_files(client: Client) -> None:
    taken = storm()
    storm(identifier="W-2", status="Exercise")
    answer = client.get("/warnings/feed.atom")
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    atom.check(answer.content)
    [named] = feeds.files_of(answer.content, "http://testserver/") or []
    file = client.get(named.url.partition("8000")[2] or named.url)
    assert file.headers["Content-Type"].startswith("application/cap+xml") and file.content == bytes(taken.original)
    assert reading.read(file.content).identifier == "W-1"


def test_an_empty_feed_is_one_too(client: Client) -> None:
    atom.check(client.get("/warnings/feed.atom").content)


def test_a_page_says_what_to_do_first_and_who_says_so(client: Client) -> None:
    page = client.get(f"/warnings/{storm().ref}/").content.decode()
    assert page.index("Stay inside.") < page.index("Gusts of 30 meters")
    assert "Taken from the sender’s own feed or file" in page and "Call 911 first" in page
    assert 'data-island="map"' in page
    assert client.get("/warnings/nothing/").status_code == 404


def test_what_a_sender_writes_is_only_ever_text(client: Client) -> None:
    evil = words.warning().replace(b"Stay inside.", b"&lt;script&gt;alert(1)&lt;/script&gt;")
    evil = evil.replace(b"</description>", b"</description>").replace(
        b"<area>", b"<web>javascript:alert(1)</web><area>", 1
    )
    taken = taking.take(origin=words.weather(), data=evil)
    assert taken is not None
    page = client.get(f"/warnings/{taken.ref}/").content.decode()
    assert "<script>alert" not in page and "javascript:" not in page


def test_a_preview_says_what_the_page_says_to_anyone_and_nothing_of_the_reader(
    client: Client, olive: Account
) -> None:
    ref = storm().ref
    anyone = OG.findall(client.get(f"/warnings/{ref}/").content.decode())
    client.force_login(olive, backend="django.contrib.auth.backends.ModelBackend")
    assert OG.findall(client.get(f"/warnings/{ref}/").content.decode()) == anyone
    told = dict(anyone)
    assert told["title"] == "Storm over the harbor" and told["description"] == "Stay inside."
    assert told["url"].endswith(f"/warnings/{ref}/") and "image" not in told


def test_an_operator_registers_a_source_and_stops_it(client: Client, otto: Account) -> None:
    client.force_login(otto, backend="django.contrib.auth.backends.ModelBackend")
    form = {"name": "County", "kind": "file", "senders": "a@example.org\nb@example.org", "url": ""}
    assert client.post("/staff/warnings/sources/add/", {**form, "senders": ""}).status_code == 422
    assert client.post("/staff/warnings/sources/add/", form).status_code == 302
    made = WarningSource.objects.get(name="County")
    assert made.senders == ["a@example.org", "b@example.org"]
    storm(status="Exercise")
    assert "1 test is under way" in client.get("/staff/warnings/").content.decode()
    assert "a@example.org, b@example.org" in client.get("/staff/warnings/").content.decode()
    client.post(f"/staff/warnings/sources/{made.ref}/stop/")
    assert WarningSource.objects.get(name="County").stopped_at is not None


def test_an_operator_issues_a_warning_and_calls_it_off(client: Client, otto: Account) -> None:
    client.force_login(otto, backend="django.contrib.auth.backends.ModelBackend")
    until = timezone.localtime(source.now() + timedelta(hours=5), timezone.get_default_timezone())
    form = {
        "event": "Gas leak",
        "headline": "Gas leak at the market",
        "description": "A main leaks.",
        "event_es": "Fuga",
        "headline_es": "Fuga de gas",
        "description_es": "Hay una fuga.",
        "category": "Safety",
        "severity": "Severe",
        "urgency": "Immediate",
        "certainty": "Observed",
        "expires_at": until.strftime("%Y-%m-%dT%H:%M"),
        "area_name": "Around the market",
        "area_lat": str(OLIVES_PLACE[0]),
        "area_lon": str(OLIVES_PLACE[1]),
        "area_radius_m": "300",
    }
    refused = client.post("/staff/warnings/issue/", {**form, "headline": "", "area_radius_m": "9999"})
    assert refused.status_code == 422
    answer = client.post("/staff/warnings/issue/", form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    [issued] = public.in_force()
    assert (
        "Fuga de gas" in Client().get(f"/warnings/{issued.ref}/", headers={"Accept-Language": "es"}).content.decode()
    )
    client.post(f"/staff/warnings/{issued.ref}/call-off/")
    page = client.get(f"/warnings/{issued.ref}/").content.decode()
    assert public.in_force() == [] and "It was called off:" in page


def test_numbers_of_the_schema(client: Client) -> None:
    """What the checker of feeds is worth: it refuses feeds that aren't as RFC 4287 has them."""
    storm()
    good = client.get("/warnings/feed.atom").content
    root = etree.fromstring(good)
    for name in ("id", "title", "updated"):
        for parent in (root, root.find(f"{feeds.ATOM}entry")):
            broken = etree.fromstring(good)
            where = broken if parent is root else broken.find(f"{feeds.ATOM}entry")
            where.remove(where.find(f"{feeds.ATOM}{name}"))
            with pytest.raises(AssertionError):
                atom.check(etree.tostring(broken))
