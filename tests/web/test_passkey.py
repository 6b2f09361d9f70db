"""A passkey, in a real browser with a virtual authenticator; and a browser that is signed out from another."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from goodfences.people.models import Account
from tests.browser import open_browser
from tests.persons import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def at(live_server: LiveServer, settings: Any) -> str:
    """By name: a passkey belongs to a name, and never to an address in figures."""
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    return live_server.url.replace("127.0.0.1", "localhost")


def with_authenticator(context: BrowserContext, page: Page) -> None:
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = {**kind, "isUserVerified": True, "automaticPresenceSimulation": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def sign_in_by_password(page: Page, at: str, account: Account) -> None:
    page.goto(f"{at}/accounts/login/")
    page.get_by_text("Use a password instead").click()
    form = page.locator("details form")
    form.get_by_label("Email").fill(account.email)
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button", name="Sign in").click()


def test_a_passkey_is_made_signs_in_and_guards_the_account(at: str, olive: Account) -> None:
    with open_browser() as browser:
        page, recovery = make_a_passkey(browser, at, olive)
        page.get_by_role("link", name="Sign out").click()
        page.get_by_role("main").get_by_role("button", name="Sign out").click()
        without = browser.new_page()
        without.goto(f"{at}/accounts/login/".replace("localhost", "127.0.0.1"))
        expect(without.get_by_role("button", name="Send me a code")).to_be_visible()
        expect(without.get_by_role("button", name="Use a passkey")).to_have_count(0)
        page.goto(f"{at}/accounts/login/")
        page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_url(f"{at}/home/**")

        elsewhere = browser.new_page()
        sign_in_by_password(elsewhere, at, olive)
        expect(elsewhere.get_by_role("heading", name="One more step")).to_be_visible()
        elsewhere.locator("form").filter(has_text="Go back").get_by_role("textbox").fill(recovery)
        elsewhere.get_by_role("button", name="Go on").click()
        elsewhere.wait_for_url(f"{at}/home/**")

        page.goto(f"{at}/accounts/signing-in/")
        page.locator("li").filter(has_not_text="(this one)").get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("It is signed out.")).to_be_visible()
        elsewhere.goto(f"{at}/settings/")
        expect(elsewhere.get_by_role("heading", name="Sign in")).to_be_visible()


def make_a_passkey(browser: Browser, at: str, olive: Account) -> tuple[Page, str]:
    """Signed in, with a passkey; and one of the recovery codes that came with it."""
    context = browser.new_context()
    page = context.new_page()
    with_authenticator(context, page)
    sign_in_by_password(page, at, olive)
    page.wait_for_url(f"{at}/home/**")
    page.goto(f"{at}/accounts/2fa/webauthn/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    recovery = page.locator(".codes li").first.inner_text()
    page.goto(f"{at}/accounts/2fa/webauthn/")
    expect(page.locator("b", has_text="Chrome on Linux")).to_be_visible()
    return page, recovery
