"""Who asks, behind proxies: limits count a client by itself, and no client says that it is another."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.core.internal import ratelimit
from django.test import Client, RequestFactory
from django.urls import reverse

from goodfences import proxies
from goodfences.agencies.models import Agency
from goodfences.source import SeededSource
from goodfences.web import floods
from goodfences.web.peers import PeerMiddleware, peer_of
from tests.environment import ROOT

OURS = proxies.read(["127.0.0.1", "10.0.0.0/8", "2001:db8:1::/48"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "198.51.100.7, 10.0.0.3", "198.51.100.7"),  # two of ours, one behind the other
        ("127.0.0.1", "192.0.2.1, 198.51.100.7", "198.51.100.7"),  # the client wrote the first itself
        ("127.0.0.1", "10.0.0.9, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "10.0.0.9,10.0.0.3", "10.0.0.9"),  # asked from our own network
        ("127.0.0.1", "198.51.100.7:50123", "198.51.100.7"),
        ("127.0.0.1", "[2001:db8:2::5]:50123", "2001:db8:2::5"),
        ("127.0.0.1", "2001:db8:2::5%eth0", "2001:db8:2::5"),
        ("127.0.0.1", "198.51.100.7,[2001:db8:1::1]", "198.51.100.7"),
        ("::ffff:127.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),  # as a socket for both kinds writes them
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.7, unknown", "127.0.0.1"),  # a proxy that says no address counts itself
        ("127.0.0.1", "198.51.100.7,", "127.0.0.1"),
        ("127.0.0.1", "<script>", "127.0.0.1"),
        ("203.0.113.5", "198.51.100.7", "203.0.113.5"),  # not one of ours
        ("::1", "198.51.100.7", "::1"),
        ("", "198.51.100.7", ""),
    ],
)
def test_the_last_address_before_our_proxies_is_the_clients(peer: str, forwarded: str, client: str) -> None:
    assert OURS.client(peer, forwarded) == client


def test_whoever_comes_by_a_socket_is_a_proxy_where_that_is_said() -> None:
    assert proxies.read(["unix"]).client("", "198.51.100.7") == "198.51.100.7"
    assert proxies.read(["unix"]).client("127.0.0.1", "198.51.100.7") == "127.0.0.1"


def test_without_the_setting_nobody_is_believed() -> None:
    assert proxies.read([]).client("127.0.0.1", "198.51.100.7") == "127.0.0.1"


@pytest.mark.parametrize("said", ["my-proxy", "10.0.0.1/8", "10.0.0.0/40", "0.0.0.0/0", "::/0"])
def test_what_is_no_proxy_of_ours_is_no_setting(said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said.partition("/")[0])):
        proxies.read(["127.0.0.1", said])


@pytest.mark.parametrize(
    ("address", "home"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:2:3:4:5:6:7", "2001:db8:2:3::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("", ""),
    ],
)
def test_of_an_ipv6_address_its_homes_network_counts(address: str, home: str) -> None:
    assert peer_of(RequestFactory().get("/", REMOTE_ADDR=address)) == home


def asked(client: str, proxy: str = "127.0.0.1") -> int:
    way = reverse("portal:provider_go", args=["northgate-police"])
    return Client(REMOTE_ADDR=proxy).get(way, headers={"X-Forwarded-For": client}).status_code


@pytest.fixture
def three_tries(northgate: Agency, clock: SeededSource, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(floods, "A_MINUTE", 3)
    settings.PROXIES = OURS


@pytest.mark.django_db
def test_each_client_behind_the_proxy_has_tries_of_its_own(three_tries: None) -> None:
    assert [asked("198.51.100.7") for _ in range(4)] == [404, 404, 404, 429]
    assert asked("198.51.100.8") == 404


@pytest.mark.django_db
def test_whoever_says_that_they_are_others_is_counted_as_one(three_tries: None) -> None:
    assert [asked(f"192.0.2.{number}", proxy="203.0.113.5") for number in range(4)][-1] == 429
    assert [asked(f"192.0.2.{number}, 198.51.100.7") for number in range(4)][-1] == 429
    assert [asked(f"2001:db8:2:3::{number}") for number in range(4)][-1] == 429


def test_signing_in_is_counted_by_the_same_address(settings: Any) -> None:
    settings.PROXIES = OURS
    request = RequestFactory().post("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="192.0.2.1, 2001:db8:2:3::9")
    PeerMiddleware(lambda each: each)(request)  # type: ignore[arg-type, return-value]
    assert ratelimit.get_ip(request) == "2001:db8:2:3::"


def test_no_page_reads_the_address_by_itself() -> None:
    readers = [path for path in (ROOT / "src" / "goodfences").rglob("*.py") if "REMOTE_ADDR" in path.read_text()]
    assert {path.name for path in readers} == {"peers.py", "browsers.py"}  # the latter asks whether there is one


def test_an_instance_by_https_says_so_though_its_proxy_speaks_http(client: Client, settings: Any) -> None:
    assert "Strict-Transport-Security" not in client.get("/healthz")
    settings.SECURE, settings.SECURE_HSTS_SECONDS = True, 31_536_000
    assert client.get("/healthz")["Strict-Transport-Security"] == "max-age=31536000"
