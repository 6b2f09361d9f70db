"""Signing in through an agency's provider in a real browser: set, tried, turned on and used, at an OpenID and at a
SAML provider that are programs of their own, on another site."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from goodfences.agencies.models import Agency
from goodfences.demo.processes import Processes, free_port
from goodfences.officers.models import Provider
from goodfences.people.models import Account
from tests.environment import child_environment
from tests.windows import browser, whole, window

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Processes]:
    running = Processes(child_environment(), tmp_path / "logs")
    yield running
    running.stop_all()


@pytest.fixture
def here(live_server: Any, settings: Any, proven: Agency) -> str:
    """This instance, for browsers another site than the providers'."""
    settings.SITE_URL = str(live_server.url).replace("127.0.0.1", "localhost")
    return settings.SITE_URL


def program(programs: Processes, name: str, module: str, *arguments: str) -> str:
    port = free_port()
    programs.start(name, [sys.executable, "-m", module, *arguments, str(port)])
    programs.wait_for_port(name, port)
    return f"http://127.0.0.1:{port}"


def known_there(openid: str, name: str, **claims: Any) -> None:
    """The provider knows somebody, whose work address is verified there."""
    body = {"email": f"{name}@example.org", "email_verified": True, **claims}
    request = Request(f"{openid}/users/{name}", json.dumps(body).encode(), method="PUT")
    request.add_header("Content-Type", "application/json")
    urlopen(request, timeout=20).close()


def at_openid(page: Page, name: str) -> None:
    page.locator("input[name=sub]").fill(name)
    page.get_by_role("button", name="Authorize").click()


def at_saml(page: Page, email: str, *, key: bool) -> None:
    page.get_by_label("Address").fill(email)
    page.get_by_label("and by a key").set_checked(key)
    page.get_by_role("button", name="Go").click()


def begins(page: Page, here: str, email: str) -> None:
    """From the sign-in page on, as an officer does."""
    page.goto(f"{here}/portal/")
    page.get_by_role("link", name="Sign in through your agency").click()
    page.get_by_label("Your work address").fill(email)
    whole(page)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Sign in at Northgate Police")).to_be_visible()
    whole(page)
    page.get_by_role("link", name="Go on").click()


def turns_on(admin: Page) -> None:
    expect(admin.get_by_text("It works: you came back as yourself.")).to_be_visible()
    whole(admin)
    admin.get_by_role("button", name="Turn it on").click()
    admin.get_by_label("Nobody comes in any other way").check()
    admin.get_by_label("A second factor shown there counts here").check()
    admin.get_by_role("button", name="Save the rules").click()
    expect(admin.get_by_label("A second factor shown there counts here")).to_be_checked()
    made = Provider.objects.get()
    assert made.on_since and made.required and made.counts_factor


def test_by_openid(browser: Browser, programs: Processes, here: str, aggie: Account, omar: Account) -> None:
    openid = program(programs, "openid", "oidc_provider_mock", "--require-nonce", "true", "--port")
    admin = window(browser, here, aggie)
    admin.goto(f"{here}/portal/officers/")
    admin.get_by_role("link", name="Sign-in", exact=True).click()
    whole(admin)
    admin.get_by_label("Issuer").fill(openid)
    admin.get_by_label("Client ID").fill("goodfences")
    admin.get_by_label("Client secret").fill("not to be seen again")
    admin.get_by_role("button", name="Set it").first.click()
    expect(admin.get_by_text("kept sealed", exact=True)).to_be_visible()
    whole(admin)
    assert "not to be seen again" not in admin.content()

    known_there(openid, "aggie")
    admin.get_by_role("link", name="Try it").click()
    at_openid(admin, "aggie")
    turns_on(admin)

    known_there(openid, "omar", amr=["pwd", "otp"])
    his = window(browser, here, width=390, dark=True)
    begins(his, here, "omar@example.org")
    at_openid(his, "omar")
    expect(his).to_have_url(f"{here}/portal/")
    whole(his)
    his.goto(f"{here}/portal/sign-in-again/?next=/portal/agreement/")
    assert "prompt=login" in his.url and "max_age=0" in his.url
    at_openid(his, "omar")
    expect(his).to_have_url(f"{here}/portal/agreement/")

    known_there(openid, "mallory")
    hers = window(browser, here, width=390)
    begins(hers, here, "mallory@example.org")
    at_openid(hers, "mallory")
    expect(hers.get_by_text("Nobody of Northgate Police has the address mallory@example.org here.")).to_be_visible()
    whole(hers)
    assert not Account.objects.filter(email="mallory@example.org").exists()
    hers.get_by_role("link", name="Try again").click()
    hers.get_by_role("link", name="Go on").click()
    hers.get_by_role("button", name="Deny").click()
    expect(hers.get_by_role("heading", name="That didn’t work")).to_be_visible()
    whole(hers)

    programs.stop_all()
    hers.get_by_role("link", name="Try again").click()
    hers.get_by_role("link", name="Go on").click()
    expect(hers.get_by_role("heading", name="Your agency’s sign-in doesn’t answer")).to_be_visible()
    whole(hers)
    # The admin, who came by a code and a key, can end it all the same.
    admin.goto(f"{here}/portal/")
    expect(admin.get_by_text("through its own provider alone")).to_be_visible()
    whole(admin)
    admin.get_by_role("link", name="The provider is broken").click()
    admin.get_by_role("button", name="Turn it off").click()
    assert admin.goto(f"{here}/portal/").ok


def test_by_saml(browser: Browser, programs: Processes, here: str, aggie: Account, omar: Account) -> None:
    idp = program(programs, "idp", "tests.officers.idp")
    admin = window(browser, here, aggie, width=390, dark=True)
    admin.goto(f"{here}/portal/officers/sign-in/")
    admin.locator("summary", has_text="SAML 2.0").click()
    admin.get_by_label("Address of its metadata").fill(f"{idp}/metadata")
    admin.get_by_role("button", name="Set it").last.click()
    whole(admin)
    admin.get_by_role("link", name="Try it").click()
    at_saml(admin, "aggie@example.org", key=False)
    turns_on(admin)

    his = window(browser, here)
    begins(his, here, "omar@example.org")
    at_saml(his, "omar@example.org", key=False)
    expect(his.get_by_role("heading", name="First, a second factor")).to_be_visible()
    his.goto(f"{here}/portal/sign-in/northgate-police/go/")
    at_saml(his, "omar@example.org", key=True)
    expect(his).to_have_url(f"{here}/portal/")
    whole(his)
    his.goto(f"{here}/portal/sign-in-again/?next=/portal/agreement/")
    expect(his.get_by_role("heading", name="Sign in once more at the county")).to_be_visible()
    at_saml(his, "omar@example.org", key=True)
    expect(his).to_have_url(f"{here}/portal/agreement/")
