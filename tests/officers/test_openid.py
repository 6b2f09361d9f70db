"""Signing in by an agency's OpenID provider: who gets in, who doesn't, and which answers aren't believed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from django.urls import reverse

from goodfences import source
from goodfences.agencies import actions
from goodfences.agencies.models import Agency, AgencyAct, Officer
from goodfences.errors import Refused
from goodfences.officers import providers
from goodfences.officers.models import Provider, Subject
from goodfences.people.models import Account
from tests.officers.openid import CLIENT, SECRET, OpenId, serving
from tests.pages import Page
from tests.persons import make_account, officer, signed_in

pytestmark = pytest.mark.django_db
OMAR = {"sub": "o-1", "email": "omar@example.org", "email_verified": True}


@pytest.fixture(scope="module")
def running() -> Iterator[OpenId]:
    with serving() as found:
        yield found


@pytest.fixture
def openid(running: OpenId, proven: Agency, aggie: Account) -> OpenId:
    """Northgate's provider, tried and on, at which Omar is signed in."""
    running.claims, running.info, running.signs_with, running.algorithm = dict(OMAR), {}, running.key, "RS256"
    running.redirects, running.nested = False, set()
    admin = officer(aggie)
    fields = {"issuer": running.issuer, "client_id": CLIENT, "secret": SECRET, "vouches": False}
    providers.tried(acting=admin, provider=providers.set_oidc(acting=admin, **fields))
    providers.turn(acting=admin, on=True)
    return running


def way(name: str, **query: str) -> str:
    return reverse(f"portal:{name}", args=["northgate-police"])


def comes_back(openid: OpenId, client: Client | None = None, start: str = "", **brought: str) -> Any:
    """The browser goes to the provider and back; `brought` takes the place of what it brings."""
    client = client or Client()
    there = client.get(start or way("provider_go"))
    assert there.status_code == 302, there.content
    return client.get(way("provider_back"), {**openid.grant(there["Location"]), **brought})


def is_in(response: Any) -> bool:
    client: Client = response.client
    return "_auth_user_id" in client.session


class TestWhoComesIn:
    def test_an_officer_is_led_to_a_second_factor_and_has_no_page_before(self, openid: OpenId, omar: Account) -> None:
        answer = comes_back(openid)
        assert is_in(answer) and answer["Location"] == "/portal/"
        page = answer.client.get("/portal/")
        assert page["Location"].startswith(reverse("portal:second_factor"))

    def test_who_has_a_key_shows_it_before_anything(self, openid: OpenId, omar: Account) -> None:
        Authenticator.objects.create(user=omar, type="totp", data={"secret": ""})
        answer = comes_back(openid)
        assert answer["Location"] == reverse("mfa_authenticate") and not is_in(answer)

    @pytest.mark.parametrize("factors", [["mfa"], ["pwd", "otp"], ["hwk", "user"]])
    def test_a_factor_shown_there_counts_where_the_admin_says_so_and_no_longer(
        self, openid: OpenId, omar: Account, aggie: Account, factors: list[str]
    ) -> None:
        openid.claims["amr"] = factors
        providers.rule(acting=officer(aggie), required=False, counts_factor=True)
        answer = comes_back(openid)
        assert answer.client.get("/portal/").status_code == 200
        providers.rule(acting=officer(aggie), required=False, counts_factor=False)
        assert answer.client.get("/portal/").status_code == 302

    @pytest.mark.parametrize("factors", [["pwd"], ["sms", "pwd"], "mfa", None, []])
    def test_what_proves_none_counts_never(self, openid: OpenId, omar: Account, aggie: Account, factors: Any) -> None:
        openid.claims["amr"] = factors
        providers.rule(acting=officer(aggie), required=False, counts_factor=True)
        assert comes_back(openid).client.get("/portal/").status_code == 302

    def test_a_short_id_token_is_filled_up_by_what_it_says_of_the_same_person(
        self, openid: OpenId, omar: Account
    ) -> None:
        openid.claims, openid.info = {"sub": "o-1"}, dict(OMAR)
        assert is_in(comes_back(openid))
        openid.info["sub"] = "somebody else"
        assert not is_in(comes_back(openid))

    def test_who_followed_a_link_of_the_portal_goes_on_to_it(self, openid: OpenId, omar: Account) -> None:
        assert comes_back(openid, start=way("provider_go") + "?next=/portal/agreement/")["Location"] == (
            "/portal/agreement/"
        )
        elsewhere = way("provider_go") + "?next=https://evil.example/"
        assert comes_back(openid, start=elsewhere)["Location"] == "/portal/"

    def test_by_address_or_by_name(self, openid: OpenId, omar: Account) -> None:
        page = Page(Client().get(reverse("portal:provider_sign_in")))
        assert "Northgate Police" in page.text
        by_mail = Client().post(reverse("portal:provider_sign_in"), {"email": "nobody@EXAMPLE.org"})
        assert by_mail["Location"] == way("provider_door")
        assert "127.0.0.1" in Page(Client().get(way("provider_door"))).text
        other = Client().post(reverse("portal:provider_sign_in"), {"email": "omar@elsewhere.example"})
        assert other.status_code == 422 and "No agency with this domain" in Page(other).text


def test_signing_out_says_that_it_is_not_signing_out_there(openid: OpenId, omar: Account, ada: Account) -> None:
    words = "You may still be signed in at 127.0.0.1."
    assert words in Page(comes_back(openid).client.post(reverse("account_logout"), follow=True)).text
    assert words not in Page(signed_in(ada).post(reverse("account_logout"), follow=True)).text


class TestWhoDoesnt:
    def refused(self, openid: OpenId, words: str) -> None:
        before = Account.objects.count()
        answer = comes_back(openid)
        assert answer.status_code == 403 and not is_in(answer)
        assert words in Page(answer).text
        assert Account.objects.count() == before

    @pytest.mark.parametrize(
        ("claims", "words"),
        [
            ({"email": "omar@evil.example"}, "isn’t an address at example.org"),
            ({"email": "omar@example.org.evil.example"}, "isn’t an address at example.org"),
            ({"email": "mallory@example.org"}, "Nobody of Northgate Police has the address"),
            ({"email_verified": False}, "doesn’t say that omar@example.org was verified"),
            ({"email_verified": None}, "doesn’t say that omar@example.org was verified"),
            ({"email": None}, "didn’t say which work address"),
        ],
    )
    def test_by_address(self, openid: OpenId, omar: Account, claims: dict[str, Any], words: str) -> None:
        openid.claims |= claims
        self.refused(openid, words)

    def test_who_left(self, openid: OpenId, omar: Account, aggie: Account) -> None:
        actions.deactivate_officer(acting=officer(aggie), ref=officer(omar).ref)
        self.refused(openid, "has ended")

    def test_a_residents_address_is_that_of_one_who_did_not_accept(
        self, openid: OpenId, olive: Account, aggie: Account
    ) -> None:
        given = {"agency": officer(aggie).agency, "role": "requester", "title": "Officer", "contact": "555"}
        Officer.objects.create(email=olive.email, account=None, badge="1", **given)
        ina = make_account("Ina", Account.Kind.OFFICER)
        Officer.objects.create(email=ina.email, account=ina, badge="2", **given)
        bodies = []
        for email in (olive.email, ina.email):
            openid.claims = {"sub": email, "email": email, "email_verified": True}
            self.refused(openid, "First open the link in the email that invited you")
            bodies.append(comes_back(openid).content)
        assert bodies[0] == bodies[1]

    def test_a_resident_of_the_domain_whom_nobody_invited(self, openid: OpenId, olive: Account) -> None:
        openid.claims = {"sub": "1", "email": olive.email, "email_verified": True}
        self.refused(openid, "Nobody of Northgate Police has the address")

    def test_another_agencys_officer(self, openid: OpenId, sam: Account) -> None:
        openid.claims = {"sub": "1", "email": sam.email, "email_verified": True}
        self.refused(openid, "Nobody of Northgate Police has the address")

    def test_of_a_suspended_agency(self, openid: OpenId, omar: Account, proven: Agency) -> None:
        proven.suspended_at = source.now()
        proven.save()
        self.refused(openid, "is suspended here")

    def test_an_address_that_the_provider_gave_to_somebody_else(
        self, openid: OpenId, omar: Account, ada: Account, aggie: Account
    ) -> None:
        assert is_in(comes_back(openid))
        openid.claims["sub"] = "o-2"
        self.refused(openid, "was somebody else’s before")
        openid.claims = {"sub": "o-1", "email": ada.email, "email_verified": True}
        self.refused(openid, "was somebody else’s before")
        actions.deactivate_officer(acting=officer(aggie), ref=officer(omar).ref)
        actions.reactivate_officer(acting=officer(aggie), ref=officer(omar).ref)
        Officer.objects.filter(account=omar).update(accepted_at=source.now())
        openid.claims = {**OMAR, "sub": "o-2"}
        assert is_in(comes_back(openid))


class TestWhatIsNotBelieved:
    def failed(self, openid: OpenId, **brought: str) -> Any:
        answer = comes_back(openid, **brought)
        assert answer.status_code == 403 and not is_in(answer)
        assert "couldn’t be accepted" in Page(answer).text
        return answer

    @pytest.mark.parametrize(
        "claims",
        [
            {"nonce": "another"},
            {"nonce": None},
            {"aud": "another program"},
            {"aud": [CLIENT, "another"]},
            {"azp": "another"},
            {"iss": "http://127.0.0.1:1"},
            {"exp": 1},
            {"exp": None},
            {"iat": 4_000_000_000},
            {"sub": None},
        ],
        ids=str,
    )
    def test_a_token_that_is_another_ones(self, openid: OpenId, omar: Account, claims: dict[str, Any]) -> None:
        openid.claims |= claims
        self.failed(openid)
        assert openid.tokens

    def test_a_token_that_another_key_signed(self, openid: OpenId, omar: Account) -> None:
        openid.signs_with = rsa.generate_private_key(65537, 2048)
        self.failed(openid)

    def test_a_token_that_nobody_signed(self, openid: OpenId, omar: Account) -> None:
        openid.signs_with, openid.algorithm = None, "none"
        self.failed(openid)

    def test_a_token_that_is_signed_with_what_both_know(self, openid: OpenId, omar: Account) -> None:
        openid.signs_with, openid.algorithm = SECRET * 2, "HS256"
        self.failed(openid)

    def test_a_state_that_is_nobodys(self, openid: OpenId, omar: Account) -> None:
        before = openid.tokens
        self.failed(openid, state="forged")
        assert openid.tokens == before

    def test_a_state_of_another_browser_or_a_second_time(self, openid: OpenId, omar: Account) -> None:
        mallory = Client()
        brought = openid.grant(mallory.get(way("provider_go"))["Location"])
        victim = Client().get(way("provider_back"), brought)
        assert victim.status_code == 403 and not is_in(victim)
        assert is_in(mallory.get(way("provider_back"), brought))
        mallory.logout()
        assert not is_in(mallory.get(way("provider_back"), brought))

    def test_a_code_that_was_given_to_another_way(self, openid: OpenId, omar: Account) -> None:
        """PKCE: a code from another browser's way in is worth nothing in this one."""
        stolen = openid.grant(Client().get(way("provider_go"))["Location"])["code"]
        self.failed(openid, code=stolen)

    def test_a_no(self, openid: OpenId, omar: Account) -> None:
        client = Client()
        state = openid.grant(client.get(way("provider_go"))["Location"])["state"]
        assert client.get(way("provider_back"), {"state": state, "error": "access_denied"}).status_code == 403

    def test_a_provider_that_leads_elsewhere(self, openid: OpenId, omar: Account) -> None:
        openid.redirects = True
        assert Client().get(way("provider_go")).status_code == 503

    @pytest.mark.parametrize("where", ["/.well-known/openid-configuration", "/keys", "/token"])
    def test_answers_that_are_nested_without_an_end(self, openid: OpenId, omar: Account, where: str) -> None:
        client = Client()
        there = client.get(way("provider_go"))["Location"]
        openid.nested.add(where)
        answer = client.get(way("provider_back"), openid.grant(there))
        assert answer.status_code == 403 and not is_in(answer)

    def test_a_provider_that_is_away(self, openid: OpenId, omar: Account, free_port: int) -> None:
        Provider.objects.update(issuer=f"http://127.0.0.1:{free_port}")
        answer = Client().get(way("provider_go"))
        assert answer.status_code == 503 and "doesn’t answer" in Page(answer).text

    def test_one_in_our_own_network_is_never_asked(self, openid: OpenId, settings: Any) -> None:
        settings.PROVIDERS_ANYWHERE = False
        for issuer in ("https://127.0.0.1", "https://10.0.0.1", "https://[::1]", openid.issuer):
            Provider.objects.update(issuer=issuer)
            assert Client().get(way("provider_go")).status_code == 503

    def test_off_is_no_way_in(self, openid: OpenId, omar: Account, aggie: Account) -> None:
        client = Client()
        there = client.get(way("provider_go"))
        providers.turn(acting=officer(aggie), on=False)
        answer = client.get(way("provider_back"), openid.grant(there["Location"]))
        assert answer.status_code == 404 and not is_in(answer)
        for name in ("provider_go", "provider_door"):
            assert Client().get(way(name)).status_code == 404


class TestOnceMore:
    """Before a download, by the provider: it must have asked anew."""

    @pytest.fixture
    def inside(self, openid: OpenId, omar: Account, aggie: Account) -> Client:
        openid.claims["amr"] = ["mfa"]
        providers.rule(acting=officer(aggie), required=True, counts_factor=True)
        client: Client = comes_back(openid).client
        return client

    def asks(self, client: Client) -> bool:
        answer = client.post(reverse("portal:package", args=["x"]))
        return answer.status_code == 302 and answer["Location"].startswith(reverse("portal:provider_again"))

    def test_coming_in_is_not_enough(self, inside: Client) -> None:
        assert self.asks(inside)

    def test_it_is_asked_to_ask(self, openid: OpenId, inside: Client) -> None:
        there = inside.get(reverse("portal:provider_again"))["Location"]
        assert "prompt=login" in there and "max_age=0" in there

    @pytest.mark.parametrize(("ago", "opens"), [(0, True), (3600, False), (None, False)])
    def test_opens_where_it_says_that_it_did(
        self, openid: OpenId, inside: Client, ago: int | None, opens: bool
    ) -> None:
        openid.claims["auth_time"] = None if ago is None else int(time.time()) - ago
        answer = comes_back(openid, inside, reverse("portal:provider_again") + "?next=/portal/agreement/")
        assert (answer.status_code == 302) == opens
        assert self.asks(inside) != opens

    def test_another_person_there_opens_nothing(self, openid: OpenId, inside: Client, ada: Account) -> None:
        openid.claims |= {"sub": "a-1", "email": ada.email, "auth_time": int(time.time())}
        assert comes_back(openid, inside, reverse("portal:provider_again")).status_code == 403
        assert self.asks(inside)


class TestRequired:
    def test_no_other_way_leads_in_but_for_the_admins_page(
        self, openid: OpenId, omar: Account, aggie: Account
    ) -> None:
        providers.rule(acting=officer(aggie), required=True, counts_factor=False)
        page = signed_in(omar).get("/portal/")
        assert page.status_code == 403 and "its own sign-in" in Page(page).text
        admin = signed_in(aggie)
        assert admin.get("/portal/").status_code == 403
        assert admin.get(reverse("portal:provider")).status_code == 200
        admin.post(reverse("portal:provider"), {"act": "off"})
        assert signed_in(omar).get("/portal/").status_code == 200


class TestSettingIt:
    """The admin's page."""

    def fill(self, issuer: str, **more: str) -> dict[str, str]:
        return {"act": "oidc", "issuer": issuer, "client_id": CLIENT, "secret": SECRET, **more}

    def test_from_nothing_to_on(self, running: OpenId, proven: Agency, aggie: Account) -> None:
        running.claims = {"sub": "a", "email": aggie.email, "email_verified": True}
        admin, page = signed_in(aggie), reverse("portal:provider")
        assert admin.post(page, self.fill(f"{running.issuer}/")).status_code == 302
        admin.post(page, {"act": "on"})
        assert not providers.all_on(), "it was not tried"
        answer = comes_back(running, admin, reverse("portal:provider_try"))
        assert answer["Location"] == page
        admin.post(page, {"act": "on"})
        assert [one.agency for one in providers.all_on()] == [proven]
        acts = AgencyAct.objects.filter(kind="sso.changed").order_by("pk")
        assert [act.about.partition(":")[0] for act in acts] == ["Set", "On"]
        assert {act.officer for act in acts} == {officer(aggie)}

    def test_the_secret_is_sealed_and_never_shown(self, running: OpenId, proven: Agency, aggie: Account) -> None:
        admin, page = signed_in(aggie), reverse("portal:provider")
        admin.post(page, self.fill(running.issuer))
        kept = Provider.objects.get()
        assert SECRET not in kept.sealed_secret and providers.secret_of(kept) == SECRET
        assert SECRET not in admin.get(page).content.decode()
        admin.post(page, self.fill(running.issuer, secret=""))
        assert providers.secret_of(Provider.objects.get()) == SECRET
        wrong = admin.post(page, self.fill(running.issuer, secret="", client_id="another"))
        assert wrong.status_code == 422 and "Give the client secret" in Page(wrong).text

    def test_the_secret_outlives_that_of_the_instance(self, openid: OpenId, omar: Account, settings: Any) -> None:
        settings.SECRET_KEY, settings.SECRETS_BEFORE = "a new one", [settings.SECRET_KEY]
        assert is_in(comes_back(openid))
        assert (providers.seal_secrets_anew(), providers.seal_secrets_anew()) == (1, 0)
        settings.SECRETS_BEFORE = []
        assert is_in(comes_back(openid))

    def test_a_secret_that_nothing_opens_is_asked_for_again(
        self, openid: OpenId, omar: Account, settings: Any, aggie: Account
    ) -> None:
        settings.SECRET_KEY = "a new one, and the old one lost"
        assert Client().get(way("provider_go")).status_code == 403
        admin, page = signed_in(aggie), reverse("portal:provider")
        wrong = admin.post(page, self.fill(openid.issuer, secret=""))
        assert wrong.status_code == 422 and "Give the client secret" in Page(wrong).text

    def test_trying_it_as_somebody_else_is_no_trial(self, openid: OpenId, omar: Account, aggie: Account) -> None:
        Provider.objects.update(tried_at=None, on_since=None)
        answer = comes_back(openid, signed_in(aggie), reverse("portal:provider_try"))
        assert answer.status_code == 403 and "Come back as yourself" in Page(answer).text
        assert Provider.objects.get().tried_at is None

    def test_without_a_proven_domain_it_stays_off(self, openid: OpenId, aggie: Account, proven: Agency) -> None:
        providers.turn(acting=officer(aggie), on=False)
        Agency.objects.update(domain="")
        with pytest.raises(Refused, match="no domain"):
            providers.turn(acting=officer(aggie), on=True)

    def test_another_issuer_turns_it_off_and_nobody_is_known_there(
        self, openid: OpenId, omar: Account, aggie: Account
    ) -> None:
        comes_back(openid)
        fields = {"client_id": CLIENT, "secret": SECRET, "vouches": False}
        changed = providers.set_oidc(acting=officer(aggie), issuer="http://127.0.0.1:1", **fields)
        assert (changed.on_since, changed.tried_at) == (None, None)
        assert not Subject.objects.filter(provider_ref=changed.ref).exists()

    def test_what_is_no_provider_is_refused(self, openid: OpenId, aggie: Account, free_port: int) -> None:
        admin, page = signed_in(aggie), reverse("portal:provider")
        away = admin.post(page, self.fill(f"http://127.0.0.1:{free_port}"))
        assert away.status_code == 422 and "No OpenID provider answers" in Page(away).text
        liar = admin.post(page, self.fill(openid.issuer.replace("127.0.0.1", "localhost")))
        assert liar.status_code == 422 and "It calls itself" in Page(liar).text

    def test_forgetting_it_leaves_nothing(self, openid: OpenId, omar: Account, aggie: Account) -> None:
        comes_back(openid)
        signed_in(aggie).post(reverse("portal:provider"), {"act": "end"})
        assert not Provider.objects.exists() and not Subject.objects.exists()

    def test_admins_alone_and_shown_again(self, openid: OpenId, omar: Account, sam: Account, aggie: Account) -> None:
        for other in (omar, sam):
            assert signed_in(other).get(reverse("portal:provider")).status_code == 404
        client = signed_in(aggie)
        session = client.session
        session["account_authentication_methods"][0]["at"] -= 3600
        session.save()
        asked = client.post(reverse("portal:provider"), {"act": "off"})
        assert asked.status_code == 302 and "reauthenticate" in asked["Location"]
        assert providers.all_on()
